import { measureGet, type Page } from './browse.ts'
import type { MeasureOptions } from './measure.ts'

/** One product with its variants. */
export const page: Page = { name: 'product detail', path: ({ productIds }) => `/api/products/${productIds[0]}` }

export const measure = (options: MeasureOptions) => measureGet(page, options)
