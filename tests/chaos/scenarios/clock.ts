import { rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { openChaosShop } from '../chaos-shop.ts'
import { openRush } from '../runs.ts'
import type { Scenario } from '../scenario.ts'

const MINUTES = 60_000

/** F4: the HTTP process is ahead of the database by as much as the background process is behind it, and the clocks jump. */
export const scenario: Scenario = {
  summary: 'clocks of the processes wrong by up to ten minutes, in opposite directions, and jumping back and forth',
  trials: 30,
  shortTrials: 4,
  async *run(options) {
    const file = join(tmpdir(), `souk-chaos-clock-${process.pid}`)
    writeFileSync(file, '0')
    const shim = fileURLToPath(new URL('../clock-shim.mjs', import.meta.url))
    const shop = await openChaosShop({ environment: { NODE_OPTIONS: `--import=${shim}`, CHAOS_CLOCK: file } })
    try {
      const rush = await openRush(shop, options)
      for (let jump = 1; jump <= options.trials; jump += 1) {
        const skew = options.random.pick([-10, -3, -0.5, 0, 0.5, 3, 10]) * MINUTES
        writeFileSync(file, String(skew))
        options.note(`jump ${jump} of ${options.trials}: ${skew / MINUTES} minutes`)
        if (options.random.chance(0.3)) await shop.killBackground()
        await delay(options.random.between(600, 1800))
      }
      writeFileSync(file, '0')
      yield* rush.judge('F4', options.trials)
    } finally {
      await shop.close()
      rmSync(file, { force: true })
    }
  },
}
