import { measureGet } from './browse.ts'
import type { MeasureOptions } from './measure.ts'

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
