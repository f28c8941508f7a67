/** Words of a review before anybody sees them: what is taken out, and how they are compared. Pure. */

/** Looks like a tag: `<b>`, `</p`, `<!--`, `<img src=x onerror=…>`. "I <3 it" and "size < 40" are none. */
const TAG = /<[/!?a-z][^<>]*>?/giu
/** Invisible characters that hide or turn round what is written; the joiner that emojis are made with stays. */
const INVISIBLE =
  /[\u{0000}-\u{0009}\u{000B}-\u{001F}\u{007F}-\u{009F}\u{00AD}\u{200B}\u{200C}\u{200E}\u{200F}\u{202A}-\u{202E}\u{2060}-\u{2069}\u{FEFF}]/gu

/** How many characters (code points) the table keeps of each. */
export const LONGEST = { title: 120, text: 5000, name: 60 } as const
export const LONGEST_REPLY = 2000

export interface Cleaned {
  readonly text: string
  /** there was something that looks like HTML */
  readonly html: boolean
}

/** Plain text, as it is kept and shown: no tags, no invisible characters, at most one empty line in a row. */
export function clean(written: string): Cleaned {
  const plain = written.normalize('NFC').replaceAll('\r\n', '\n').replaceAll('\t', ' ').replace(INVISIBLE, '')
  let text = plain
  // Taking a tag out can make a new one of what stood around it.
  for (let before = ''; before !== text; ) {
    before = text
    text = text.replace(TAG, '')
  }
  return { text: text.replace(/\n\s*\n\s*/g, '\n\n').trim(), html: text !== plain }
}

export const cleanLine = (written: string): Cleaned => {
  const { text, html } = clean(written)
  return { text: text.replace(/\s+/g, ' '), html }
}

const LOOKALIKES: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'i',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  $: 's',
  '@': 'a',
  '!': 'i',
}

/** Words in the form in which they are compared: without accents, capitals and the digits that stand for letters. */
export function foldWords(text: string): string[] {
  const plain = text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase().replaceAll('ß', 'ss')
  const words = plain.split(/[^\p{L}\p{N}$@!]+/u).map((word) => {
    const bare = bareOf(word)
    return /\p{L}/u.test(bare) ? [...bare].map((letter) => LOOKALIKES[letter] ?? letter).join('') : bare
  })
  return words.filter((word) => word !== '')
}

/** Without the signs around it that stand for letters only within a word. A loop: a pattern for the end would look at a long row of them again and again. */
function bareOf(word: string): string {
  let [from, to] = [0, word.length]
  while (from < to && '!@$'.includes(word[from]!)) from += 1
  while (to > from && '!@'.includes(word[to - 1]!)) to -= 1
  return word.slice(from, to)
}

/** `s p a m` reads as `spam`. */
export function joinSpaced(words: readonly string[]): string[] {
  const joined: string[] = []
  let run = ''
  for (const word of [...words, '']) {
    if (word.length === 1) run += word
    else {
      if (run.length > 1) joined.push(run)
      run = ''
    }
  }
  return joined
}

/** `Anna Katharina Muster` is shown as `Anna M.`; a single name stays as it is. */
export function publicName(fullName: string): string {
  const names = cleanLine(fullName).text.split(' ').filter(Boolean)
  const [first = '', ...rest] = names
  const last = rest.at(-1)
  const name = last === undefined ? first : `${first} ${[...last][0]!.toUpperCase()}.`
  return name.slice(0, 60)
}
