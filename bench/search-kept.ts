import { measureGet } from './browse.ts'
import { commitOf, table, writeBetween } from './docs-page.ts'
import type { Measurement, MeasureOptions } from './measure.ts'

/** A kept answer to a question with words, twenty products and all facets, through the whole shop. */
export const measure = (options: MeasureOptions) =>
  measureGet(
    {
      name: 'search, kept, through the whole shop',
      path: () => '/api/search?q=bench%20product&limit=20',
      service: 'search',
      whole: (body) => (JSON.parse(body) as { total: number }).total === 1000,
    },
    options,
  )

/** `npm run bench -- search-kept --write`: the figures into docs/search.md. */
export function write(rows: readonly Measurement[], machine: { readonly cpu: string; readonly cores: number }): void {
  const two = (value: number) => (value < 10 ? value.toFixed(2) : value.toFixed(1))
  writeBetween(
    'docs/search.md',
    'npm run bench -- search-kept --write',
    `${table(
      ['connections', 'per second', 'p50 ms', 'p99 ms', 'commit'],
      rows.map(({ connections, perSecond, p50Ms, p99Ms }) => [
        connections,
        Math.round(perSecond),
        two(p50Ms),
        two(p99Ms),
        commitOf(),
      ]),
    )}\n\n1,000 products; ${machine.cores} × ${machine.cpu}.`,
  )
}
