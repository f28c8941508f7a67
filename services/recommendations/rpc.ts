import { setImmediate } from 'node:timers/promises'
import { recommendationsRpc } from '#contracts/rpc/recommendations.ts'
import { implement, type RpcImplementation } from '#kit/rpc/rpc.ts'
import type { Deps } from './deps.ts'
import { type Comparison, evaluate, type Figures } from './model/evaluate.ts'
import { PARAMETERS } from './model/parameters.ts'
import { historyOf } from './queries/person.ts'
import { readSignals } from './signals.ts'

const DAY_MS = 86_400_000

export function recommendationCalls({ db }: Deps): RpcImplementation {
  return implement(recommendationsRpc, {
    ofPerson: async ({ personId }) => await historyOf(db.sql, personId),
    async evaluate({ split, until }) {
      const all = await readSignals(db.sql, null)
      const purchases = all.filter(({ kind }) => kind === 'purchase')
      const days = (day: string): number => Date.parse(`${day}T00:00:00Z`) / DAY_MS
      const pause = async () => void (await setImmediate())
      const found = await evaluate(
        purchases,
        days(split),
        until === null ? Number.POSITIVE_INFINITY : days(until),
        PARAMETERS,
        pause,
      )
      const times = purchases.map(({ at }) => at)
      const day = (at: number): string => new Date(at * DAY_MS).toISOString().slice(0, 10)
      return {
        discoveries: compared(found.discoveries),
        withRepeats: compared(found.withRepeats),
        products: found.products,
        purchasesBefore: found.purchasesBefore,
        purchasesAfter: found.purchasesAfter,
        first: times.length === 0 ? null : day(times.reduce((a, b) => Math.min(a, b))),
        last: times.length === 0 ? null : day(times.reduce((a, b) => Math.max(a, b))),
      }
    },
  })
}

const rounded = (value: number): number => Math.round(value * 1e6) / 1e6
const figures = ({ hitRate, usersHit, ndcg, coverage }: Figures) => ({
  hitRateAt10: rounded(hitRate),
  usersHitAt10: rounded(usersHit),
  ndcgAt10: rounded(ndcg),
  coverage: rounded(coverage),
})
const compared = ({ users, model, popularity, recentPopularity }: Comparison) => ({
  users,
  model: figures(model),
  popularity: figures(popularity),
  recentPopularity: figures(recentPopularity),
})
