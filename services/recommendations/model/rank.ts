import { faded, type Parameters, SIGNALS, type SignalKind } from './parameters.ts'
import { best, type Neighbour, type Neighbours, type Popular } from './train.ts'

/** A product somebody showed interest in. */
export interface Interest {
  readonly product: string
  /** 0 to 1 */
  readonly weight: number
}

export interface Ranked extends Neighbour {
  /** the product of the history that speaks most for it; null: it is just popular */
  readonly because: string | null
}

/** What somebody did, as interests: the strongest of each product, the latest `mostHistory` of them. */
export function interestsOf(
  history: readonly { readonly kind: SignalKind; readonly product: string; readonly at: number }[],
  now: number,
  { historyHalfLife, mostHistory }: Parameters,
): Interest[] {
  const interests = new Map<string, number>()
  for (const { kind, product, at } of history) {
    const weight = SIGNALS[kind] * faded(now - at, historyHalfLife)
    interests.set(product, Math.max(interests.get(product) ?? 0, weight))
  }
  return [...interests]
    .map(([product, weight]) => ({ product, weight }))
    .sort((a, b) => b.weight - a.weight || (a.product < b.product ? -1 : 1))
    .slice(0, mostHistory)
}

/**
 * What goes with a history, the best first: the neighbours of its products, each by how fresh the interest is, and a little of what is popular.
 * Without a history: what is popular.
 */
export function rank(
  interests: readonly Interest[],
  neighbours: Neighbours,
  popular: readonly Popular[],
  { popularWeight }: Pick<Parameters, 'popularWeight'>,
  { without, limit }: { without: ReadonlySet<string>; limit: number },
): Ranked[] {
  const scores = new Map<string, { sum: number; most: number; because: string }>()
  for (const { product: because, weight } of interests) {
    for (const { product, score } of neighbours.get(because) ?? []) {
      if (without.has(product)) continue
      const part = weight * score
      const before = scores.get(product)
      if (!before) scores.set(product, { sum: part, most: part, because })
      else {
        before.sum += part
        if (part > before.most) Object.assign(before, { most: part, because })
      }
    }
  }
  let highest = 0
  for (const { sum } of scores.values()) highest = Math.max(highest, sum)
  const ranked = new Map<string, Ranked>()
  for (const [product, { sum, because }] of scores) ranked.set(product, { product, score: sum / highest, because })
  for (const { product, share } of popular) {
    if (without.has(product)) continue
    const before = ranked.get(product)
    ranked.set(product, { product, score: (before?.score ?? 0) + popularWeight * share, because: before?.because ?? null })
  }
  return best([...ranked.values()], limit)
}

/** What somebody bought, that which was bought often and lately first. */
export function boughtAgain(
  history: readonly { readonly kind: SignalKind; readonly product: string; readonly at: number }[],
  now: number,
  { historyHalfLife }: Pick<Parameters, 'historyHalfLife'>,
): Neighbour[] {
  const sums = new Map<string, number>()
  for (const { kind, product, at } of history)
    if (kind === 'purchase') sums.set(product, (sums.get(product) ?? 0) + faded(now - at, historyHalfLife))
  return best(
    [...sums].map(([product, score]) => ({ product, score })),
    sums.size,
  )
}
