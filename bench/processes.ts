/**
 * How many processes should serve: `npm run bench -- processes [--connections 16,64] [--json] [--write]`. A shop with one HTTP process and one with
 * two, both on this machine, measured turn by turn; the one that is not asked only costs what an idle shop costs.
 */
import { type BenchShop, openBenchShop } from './bench-shop.ts'
import { EDGE } from './browse.ts'
import { checkout } from './checkout.ts'
import { page as detail } from './detail.ts'
import { table, writeBetween } from './docs-page.ts'
import { asking, type Driven, reading } from './driven.ts'
import { page as list } from './list.ts'
import { type Measurement, type MeasureOptions, type Round, summarize } from './measure.ts'

type Row = Measurement & { readonly processes: number }

const COUNTS = [1, 2]

export async function* measure(options: MeasureOptions): AsyncGenerator<Row> {
  const sides: { readonly processes: number; readonly shop: BenchShop; readonly flows: Driven[] }[] = []
  try {
    for (const processes of COUNTS) {
      const shop = await openBenchShop(1000, { ...EDGE, HTTP_WORKERS: String(processes) }, { logToFile: true })
      sides.push({
        processes,
        shop,
        flows: [await reading(shop, list), await reading(shop, detail), asking(shop, checkout(shop))],
      })
    }
    for (const { flows } of sides) for (const { drive, settle } of flows) await drive(16, 3).then(settle)
    for (const [index] of sides[0]!.flows.entries())
      for (const connections of options.connections) yield* sideBySide(sides, index, connections, options)
  } finally {
    for (const { shop } of sides) await shop.close()
  }
}

async function* sideBySide(
  sides: readonly { readonly processes: number; readonly shop: BenchShop; readonly flows: readonly Driven[] }[],
  index: number,
  connections: number,
  options: MeasureOptions,
): AsyncGenerator<Row> {
  const seen = sides.map((side) => ({
    ...side,
    rounds: [] as (Round & { cpuMs: number; statements: null; limit: null })[],
    taken: 0,
    rss: 0,
  }))
  for (let round = 0; round < options.rounds; round += 1) {
    for (const side of seen) {
      const { drive, settle } = side.flows[index]!
      const before = side.shop.cpuMs()
      const looking = setInterval(look, 500, side)
      const measured = await drive(connections, options.seconds)
      clearInterval(looking)
      look(side)
      await settle?.()
      side.rounds.push({ ...measured, cpuMs: side.shop.cpuMs() - before, statements: null, limit: null })
    }
  }
  for (const { processes, flows, rounds, taken, rss } of seen)
    yield { ...summarize(flows[index]!.name, connections, rounds, { takenMb: taken, rssMb: rss }), processes }
}

function look(side: { readonly shop: BenchShop; taken: number; rss: number }): void {
  const { taken, rss } = side.shop.memoryMb()
  side.taken = Math.max(side.taken, taken)
  side.rss = Math.max(side.rss, rss)
}

/** The table in docs/performance.md. */
export function write(rows: readonly Row[], { commit }: { commit: string }): void {
  const whole = (value: number) => Math.round(value).toLocaleString('en')
  const cells = rows
    .filter(({ processes }) => processes === COUNTS[0])
    .map((one) => {
      const two = rows.find(
        (row) => row.processes !== one.processes && row.name === one.name && row.connections === one.connections,
      )!
      const cell = ({ perSecond, spread, p99Ms }: Row) =>
        `${whole(perSecond)} (${spread.map(whole).join('–')}), ${whole(p99Ms)} ms`
      const both = (of: (row: Row) => string) => `${of(one)}, ${of(two)}`
      return [
        one.name,
        one.connections,
        cell(one),
        cell(two),
        (two.perSecond / one.perSecond).toFixed(2),
        `${both(({ cpuMsPerRequest }) => (cpuMsPerRequest ?? 0).toFixed(cpuMsPerRequest! < 1 ? 3 : 1))} ms`,
        `${both(({ takenMb }) => whole(takenMb!))} MB`,
      ]
    })
  const head = ['flow', 'connections', '1 process: per second, p99', '2 processes', 'times', 'CPU a request', 'memory, taken']
  writeBetween('docs/performance.md', 'npm run bench -- processes --write', `${table(head, cells)}\n\nCommit ${commit}.`)
}
