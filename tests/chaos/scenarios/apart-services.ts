import type { Scenario } from '../scenario.ts'
import { openSplitShop } from '../split-shop.ts'
import { strikeInTurn } from '../strikes.ts'

/** F1 where every service is a process of its own: what one of them was doing is finished, and the others get on without it as long as it is away. */
export const scenario: Scenario = {
  summary: 'a process per service on Kafka and Redis: SIGKILL of each in turn while people buy; trials = rounds',
  trials: 1,
  async *run(options) {
    const only = process.env['CHAOS_PARTS']?.split(',')
    const shop = await openSplitShop(options.note)
    try {
      const names = shop.names.filter((name) => !only || only.includes(name))
      const strikes = names.map((name) => ({ fault: `F1 ${name}`, hit: () => shop.killPart(name) }))
      yield* strikeInTurn(shop, strikes, options, { fault: 'F1 apart' })
    } finally {
      await shop.close()
    }
  },
}
