import type { Hit } from './engines/engine.ts'
import { matchesOf } from './highlight.ts'
import type { Way, Wish } from './understand.ts'
import { wordsOf } from './words.ts'

/** The question with the words that were taken instead of those typed; null where all of them are what was meant. */
export function corrected(wishes: readonly Wish[], hits: readonly Pick<Hit, 'title' | 'description'>[]): string | null {
  const meant = wishes.map((wish) => wish.taken ?? doubted(wish, hits))
  return meant.some((word) => word !== undefined) ? wishes.map(({ typed }, at) => meant[at] ?? typed).join(' ') : null
}

/** The other word that the best hit has in its title, where no hit says the one that was typed. */
function doubted(wish: Wish, hits: readonly Pick<Hit, 'title' | 'description'>[]): string | undefined {
  const { ways, doubts = [] } = wish
  if (doubts.length === 0 || hits.length === 0) return undefined
  const says = (text: string, way: Way) => wordsOf(text).some(matchesOf([{ ...wish, ways: [way] }]))
  if (hits.some(({ title, description }) => says(`${title} ${description}`, ways[0]!))) return undefined
  return doubts.find((way) => says(hits[0]!.title, way))?.words[0]
}
