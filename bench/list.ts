import { measureGet } from './browse.ts'
import type { MeasureOptions } from './measure.ts'

/** A page of 20 products. */
export const measure = (options: MeasureOptions) =>
  measureGet({ name: 'product list of 20', path: () => '/api/products?limit=20' }, options)
