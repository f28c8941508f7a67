import type { Parameters } from './parameters.ts'
import { boughtAgain, interestsOf, rank } from './rank.ts'
import { popularProducts, type Signal, trainNeighbours } from './train.ts'

const TOP = 10
/** Popular products a ranking takes into account; the same number as in the shop. */
export const POPULAR = 200

/** One way of recommending, over all users. */
export interface Figures {
  /** the chance that one purchase of the later time, chosen at random from those of a user, is among the ten; the mean over users */
  readonly hitRate: number
  /** share of users with at least one hit: grows with the length of the later time and with the size of orders */
  readonly usersHit: number
  readonly ndcg: number
  /** share of the products sold before the split that were recommended to anybody */
  readonly coverage: number
}

export interface Comparison {
  readonly users: number
  readonly model: Figures
  /** most often bought before the split, each order counted once */
  readonly popularity: Figures
  /** the same, faded: what the shop itself falls back to */
  readonly recentPopularity: Figures
}

export interface Evaluation {
  /** only what a user had not bought before counts, and only that is recommended */
  readonly discoveries: Comparison
  /** what a user had bought before counts and may be recommended as well */
  readonly withRepeats: Comparison
  readonly products: number
  readonly purchasesBefore: number
  readonly purchasesAfter: number
}

/**
 * Trains on purchases before `split` and looks at those from then on. Nothing of the later time is seen by any of the three rankings, and all
 * three are measured by the same rules.
 */
export async function evaluate(
  signals: readonly Signal[],
  split: number,
  until: number,
  parameters: Parameters,
  pause?: () => Promise<void>,
): Promise<Evaluation> {
  const before = signals.filter(({ at }) => at < split)
  const after = signals.filter(({ at, kind }) => kind === 'purchase' && at >= split && at < until)
  const neighbours = await trainNeighbours(before, split, parameters, pause)
  const always = popularProducts(before, split, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY)
  const lately = popularProducts(before, split, parameters.popularHalfLife, Number.POSITIVE_INFINITY)
  const histories = Map.groupBy(
    before.filter(({ person }) => person !== null),
    ({ person }) => person!,
  )
  const later = new Map<string, Set<string>>()
  for (const { person, product } of after) {
    if (person === null || !histories.has(person)) continue
    const bought = later.get(person) ?? new Set()
    later.set(person, bought.add(product))
  }

  const [discoveries, withRepeats] = [tally(always.length), tally(always.length)]
  for (const [person, bought] of later) {
    const history = histories.get(person)!
    const own = new Set(history.filter(({ kind }) => kind === 'purchase').map(({ product }) => product))
    const interests = interestsOf(history, split, parameters)
    const some = lately.slice(0, POPULAR)
    const fresh = new Set([...bought].filter((product) => !own.has(product)))
    if (own.size === 0) continue
    discoveries.add(fresh, {
      model: names(rank(interests, neighbours, some, parameters, { without: own, limit: TOP })),
      popularity: names(always.filter(({ product }) => !own.has(product)).slice(0, TOP)),
      recentPopularity: names(lately.filter(({ product }) => !own.has(product)).slice(0, TOP)),
    })
    const again = boughtAgain(history, split, parameters).slice(0, TOP)
    const others = rank(interests, neighbours, some, parameters, { without: own, limit: TOP })
    withRepeats.add(bought, {
      model: [...names(again), ...names(others)].slice(0, TOP),
      popularity: names(always.slice(0, TOP)),
      recentPopularity: names(lately.slice(0, TOP)),
    })
    await pause?.()
  }
  return {
    discoveries: discoveries.result(),
    withRepeats: withRepeats.result(),
    products: always.length,
    purchasesBefore: before.length,
    purchasesAfter: after.length,
  }
}

const names = (list: readonly { readonly product: string }[]): string[] => list.map(({ product }) => product)

type Ways = 'model' | 'popularity' | 'recentPopularity'

function tally(products: number) {
  let users = 0
  const empty = () => ({ hitRate: 0, usersHit: 0, ndcg: 0, shown: new Set<string>() })
  const sums = { model: empty(), popularity: empty(), recentPopularity: empty() }
  const figures = ({ hitRate, usersHit, ndcg, shown }: ReturnType<typeof empty>): Figures => ({
    hitRate: users === 0 ? 0 : hitRate / users,
    usersHit: users === 0 ? 0 : usersHit / users,
    ndcg: users === 0 ? 0 : ndcg / users,
    coverage: products === 0 ? 0 : shown.size / products,
  })
  return {
    add(bought: ReadonlySet<string>, lists: Record<Ways, readonly string[]>): void {
      if (bought.size === 0) return
      users += 1
      for (const [way, list] of Object.entries(lists) as [Ways, readonly string[]][]) {
        const sum = sums[way]
        const hits = list.filter((product) => bought.has(product)).length
        sum.hitRate += hits / bought.size
        sum.usersHit += hits > 0 ? 1 : 0
        sum.ndcg += ndcg(list, bought)
        for (const product of list) sum.shown.add(product)
      }
    },
    result: (): Comparison => ({
      users,
      model: figures(sums.model),
      popularity: figures(sums.popularity),
      recentPopularity: figures(sums.recentPopularity),
    }),
  }
}

/** Normalised discounted cumulative gain with gains of 0 and 1 (Järvelin and Kekäläinen 2002). */
export function ndcg(list: readonly string[], wanted: ReadonlySet<string>): number {
  const gain = (rank: number): number => 1 / Math.log2(rank + 2)
  let got = 0
  for (const [rank, product] of list.entries()) if (wanted.has(product)) got += gain(rank)
  let ideal = 0
  for (let rank = 0; rank < Math.min(TOP, wanted.size); rank += 1) ideal += gain(rank)
  return ideal === 0 ? 0 : got / ideal
}
