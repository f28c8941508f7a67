import { setTimeout as delay } from 'node:timers/promises'
import { openChaosShop } from '../chaos-shop.ts'
import { openRush } from '../runs.ts'
import type { Scenario } from '../scenario.ts'

/** F1 on everything that runs for the shop: now its HTTP process, now its background process, at any moment. */
export const scenario: Scenario = {
  summary: 'SIGKILL of the HTTP and of the background process, 150–500 ms apart from being back, while people buy',
  trials: 40,
  shortTrials: 4,
  async *run(options) {
    const shop = await openChaosShop()
    try {
      const rush = await openRush(shop, options)
      let kills = 0
      while (kills < options.trials) {
        await delay(options.random.between(150, 500))
        const whole = options.random.chance(0.5)
        if (whole) await shop.killMain()
        else if (!(await shop.killBackground())) continue
        kills += 1
        options.note(`kill ${kills} of ${options.trials}: ${whole ? 'HTTP process' : 'background process'}`)
      }
      yield* rush.judge('F1', kills)
    } finally {
      await shop.close()
    }
  },
}
