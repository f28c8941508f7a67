import type { Hit } from './engines/engine.ts'
import { matchesOf } from './highlight.ts'
import type { Way, Wish } from './understand.ts'
import { mayBeMisspelt, slipsBetween, wordsOf } from './words.ts'

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

/** Documents of a word that may be a slip in the catalogue, or of the shopper. */
const HARDLY = 5
/** A word that so many times more documents have is likelier meant. */
const FAR_MORE = 20

/** Whether a word occurs in so few documents that a look at the ones next to it is worth a statement. */
export const hardlyOccurs = ({ typed, known, documents }: Wish): boolean => known && documents <= HARDLY && mayBeMisspelt(typed)

/** The question with far more common words, one slip away, for those that hardly occur; null where there are none. `doubted`: the same wishes with their doubts. */
export function likelier(wishes: readonly Wish[], doubted: readonly Wish[]): string | null {
  const common = wishes.map((wish, at) => {
    const doubts = hardlyOccurs(wish) && doubted[at]?.typed === wish.typed ? (doubted[at].doubts ?? []) : []
    return doubts.find(
      ({ words: [word], documents }) => documents >= FAR_MORE * wish.documents && slipsBetween(wish.typed, word!) === 1,
    )?.words[0]
  })
  return common.some((word) => word !== undefined) ? wishes.map(({ typed }, at) => common[at] ?? typed).join(' ') : null
}
