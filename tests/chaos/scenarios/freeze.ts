import { setTimeout as delay } from 'node:timers/promises'
import { openChaosShop } from '../chaos-shop.ts'
import { freeze } from '#kit/testing/processes.ts'
import { openRush } from '../runs.ts'
import type { Scenario } from '../scenario.ts'

/** Longer than any lease of the shop (30 s), so that somebody else takes over what the sleeper believes it still holds. */
const LONGER_THAN_A_LEASE = 34_000

export const scenario: Scenario = {
  summary: 'SIGSTOP of the HTTP or the background process, for 5 s or longer than every lease, while people buy',
  trials: 12,
  async *run(options) {
    const shop = await openChaosShop()
    try {
      const rush = await openRush(shop, options)
      for (let frozen = 1; frozen <= options.trials; frozen += 1) {
        await delay(options.random.between(300, 1000))
        const [who, pid] = frozen % 2 === 0 ? ['background', shop.backgroundPid()] : ['HTTP', shop.shop.pid]
        const milliseconds = frozen % 4 >= 2 ? LONGER_THAN_A_LEASE : options.random.between(5000, 7000)
        options.note(`freeze ${frozen} of ${options.trials}: ${who} process for ${milliseconds} ms`)
        await freeze(pid as number | undefined, milliseconds)
      }
      yield* rush.judge('F11', options.trials)
    } finally {
      await shop.close()
    }
  },
}
