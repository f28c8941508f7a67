import { setTimeout as delay } from 'node:timers/promises'
import { openChaosShop } from '../chaos-shop.ts'
import { openRush } from '../runs.ts'
import type { Scenario } from '../scenario.ts'

/** F2: what was answered must be there, although the database was torn away in the middle of other writes. */
export const scenario: Scenario = {
  summary: 'SIGKILL of PostgreSQL, its parent and all its processes, while people buy; the shop brings it back',
  trials: 50,
  shortTrials: 3,
  async *run(options) {
    const shop = await openChaosShop()
    try {
      const rush = await openRush(shop, options)
      const outages: number[] = []
      while (outages.length < options.trials) {
        await delay(options.random.between(300, 1200))
        if (!(await shop.killDatabase())) continue
        const begun = performance.now()
        await shop.healthy()
        outages.push(performance.now() - begun)
        options.note(`database kill ${outages.length} of ${options.trials}: back after ${Math.round(outages.at(-1)!)} ms`)
      }
      outages.sort((a, b) => a - b)
      yield {
        id: 'recovery',
        fault: 'F2',
        trials: outages.length,
        violations: 0,
        p50: Math.round(outages[Math.floor(outages.length / 2)]!),
        p99: Math.round(outages.at(-1)!),
        note: 'from the kill until requests are answered again',
      }
      yield* rush.judge('F2', outages.length)
    } finally {
      await shop.close()
    }
  },
}
