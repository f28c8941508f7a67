import { setTimeout as delay } from 'node:timers/promises'
import { openChaosShop } from '../chaos-shop.ts'
import { openExternalDatabase } from '../external-database.ts'
import { openRush } from '../runs.ts'
import type { Scenario } from '../scenario.ts'
import { openTcpProxy, type Trouble } from '../tcp-proxy.ts'
import type { Random } from '../random.ts'

/** Longer than anything the database ends by itself (transactions that do nothing, 5 s): its goodbye gets lost in the hole as well. */
const LONGEST_HOLE_MS = 9000

export function someTrouble(random: Random): Trouble {
  // more often than the others: it is the one that nobody is told of
  if (random.chance(0.2)) return { kind: 'black-hole' }
  return random.pick<Trouble>([
    { kind: 'latency', milliseconds: random.between(5, 80) },
    { kind: 'black-hole' },
    { kind: 'reset' },
    { kind: 'throttle', bytesPerSecond: random.between(20_000, 200_000) },
    { kind: 'cut-after', bytes: random.between(500, 50_000) },
  ])
}

/** F3, F6: what was sent as COMMIT may or may not have arrived; whoever asks again must find one of the two, not both and not half. */
export const scenario: Scenario = {
  summary: 'latency, black holes, resets, throttling and cut connections between the shop and its database',
  trials: 60,
  shortTrials: 5,
  async *run(options) {
    const database = await openExternalDatabase()
    const proxy = await openTcpProxy(database)
    const shop = await openChaosShop({ environment: database.environment(proxy.port), adminUrl: database.adminUrl })
    try {
      const rush = await openRush(shop, options)
      for (let number = 1; number <= options.trials; number += 1) {
        const trouble = someTrouble(options.random)
        const milliseconds = options.random.between(500, trouble.kind === 'black-hole' ? LONGEST_HOLE_MS : 2500)
        options.note(`trouble ${number} of ${options.trials}: ${JSON.stringify(trouble)} for ${milliseconds} ms`)
        proxy.trouble(trouble)
        await delay(milliseconds)
        proxy.trouble(null)
        await delay(options.random.between(300, 900))
      }
      yield* rush.judge('F3 F6', options.trials)
    } finally {
      proxy.trouble(null)
      await shop.close()
      await proxy.close()
      await database.close()
    }
  },
}
