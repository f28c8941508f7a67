import Type from 'typebox'
import { ChannelKey, Locale, Nullable, Uuid } from '#contracts/values.ts'
import { closed } from '#kit/messaging/event.ts'
import { defineRpc, method } from '#kit/rpc/rpc.ts'

const Name = Type.String({ minLength: 1, maxLength: 120 })

export const searchRpc = defineRpc('search', {
  /** One page of products for words and filters, in order. Throws invalid-cursor for a cursor of another question. */
  find: method(
    closed({
      channel: ChannelKey,
      locale: Locale,
      q: Type.String({ maxLength: 400 }),
      category: Type.Optional(Name),
      brand: Type.Optional(Name),
      seller: Type.Optional(Name),
      tag: Type.Optional(Name),
      minPrice: Type.Optional(Type.Integer({ minimum: 0 })),
      maxPrice: Type.Optional(Type.Integer({ minimum: 0 })),
      inStock: Type.Optional(Type.Boolean()),
      sort: Type.Union([Type.Literal('relevance'), Type.Literal('newest'), Type.Literal('price'), Type.Literal('-price')]),
      cursor: Type.Optional(Type.String({ maxLength: 2000 })),
      limit: Type.Integer({ minimum: 1, maximum: 100 }),
    }),
    closed({ productIds: Type.Array(Uuid), next: Nullable(Type.String()) }),
    { read: true },
  ),
  /** Products like this one: of its narrowest category, best those that share words with it. None for a product that is not on sale. */
  related: method(
    closed({ channel: ChannelKey, locale: Locale, productId: Uuid, limit: Type.Integer({ minimum: 1, maximum: 50 }) }),
    closed({ productIds: Type.Array(Uuid) }),
    { read: true },
  ),
  /**
   * Makes the read model anew for whoever brought in very many products: with `begin` a rebuild is asked for, each call then works on it for some seconds.
   */
  rebuild: method(
    closed({ begin: Type.Boolean() }),
    closed({
      state: Type.Union([Type.Literal('running'), Type.Literal('done'), Type.Literal('never')]),
      documents: Nullable(Type.Integer()),
      /** documents so far, while it runs */
      made: Type.Integer(),
    }),
  ),
})
