export interface SearchWords {
  /** for websearch_to_tsquery: quotes and minus signs mean what they mean in a search box */
  readonly text: string
  /** tsquery that finds words that begin like these; the last one is probably still being typed */
  readonly beginnings: string
  /** LIKE pattern for a part of a word, or nothing when it would be too short to be worth a look */
  readonly part: string | undefined
}

const MOST_WORDS = 12

/** What a shopper typed, made safe for the three ways to look for it. `undefined`: nothing to look for. */
export function searchWords(typed: string): SearchWords | undefined {
  const text = typed.normalize('NFC').replaceAll('\0', '').trim()
  const words = (text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []).slice(0, MOST_WORDS)
  if (words.length === 0) return undefined
  const operators = /["]|(^|\s)-\S/.test(text)
  const beginnings = operators ? '' : words.map((word) => `'${word}':*`).join(' & ')
  const alone = words.length === 1 && !operators ? words[0] : undefined
  return { text, beginnings, part: alone && alone.length >= 3 ? `%${alone.replace(/[\\%_]/g, '\\$&')}%` : undefined }
}
