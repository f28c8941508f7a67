import { plain } from './words.ts'
import type { Wish } from './understand.ts'

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }
const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (character) => ESCAPES[character]!)

/** Endings that a stem may have lost. */
const LONGEST_ENDING = 4

/** Says of a word of a text whether it is one that was looked for. */
export type Matches = (word: string) => boolean

export function matchesOf(wishes: readonly Wish[]): Matches {
  const words = new Set<string>()
  const stems = new Set<string>()
  for (const { ways } of wishes)
    for (const way of ways)
      for (const [index, word] of way.words.entries()) {
        words.add(word)
        for (const form of way.forms[index]!) if (form.length >= 3) stems.add(form)
      }
  return (written) => {
    const word = plain(written)
    if (words.has(word)) return true
    for (let cut = 0; cut <= LONGEST_ENDING && word.length - cut >= 3; cut += 1)
      if (stems.has(word.slice(0, word.length - cut))) return true
    return false
  }
}

/** The text as HTML, what was looked for in `<mark>`. Everything else is escaped. */
export function highlighted(text: string, matches: Matches): string {
  return text
    .split(/([\p{L}\p{N}\p{M}'’]+)/u)
    .map((part, index) => (index % 2 === 1 && matches(part) ? `<mark>${escapeHtml(part)}</mark>` : escapeHtml(part)))
    .join('')
}

const PASSAGE = 180

/** The part of a longer text around the first word that was looked for; undefined where there is none. */
export function passage(text: string, matches: Matches): string | undefined {
  for (const found of text.matchAll(/[\p{L}\p{N}\p{M}'’]+/gu)) {
    if (!matches(found[0])) continue
    const from = Math.max(0, text.lastIndexOf(' ', Math.max(0, found.index - PASSAGE / 3)) + 1)
    const space = text.indexOf(' ', from + PASSAGE)
    const to = text.length - from <= PASSAGE || space < 0 ? Math.min(text.length, from + 2 * PASSAGE) : space
    return `${from > 0 ? '… ' : ''}${highlighted(text.slice(from, to), matches)}${to < text.length ? ' …' : ''}`
  }
  return undefined
}
