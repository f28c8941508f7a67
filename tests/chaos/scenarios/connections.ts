import { setTimeout as delay } from 'node:timers/promises'
import { openDb } from '#kit/db/open.ts'
import { openChaosShop } from '../chaos-shop.ts'
import { openRush } from '../runs.ts'
import type { Scenario } from '../scenario.ts'

/** F8: somebody else took what the server has, or the shop has few of its own; requests are turned away, nothing hangs. */
export const scenario: Scenario = {
  summary: 'all connections of the database taken by somebody else, again and again, in a shop that may open few itself',
  trials: 15,
  shortTrials: 2,
  async *run(options) {
    const shop = await openChaosShop({ environment: { DATABASE_CONNECTIONS: '24' } })
    try {
      const rush = await openRush(shop, options, { crowd: 32 })
      const url = await shop.adminUrl()
      for (let number = 1; number <= options.trials; number += 1) {
        const greedy = openDb({ url, schema: 'public', applicationName: 'greedy', max: 97, timeouts: { connect: 500 } })
        const held = Array.from({ length: 97 }, () => greedy.sql`select pg_sleep(2)`.catch(() => undefined))
        options.note(`${number} of ${options.trials}: every connection is asked for`)
        await shop.killBackground()
        await Promise.all(held)
        await greedy.close()
        await delay(options.random.between(300, 900))
      }
      yield* rush.judge('F8 F1', options.trials)
    } finally {
      await shop.close()
    }
  },
}
