import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Measurement, MeasureOptions } from './measure.ts'

/** How fast events travel from a commit to their handled effect, by relay and by CDC; four groups consume. See event-path.ts. */
export async function* measure({ seconds }: MeasureOptions): AsyncGenerator<Measurement> {
  for (const groups of [1, 4]) {
    const child = spawn(
      process.execPath,
      [fileURLToPath(new URL('./event-path.ts', import.meta.url)), 'both', String(seconds), String(groups)],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    )
    const ended = once(child, 'close')
    for await (const line of createInterface({ input: child.stdout })) {
      if (!line.startsWith('{')) continue
      const row = JSON.parse(line) as { name: string; perSecond: number; p50Ms: number; p99Ms: number }
      yield {
        ...row,
        name: `${row.name}, ${groups} ${groups === 1 ? 'group' : 'groups'}`,
        connections: 3,
        cpuMsPerRequest: null,
        statementsPerRequest: null,
        limitPerSecond: null,
        ratio: null,
        rounds: 1,
        spread: [row.perSecond, row.perSecond],
        failed: 0,
      }
    }
    await ended
  }
}
