import type { Card } from '#contracts/rpc/catalogue.ts'
import type { Deps } from '../deps.ts'
import type { Assignment } from '../running-experiments.ts'
import type { Placement, Strategy } from '../experiment.ts'
import type { Interest } from '../model/rank.ts'
import { anything, type Candidate, candidates, inDemand } from './candidates.ts'

/** Some candidates are sold out or not sold here: so many more are asked for at once. */
const SPARE = 3
/** The catalogue answers for at most so many. */
const MOST_CARDS = 200

export interface Ask {
  readonly placement: Placement
  readonly assignment: Assignment
  readonly channel: string
  readonly locale: string
  /** customer groups whose prices are shown */
  readonly groups: readonly string[]
  readonly limit: number
  readonly interests: readonly Interest[]
  readonly without: ReadonlySet<string>
  readonly category?: string | null
}

export interface Recommended extends Card {
  readonly reason: Candidate['reason']
  readonly because: string | null
}

export interface Recommendation {
  readonly items: Recommended[]
  readonly placement: Placement
  readonly strategy: Strategy
  /** what was wanted did not fill the list: the rest is popular */
  readonly fallback: boolean
  readonly model: number | null
  readonly experiment: { readonly key: string; readonly variant: string } | null
}

export interface Found {
  readonly answer: Recommendation
  /** products the answer depends on, also those that cannot be bought at the moment */
  readonly considered: readonly string[]
}

/**
 * A list for one place, filled the way the assignment says and then with what is popular. Shows what the catalogue says of this moment: only what is on
 * sale here and in stock, and never a product of `without` or of the interests themselves.
 */
export async function recommend(deps: Deps, ask: Ask): Promise<Found> {
  const { placement, assignment, channel, locale, groups, limit, interests, category = null } = ask
  const { strategy, model, experiment } = assignment
  const without = new Set([...ask.without, ...(placement === 'feed' ? [] : interests.map(({ product }) => product))])
  const items: Recommended[] = []
  const considered: string[] = []
  const take = async (list: readonly Candidate[]): Promise<void> => {
    for (const { product } of list) {
      without.add(product)
      considered.push(product)
    }
    for (const one of await shown(deps, list, { channel, locale, groups }))
      if (items.length < limit && one.inStock) items.push(one)
  }
  const wanted = limit * SPARE
  const { db } = deps
  const found = await candidates(db.sql, {
    channel,
    category,
    strategy,
    model,
    interests,
    without,
    limit: wanted,
    withPopular: placement === 'feed',
  })
  await take(found.list)
  const fallback = items.length < limit
  if (fallback) await take(await inDemand(db.sql, 'popular', { channel, without, limit: wanted, category }))
  if (items.length < limit && category === null) await take(await anything(db.sql, channel, without, wanted))
  const answer: Recommendation = {
    items,
    placement,
    strategy,
    fallback,
    model: found.model,
    experiment: experiment && { key: experiment.key, variant: experiment.variant },
  }
  return { answer, considered }
}

/** Cards of these, in their order; what is not on sale here is left out. */
export async function shown(
  { products }: Pick<Deps, 'products'>,
  list: readonly Candidate[],
  { groups, ...place }: { channel: string; locale: string; groups: readonly string[] },
): Promise<Recommended[]> {
  const ids = list.slice(0, MOST_CARDS).map(({ product }) => product)
  if (ids.length === 0) return []
  const { cards } = await products.cards({ ...place, groups: [...groups], ids })
  const cardOf = new Map(cards.map(({ productId, card }) => [productId, card]))
  return list.flatMap(({ product, reason, because }) => {
    const card = cardOf.get(product)
    return card ? [{ ...card, reason, because }] : []
  })
}
