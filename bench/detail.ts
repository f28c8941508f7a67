import { measureGet } from './browse.ts'
import type { MeasureOptions } from './measure.ts'

/** One product with its variants. */
export const measure = (options: MeasureOptions) =>
  measureGet({ name: 'product detail', path: ({ productIds }) => `/api/products/${productIds[0]}` }, options)
