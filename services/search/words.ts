/** Words, as documents and questions are both cut into them. */

const MOST_WORDS = 12
const LONGEST_WORD = 40

/** Without accents, capitals and apostrophes: what shoppers leave out. */
export function plain(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase()
    .replace(/['’`]/g, '')
    .replaceAll('ß', 'ss')
    .replaceAll('æ', 'ae')
    .replaceAll('œ', 'oe')
    .replaceAll('ø', 'o')
}

export function wordsOf(text: string): string[] {
  return (plain(text).match(/[\p{L}\p{N}]+/gu) ?? []).map((word) => cut(word, LONGEST_WORD))
}

/** What a shopper typed, at most so many words of it that no question costs more than another. */
export function asked(text: string): string[] {
  return wordsOf(cut(text, 400)).slice(0, MOST_WORDS)
}

/** The beginning of a text; half of a character outside the basic plane is no text, and no JSON for the database. */
const cut = (text: string, most: number): string =>
  text.length <= most
    ? text
    : text
        .slice(0, most)
        .toWellFormed()
        .replace(/\ufffd$/, '')

/** Whether slips of the finger in it are looked for: too short a word is one slip away from everything, a number is meant as it is. */
export const mayBeMisspelt = (word: string): boolean => word.length >= 3 && !/\d/.test(word)

/** Whether the vocabulary has it: every SKU would fill it with words that occur once. */
export const worthKnowing = (word: string): boolean => word.length <= 4 || !/\d/.test(word)

/** The word with letters left out, as `slips_of` writes them into the table: one letter, of long words also two. */
export function slipsOf(word: string): string[] {
  const slips = new Set([word])
  const without = (from: string): string[] => {
    const letters = Array.from(from)
    return letters.map((_, at) => letters.toSpliced(at, 1).join(''))
  }
  if (word.length >= 3) for (const slip of without(word)) slips.add(slip)
  if (word.length > 5 && word.length <= 16)
    for (const slip of without(word)) for (const second of without(slip)) slips.add(second)
  return [...slips]
}

/** How many slips lie between two words: a letter too many, too few, another one, or two that changed places. */
export function slipsBetween(a: string, b: string): number {
  let before: number[] = []
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i]
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1]
      let least = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (same ? 0 : 1))
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) least = Math.min(least, before[j - 2]! + 1)
      next.push(least)
    }
    before = row
    row = next
  }
  return row[b.length]!
}

/** Slips that a word of this length may have and still be recognised. */
export const slipsAllowed = (word: string): number => (word.length < 6 ? 1 : 2)

/** Words that may be meant, the likeliest first: fewer slips, the same first letter, the same length, then the more common one. */
export function likeliest<W extends { readonly word: string; readonly documents: number }>(
  typed: string,
  candidates: readonly W[],
): W[] {
  const most = slipsAllowed(typed)
  return candidates
    .map((candidate) => ({ candidate, slips: slipsBetween(typed, candidate.word) }))
    .filter(({ slips, candidate }) => slips > 0 && slips <= most && slips < candidate.word.length - 1)
    .map(({ candidate, slips }) => ({
      candidate,
      slips,
      likely:
        -10 * slips +
        (candidate.word[0] === typed[0] ? 3 : 0) +
        (candidate.word.length >= typed.length ? 1 : 0) +
        Math.min(4, Math.log10(1 + candidate.documents)),
    }))
    .sort((a, b) => b.likely - a.likely || (a.candidate.word < b.candidate.word ? -1 : 1))
    .filter(({ slips }, _, [best]) => slips === best?.slips)
    .map(({ candidate }) => candidate)
}
