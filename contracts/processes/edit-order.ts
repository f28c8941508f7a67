import Type, { type Static } from 'typebox'
import { Nullable, StockLine, Uuid } from '#contracts/values.ts'
import { MoneyJson } from '#kit/core/money.ts'
import { closed } from '#kit/messaging/event.ts'
import { defineProcessContract } from '#kit/process/contract.ts'

/** A change of a placed order: of its lines, of where it goes, or of both. Addresses stay with the order. */
export const EditOrderInput = closed({
  editId: Uuid,
  orderId: Uuid,
  customerId: Nullable(Uuid),
  /** the order waits for its payment: there is no money and no parcel yet */
  unpaid: Type.Boolean(),
  /** goods, where they change: before, at most in between, afterwards */
  stock: Nullable(
    closed({
      before: Type.Array(StockLine, { minItems: 1 }),
      most: Type.Array(StockLine, { minItems: 1 }),
      after: Type.Array(StockLine, { minItems: 1 }),
    }),
  ),
  /** what the customer still has to pay; null: nothing */
  surcharge: Nullable(MoneyJson),
  /** null: the change waits for a payment */
  paymentMethodId: Nullable(Type.String()),
  payWithinSeconds: Type.Integer({ minimum: 1 }),
})
export type EditOrderInput = Static<typeof EditOrderInput>

/** Why an order stays as it was. */
export const EditRefusal = Type.Union([
  Type.Literal('out-of-stock'),
  Type.Literal('payment-refused'),
  Type.Literal('payment-timeout'),
  Type.Literal('withdrawn'),
  Type.Literal('dispatched'),
  Type.Literal('moved-on'),
])
export type EditRefusal = Static<typeof EditRefusal>

export const EditOrderResult = Type.Union([
  closed({ outcome: Type.Literal('applied') }),
  closed({ outcome: Type.Literal('awaiting-payment') }),
  closed({ outcome: Type.Literal('challenge'), url: Type.String() }),
  closed({ outcome: Type.Literal('payment-pending') }),
  closed({
    outcome: Type.Literal('refused'),
    reason: EditRefusal,
    missing: Type.Array(closed({ sku: Type.String(), available: Type.Integer() })),
  }),
])
export type EditOrderResult = Static<typeof EditOrderResult>

/** More stock → surcharge → parcel → order → less stock → refund. */
export const editOrder = defineProcessContract('edit-order', 'orders', { input: EditOrderInput, result: EditOrderResult })

/** What can happen to a waiting change from outside. */
export type EditPayRequested = { readonly type: 'pay-requested'; readonly paymentMethodId: string }
export type EditWithdrawn = { readonly type: 'withdraw-requested' }
