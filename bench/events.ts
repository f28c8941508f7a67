import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Measurement, MeasureOptions } from './measure.ts'

/** Topics of the run's own; the engines are those of the usual variables. */
function busUrlOf(bus: MeasureOptions['bus']): string[] {
  const own = `bench-${randomBytes(4).toString('hex')}`
  if (bus === 'kafka') return [`${process.env.KAFKA_URL ?? 'kafka://127.0.0.1:9092'}/${own}`]
  return bus === 'sns-sqs' ? [`sns+sqs:///${own}?fifo=yes`] : []
}

/**
 * How fast events travel from a commit to their handled effect, by relay and by CDC; one and four groups consume. See event-path.ts. With `--rates`
 * only the lag at these rates, for one group and one `--strategy`; `--bus kafka|sns-sqs` on another engine.
 */
export async function* measure({ seconds, bus, rates, strategy }: MeasureOptions): AsyncGenerator<Measurement> {
  const only = rates.length > 0 || bus !== 'postgres'
  for (const groups of only ? [1] : [1, 4]) {
    const child = spawn(
      process.execPath,
      [
        fileURLToPath(new URL('./event-path.ts', import.meta.url)),
        only ? strategy : 'both',
        String(seconds),
        String(groups),
        rates.join(),
        ...busUrlOf(bus),
      ],
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
