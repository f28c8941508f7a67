/**
 * How many processes should serve: `npm run bench -- processes [--connections 16,64] [--json] [--write]`. A shop with one HTTP process and one with
 * two, both on this machine, measured turn by turn; the one that is not asked only costs what an idle shop costs.
 */
import { openBenchShop } from './bench-shop.ts'
import { EDGE } from './browse.ts'
import { checkout } from './checkout.ts'
import { page as detail } from './detail.ts'
import { table, writeBetween } from './docs-page.ts'
import { asking, reading } from './driven.ts'
import { page as list } from './list.ts'
import { type Measurement, type MeasureOptions, summarize } from './measure.ts'
import { type Side, sideBySide } from './side-by-side.ts'

type Row = Measurement & { readonly processes: number }

const COUNTS = [1, 2]

export async function* measure(options: MeasureOptions): AsyncGenerator<Row> {
  const sides: Side[] = []
  try {
    for (const processes of COUNTS) {
      const shop = await openBenchShop(1000, { ...EDGE, HTTP_WORKERS: String(processes) }, { logToFile: true })
      sides.push({ shop, flows: [await reading(shop, list), await reading(shop, detail), asking(shop, checkout(shop))] })
    }
    for (const { flows } of sides) for (const { drive, settle } of flows) await drive(16, 3).then(settle)
    for (const [index, { name }] of sides[0]!.flows.entries())
      for (const connections of options.connections)
        for (const [side, { rounds, ...memory }] of (await sideBySide(sides, index, connections, options)).entries())
          yield { ...summarize(name, connections, rounds, memory), processes: COUNTS[side]! }
  } finally {
    for (const { shop } of sides) await shop.close()
  }
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
      const cell = ({ perSecond, spread, rounds, p99Ms }: Row) =>
        `${whole(perSecond)}${rounds > 1 ? ` (${spread.map(whole).join('–')})` : ''}, ${whole(p99Ms)} ms`
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
