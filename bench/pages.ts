import { measureGet } from './browse.ts'
import type { MeasureOptions } from './measure.ts'

/** The page of a product, rendered for a stranger. Pages have a budget of their own for each client, which one load generator would exceed. */
export const measure = (options: MeasureOptions) =>
  measureGet({ name: 'product page', path: ({ productIds }) => `/p/${productIds[0]}` }, options, {
    WEB_PAGES: 'true',
    RATE_LIMIT_PER_MINUTE: '0',
  })
