import { measureGet, type Page } from './browse.ts'
import type { MeasureOptions } from './measure.ts'

/** A page of 20 products. */
export const page: Page = { name: 'product list of 20', path: () => '/api/products?limit=20' }

export const measure = (options: MeasureOptions) => measureGet(page, options)
