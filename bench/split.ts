/**
 * All that is measured of the shop in several processes, of one start of each layout: `npm run bench -- split [LAYOUT,…] [--connections 1,16] [--json] [--write]`.
 * The same as `apart`, `hops` and `start-apart` (without second starts) one after the other, in less time.
 */
import * as apart from './apart.ts'
import { openBenchShop } from './bench-shop.ts'
import * as hops from './hops.ts'
import { layoutsOf } from './layouts.ts'
import type { MeasureOptions } from './measure.ts'
import { watchRest } from './rest-apart.ts'
import * as starts from './start-apart.ts'

type Row =
  | (starts.Row & { readonly of: 'start' })
  | (hops.Row & { readonly of: 'hop' })
  | (apart.Row & { readonly of: 'checkout' })

const PRODUCTS = 100
const HOP_SECONDS = 2

export async function* measure(options: MeasureOptions): AsyncGenerator<Row> {
  for (const layoutOf of layoutsOf(options.flow)) {
    const layout = layoutOf()
    const begun = performance.now()
    let firstMs = 0
    const opened = () => {
      firstMs = Math.round(performance.now() - begun)
    }
    const shop = await openBenchShop(PRODUCTS, {}, { layout, opened })
    const rest = await watchRest(shop)
    try {
      await rest.reached()
      yield { of: 'start', ...(await starts.idleOf(shop.shop, layout)), firstMs, againMs: undefined, starts: 0 }
      for await (const row of hops.hopsOf(shop, rest, layout, { ...options, seconds: HOP_SECONDS })) yield { of: 'hop', ...row }
      for await (const row of apart.checkoutsOf(shop, rest, layout, options)) yield { of: 'checkout', ...row }
    } finally {
      await rest.close()
      await shop.close()
    }
  }
}

/** The tables in docs/performance.md. */
export function write(rows: readonly Row[], about: { commit: string }): void {
  apart.write(
    rows.filter((row) => row.of === 'checkout'),
    about,
  )
  hops.write(
    rows.filter((row) => row.of === 'hop'),
    about,
  )
  starts.write(
    rows.filter((row) => row.of === 'start'),
    about,
  )
}
