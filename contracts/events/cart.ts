import Type from 'typebox'
import { ChannelKey, Nullable, Sku, Uuid } from '#contracts/values.ts'
import { closed, defineEvent } from '#kit/messaging/event.ts'

export const ItemAddedToCart = defineEvent(
  'ItemAddedToCart.v1',
  'cart',
  'cartId',
  'A SKU was put into a cart or its quantity changed.',
  closed({
    cartId: Uuid,
    channel: ChannelKey,
    userId: Nullable(Uuid),
    sku: Sku,
    productId: Uuid,
    quantity: Type.Integer({ minimum: 1 }),
  }),
)
export const ItemRemovedFromCart = defineEvent(
  'ItemRemovedFromCart.v1',
  'cart',
  'cartId',
  'A SKU was taken out of a cart.',
  closed({ cartId: Uuid, channel: ChannelKey, userId: Nullable(Uuid), sku: Sku }),
)
export const CartUpdated = defineEvent(
  'CartUpdated.v1',
  'cart',
  'cartId',
  'Carts were merged, prices recalculated or a coupon changed.',
  closed({ cartId: Uuid, channel: ChannelKey, userId: Nullable(Uuid), reason: Type.String() }),
)
export const CartAbandoned = defineEvent(
  'CartAbandoned.v1',
  'cart',
  'cartId',
  'A filled cart was left alone.',
  closed({ cartId: Uuid, channel: ChannelKey, userId: Nullable(Uuid), lines: Type.Integer({ minimum: 1 }) }),
)
