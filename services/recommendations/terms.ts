import type { CatalogueEntry } from '#contracts/rpc/catalogue.ts'

/** Words beyond these say little more of what a product is. */
const MOST_WORDS = 60

/** What a product is like: words of its title and description in every language, its brand, categories, tags and options. Sorted, without repeats. */
export function termsOf(entry: CatalogueEntry): string[] {
  const terms = new Set<string>()
  for (const { title, description, categories, options } of entry.faces) {
    for (const word of wordsOf(title)) terms.add(`w:${word}`)
    for (const word of wordsOf(description).slice(0, MOST_WORDS)) if (!terms.has(`w:${word}`)) terms.add(`d:${word}`)
    for (const { id } of categories) terms.add(`c:${id}`)
    for (const { key, values } of options) for (const value of values) terms.add(`o:${key}:${value.key}`)
  }
  if (entry.brand) terms.add(`b:${entry.brand.id}`)
  for (const tag of entry.tags) terms.add(`t:${tag}`)
  return [...terms].sort()
}

/** Small letters, three or more; numbers and short words tell nothing alike. */
function wordsOf(text: string): string[] {
  return (text.toLowerCase().match(/\p{L}[\p{L}\p{M}]{2,}/gu) ?? []).map((word) => word.normalize('NFKC'))
}
