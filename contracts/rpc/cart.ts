import Type, { type Static } from 'typebox'
import { ChannelKey, Locale, Nullable, Quantity, Sku, Uuid } from '#contracts/values.ts'
import { closed } from '#kit/messaging/event.ts'
import { defineRpc, method } from '#kit/rpc/rpc.ts'

export const CheckoutCart = closed({
  cartId: Uuid,
  userId: Nullable(Uuid),
  channel: ChannelKey,
  locale: Locale,
  version: Type.Integer(),
  lines: Type.Array(closed({ sku: Sku, quantity: Quantity })),
  couponCodes: Type.Array(Type.String()),
})
export type CheckoutCart = Static<typeof CheckoutCart>

export const cartRpc = defineRpc(
  'cart',
  {
    /** The cart as it goes into an order. A guest shows the cart's secret. `null`: no such cart for this caller, or it is already ordered. */
    forCheckout: method(
      closed({ cartId: Uuid, userId: Nullable(Uuid), secret: Nullable(Type.String()) }),
      Type.Union([CheckoutCart, Type.Null()]),
      { read: true },
    ),
    /** The order took it: the cart is closed for good. Idempotent. */
    close: method(closed({ cartId: Uuid, orderId: Uuid }), closed({})),
  },
  { CheckoutCart },
)
