import { checkout } from './checkout.ts'
import { table, writeBetween } from './docs-page.ts'
import type { Measurement, MeasureOptions } from './measure.ts'
import { measureWrites } from './write-flow.ts'

type Row = Measurement & { readonly timesSpread?: number }

const SPREAD = 'SKUs of 1,000 products'

/**
 * Whole checkouts of one line that all want the same SKU, of which there is plenty, against checkouts spread over all SKUs: what it costs that everybody
 * takes from one shelf. `timesSpread` is what is left of the speed.
 */
export async function* measure(options: MeasureOptions): AsyncGenerator<Row> {
  let spread = Number.NaN
  const rows = measureWrites(
    'hot SKU',
    options,
    (shop) => [
      checkout(shop, { name: SPREAD, lines: 1 }),
      checkout(shop, { name: 'one SKU', lines: 1, skus: shop.skus.slice(0, 1) }),
    ],
    { byConnections: true },
  )
  for await (const row of rows) {
    if (row.name === SPREAD) {
      spread = row.perSecond
      yield row
    } else yield { ...row, timesSpread: Math.round((row.perSecond / spread) * 100) / 100 }
  }
}

/** The table in docs/performance.md. */
export function write(rows: readonly Row[], { commit }: { commit: string }): void {
  const cells = rows.map(({ name, connections, perSecond, spread, p50Ms, p99Ms, background, timesSpread }) => {
    const { http, background: behind, postgres } = background!.cpuMs
    return [
      name,
      connections,
      `${Math.round(perSecond)} (${spread.map(Math.round).join('–')})`,
      timesSpread ?? '',
      `${Math.round(p50Ms)} / ${Math.round(p99Ms)} ms`,
      `${[http, behind, postgres].map((ms) => ms.toFixed(1)).join(', ')} ms`,
    ]
  })
  const head = ['wanted', 'connections', 'per second', 'times spread', 'p50 / p99', 'CPU an order: HTTP, background, PostgreSQL']
  writeBetween('docs/performance.md', 'npm run bench -- hot-sku --write', `${table(head, cells)}\n\nCommit ${commit}.`)
}
