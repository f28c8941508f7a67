import Type, { type Static } from 'typebox'
import { closed } from '#kit/messaging/event.ts'

export const settings = closed({
  /** minutes without a change after which a filled cart counts as abandoned */
  abandonedAfterMinutes: Type.Integer({ default: 240, minimum: 1, maximum: 1380 }),
  /** seconds for which the stock of a SKU may be remembered when something is put into a cart; a full shelf as long as its price. Carts are shown with stock of half a second ago at most, with 0 with what is there */
  stockMemorySeconds: Type.Integer({ default: 2, minimum: 0, maximum: 60 }),
  /** the same for "on sale, and which product" */
  priceMemorySeconds: Type.Integer({ default: 30, minimum: 0, maximum: 600 }),
})
export type CartSettings = Static<typeof settings>
