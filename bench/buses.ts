/**
 * Lag from commit to handled of every bus, one group, open loop: `npm run bench -- buses [postgres|kafka|sns-sqs] [--rates 500,2000] [--seconds N] [--json] [--write]`.
 * Relay and CDC each; SNS and SQS at 100 a second, for the emulator of both is slow. Engines as in `events`.
 */
import { keepRows, table, writeBetween } from './docs-page.ts'
import { measure as lags } from './events.ts'
import type { Measurement, MeasureOptions } from './measure.ts'

interface Row extends Measurement {
  readonly bus: string
  readonly strategy: string
  /** events a second that were asked for; `perSecond` is what the producer brought */
  readonly rate: number
}

const RATES = [500, 2000]
const RATES_OF_EMULATOR = [100]
const BUSES = ['postgres', 'kafka', 'sns-sqs'] as const

export async function* measure(options: MeasureOptions): AsyncGenerator<Row> {
  for (const bus of BUSES.filter((name) => options.flow === undefined || name === options.flow))
    for (const strategy of ['relay', 'cdc'] as const) {
      const rates = bus === 'sns-sqs' ? RATES_OF_EMULATOR : options.rates.length > 0 ? options.rates : RATES
      // one run a rate: what one leaves behind does not wait in front of the next
      for (const rate of rates)
        for await (const row of lags({ ...options, bus, strategy, rates: [rate] })) yield { ...row, bus, strategy, rate }
    }
}

/** The table in docs/performance.md. */
export function write(measured: readonly Row[], { commit }: { commit: string }): void {
  const rows = keepRows('buses', measured, ({ bus, strategy, rate }) => `${bus} ${strategy} ${rate}`)
  const cells = rows.map(({ bus, strategy, rate, perSecond, p50Ms, p99Ms }) => [
    bus,
    strategy,
    `${rate.toLocaleString('en')}/s`,
    `${perSecond.toLocaleString('en')}/s`,
    `${p50Ms} ms`,
    `${p99Ms} ms`,
  ])
  const head = ['bus', 'by', 'asked for', 'committed', 'p50', 'p99']
  writeBetween('docs/performance.md', 'npm run bench -- buses --write', `${table(head, cells)}\n\nCommit ${commit}.`)
}
