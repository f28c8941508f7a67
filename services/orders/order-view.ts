import Type, { type Static } from 'typebox'
import { CancelReason, OrderStatus } from '#contracts/events/orders.ts'
import { Attributes, ChannelKey, Locale, Nullable, PostalAddress, Quantity, Sku, Timestamp, Uuid } from '#contracts/values.ts'
import { MoneyJson } from '#kit/core/money.ts'
import { closed } from '#kit/messaging/event.ts'

export const OrderItemView = closed({
  lineId: Uuid,
  sku: Sku,
  productId: Uuid,
  variantId: Uuid,
  title: Type.String(),
  quantity: Quantity,
  unitPrice: MoneyJson,
  subtotal: MoneyJson,
  discount: MoneyJson,
  tax: MoneyJson,
  total: MoneyJson,
})

/** A promotion an order took part in: what it took off goods and shipping together. `code` null: it came by itself. */
const OrderPromotionView = closed({ code: Nullable(Type.String()), name: Type.String(), amount: MoneyJson })

/** An order as its customer and staff see it. total = subtotal − discount + shipping (after its discount), plus tax where `taxIncluded` is false. */
export const OrderView = closed({
  id: Uuid,
  number: Type.String(),
  status: OrderStatus,
  channel: ChannelKey,
  locale: Locale,
  customerId: Nullable(Uuid),
  email: Nullable(Type.String()),
  subtotal: MoneyJson,
  discount: MoneyJson,
  shipping: MoneyJson,
  tax: MoneyJson,
  taxIncluded: Type.Boolean(),
  total: MoneyJson,
  /** the part of the total that gift cards paid */
  giftCardPaid: MoneyJson,
  promotions: Type.Array(OrderPromotionView),
  items: Type.Array(OrderItemView),
  shippingAddress: Nullable(PostalAddress),
  billingAddress: Nullable(PostalAddress),
  shippingOptionId: Type.String(),
  cancelReason: Nullable(CancelReason),
  attributes: Attributes,
  placedAt: Timestamp,
  version: Type.Integer(),
})
export type OrderView = Static<typeof OrderView>

/** What the shopper has to do next, if anything. */
const NextOfPayment = closed({
  outcome: Type.Union([
    Type.Literal('confirmed'),
    Type.Literal('awaiting-payment'),
    Type.Literal('challenge'),
    Type.Literal('payment-pending'),
  ]),
  /** where the shopper proves that the card is theirs (3-D Secure) */
  challengeUrl: Nullable(Type.String()),
})

/** The answer to paying an order. */
export const PaidOrderView = Type.Object({ ...OrderView.properties, payment: NextOfPayment }, { additionalProperties: false })

/** The answer to placing an order: the order as it was then, and what the shopper has to do next, if anything. */
export const PlacedOrderView = Type.Object(
  {
    ...OrderView.properties,
    payment: NextOfPayment,
    /** lets a guest look at the order later: header X-Guest-Token */
    guestToken: Nullable(Type.String()),
  },
  { additionalProperties: false },
)
export type PlacedOrderView = Static<typeof PlacedOrderView>
