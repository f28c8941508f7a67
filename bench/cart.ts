import type { MeasureOptions } from './measure.ts'
import { measureWrites } from './write-flow.ts'

/** A guest puts something into a cart; every caller has a cart of its own. */
export const measure = (options: MeasureOptions) =>
  measureWrites('add to cart', options, (shop) => {
    let next = 0
    return {
      ask: (caller) => {
        next += 1
        return {
          path: '/api/cart/items',
          good: 200,
          body: { sku: shop.skus[next % shop.skus.length], quantity: 1 },
          headers: { 'x-guest-token': `bench-${caller}` },
        }
      },
    }
  })
