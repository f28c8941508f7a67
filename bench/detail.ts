import { measureGet } from './browse.ts'
import type { MeasureOptions } from './measure.ts'

/** One product with its variants. */
export const measure = (options: MeasureOptions) =>
  measureGet('product detail', ({ productIds }) => `/api/products/${productIds[0]}`, options)
