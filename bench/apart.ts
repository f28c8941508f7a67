/**
 * Checkouts of the same shop in one process, in three, and in a process per service: `npm run bench -- apart [LAYOUT,…] [--connections 1,16] [--json] [--write]`.
 * Layouts: together, mixed, plain (apart, without engines), apart; engines are those of KAFKA_URL and REDIS_URL. One shop after the other, so that none of
 * them pays for another one that is idle; requests come in at the gateway. CPU is told by process.
 */
import { type BenchShop, openBenchShop } from './bench-shop.ts'
import { checkout } from './checkout.ts'
import { keepRows, table, writeBetween } from './docs-page.ts'
import { type Layout, layoutsOf } from './layouts.ts'
import { closedLoop, type Measurement, type MeasureOptions, summarize } from './measure.ts'
import { cpuByName, since } from './processes-of.ts'
import { type Rest, watchRest } from './rest-apart.ts'
import { sender } from './write-flow.ts'

export interface Row extends Measurement {
  readonly layout: string
  readonly engines: readonly string[]
  /** CPU an order, of the last round, mails included; largest first */
  readonly cpuMs: Readonly<Record<string, number>>
  /** from the last answer until every event was handled, of the last round */
  readonly lagMs: number
}

const PRODUCTS = 100

export async function* measure(options: MeasureOptions): AsyncGenerator<Row> {
  for (const layoutOf of layoutsOf(options.flow)) yield* checkoutsIn(layoutOf(), options)
}

async function* checkoutsIn(layout: Layout, options: MeasureOptions): AsyncGenerator<Row> {
  const shop = await openBenchShop(PRODUCTS, {}, { layout })
  const rest = await watchRest(shop)
  try {
    yield* checkoutsOf(shop, rest, layout, options)
  } finally {
    await rest.close()
    await shop.close()
  }
}

/** Whole checkouts of a shop that is open, a row for each number of connections. */
export async function* checkoutsOf(
  shop: BenchShop,
  rest: Rest,
  layout: Layout,
  { connections: counts, rounds: many, seconds }: MeasureOptions,
): AsyncGenerator<Row> {
  const { send, close } = sender(shop)
  try {
    const { ask } = checkout(shop)
    const work = () => send(ask(0))
    // of a process per service each has to warm up by itself
    await closedLoop(16, 2 * seconds, work)
    await rest.reached()
    for (const connections of counts) {
      const rounds = []
      let cpuMs = {}
      let lagMs = 0
      for (let round = 0; round < many; round += 1) {
        const [cpu, statements] = [cpuByName(shop.shop, layout.engines), await shop.statements()]
        const measured = await closedLoop(connections, seconds, work)
        lagMs = await rest.reached()
        const used = since(cpu, cpuByName(shop.shop, layout.engines))
        const each = (ms: number) => Math.round((ms / Math.max(1, measured.done)) * 100) / 100
        cpuMs = Object.fromEntries([...used].map(([name, ms]) => [name, each(ms)]))
        const all = [...used.values()].reduce((sum, ms) => sum + ms, 0)
        rounds.push({ ...measured, cpuMs: all, statements: (await shop.statements()) - statements })
      }
      yield {
        ...summarize('whole checkout (3 lines)', connections, rounds, { takenMb: shop.memoryMb().taken }),
        layout: layout.name,
        engines: layout.engines,
        cpuMs,
        lagMs,
      }
    }
  } finally {
    await close()
  }
}

/** The tables in docs/performance.md. */
export function write(measured: readonly Row[], { commit }: { commit: string }): void {
  const rows = keepRows('apart', measured, ({ layout, connections }) => `${layout} ${connections}`)
  const head = [
    'layout',
    'connections',
    'per second',
    'p50 / p99',
    'CPU an order',
    'of that',
    'statements',
    'events handled after',
  ]
  const cells = rows.map(
    ({ layout, connections, perSecond, spread, p50Ms, p99Ms, cpuMsPerRequest, cpuMs, statementsPerRequest, lagMs }) => [
      layout,
      connections,
      `${perSecond.toFixed(0)} (${spread.map((value) => value.toFixed(0)).join('–')})`,
      `${p50Ms.toFixed(0)} / ${p99Ms.toFixed(0)} ms`,
      `${cpuMsPerRequest?.toFixed(1)} ms`,
      Object.entries(cpuMs)
        .slice(0, 8)
        .map(([name, ms]) => `${name} ${ms.toFixed(1)}`)
        .join(', '),
      (statementsPerRequest ?? 0).toFixed(0),
      `${(lagMs / 1000).toFixed(1)} s`,
    ],
  )
  writeBetween('docs/performance.md', 'npm run bench -- apart --write', `${table(head, cells)}\n\nCommit ${commit}.`)
}
