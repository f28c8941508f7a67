import Type, { type Static } from 'typebox'
import { CancelReason } from '#contracts/events/orders.ts'
import { ChannelKey, Nullable, StockLine, Uuid } from '#contracts/values.ts'
import { MoneyJson } from '#kit/core/money.ts'
import { closed } from '#kit/messaging/event.ts'
import { defineProcessContract } from '#kit/process/contract.ts'

/** An order that was placed and now needs stock, money and a parcel. Ids and facts only: the address stays with the order. */
export const CheckoutInput = closed({
  orderId: Uuid,
  channel: ChannelKey,
  customerId: Nullable(Uuid),
  cartId: Nullable(Uuid),
  lines: Type.Array(StockLine, { minItems: 1 }),
  /** what is still to be paid, after gift cards; 0 needs no payment */
  amount: MoneyJson,
  /** null: the order waits for PUT /confirm */
  paymentMethodId: Nullable(Type.String()),
  /** take the money at once, or only set it aside */
  capture: Type.Boolean(),
  shippingOptionId: Type.String(),
  /** how long an order without a payment method waits for one, and its stock is held; default 15 minutes */
  holdSeconds: Type.Optional(Type.Integer({ minimum: 1, maximum: 604_800 })),
  /** history from another shop: set for imported orders, with the time it happened */
  importedAt: Nullable(Type.String()),
})
export type CheckoutInput = Static<typeof CheckoutInput>

export const CheckoutResult = Type.Union([
  closed({ outcome: Type.Literal('confirmed') }),
  closed({ outcome: Type.Literal('awaiting-payment') }),
  closed({ outcome: Type.Literal('challenge'), url: Type.String() }),
  closed({ outcome: Type.Literal('payment-pending') }),
  closed({
    outcome: Type.Literal('cancelled'),
    reason: CancelReason,
    detail: Nullable(Type.String()),
    missing: Type.Array(closed({ sku: Type.String(), available: Type.Integer() })),
  }),
])
export type CheckoutResult = Static<typeof CheckoutResult>

export const checkout = defineProcessContract('checkout', 'orders', { input: CheckoutInput, result: CheckoutResult })

/** What can happen to a waiting checkout from outside. */
export type PayRequested = { readonly type: 'pay-requested'; readonly paymentMethodId: string }
export type CancelRequested = { readonly type: 'cancel-requested'; readonly reason: CancelReason }
/** The lines of an order that waits for its payment were changed; `amount` is what is to be paid now. */
export type OrderChanged = {
  readonly type: 'order-changed'
  readonly lines: CheckoutInput['lines']
  readonly amount: CheckoutInput['amount']
}
