import Type, { type Static } from 'typebox'
import { PaymentMethodKind } from '#contracts/events/payments.ts'
import { Nullable, Timestamp, Uuid } from '#contracts/values.ts'
import { MoneyJson, toJsonAmount } from '#kit/core/money.ts'
import { closed } from '#kit/messaging/event.ts'
import { type Payment, type PaymentState, paymentStates } from './payment.ts'

export const PaymentStateSchema = Type.Unsafe<PaymentState>({ type: 'string', enum: paymentStates })

/** A payment as its customer and staff see it. Never the token. */
export const PaymentView = closed({
  id: Uuid,
  orderId: Uuid,
  attempt: Type.Integer(),
  state: PaymentStateSchema,
  method: PaymentMethodKind,
  gateway: Type.String(),
  amount: MoneyJson,
  captured: MoneyJson,
  refunded: MoneyJson,
  chargedBack: MoneyJson,
  reason: Nullable(Type.String()),
  challengeUrl: Nullable(Type.String()),
  /** the money is on its way back */
  undone: Type.Boolean(),
  createdAt: Timestamp,
  updatedAt: Timestamp,
  version: Type.Integer(),
})
export type PaymentView = Static<typeof PaymentView>

export const RefundView = closed({
  id: Uuid,
  amount: MoneyJson,
  reason: Type.String(),
  state: Type.Union([Type.Literal('requested'), Type.Literal('succeeded'), Type.Literal('refused')]),
  createdAt: Timestamp,
})

export const PaymentDetails = closed({ ...PaymentView.properties, refunds: Type.Array(RefundView) })

export function viewOf(payment: Payment): PaymentView {
  const money = (amount: bigint) => ({ amount: toJsonAmount(amount), currency: payment.currency })
  return {
    id: payment.id,
    orderId: payment.orderId,
    attempt: payment.attempt,
    state: payment.state,
    method: payment.method,
    gateway: payment.gateway,
    amount: money(payment.amount),
    captured: money(payment.captured),
    refunded: money(payment.refunded),
    chargedBack: money(payment.chargedBack),
    reason: payment.reason ?? payment.undoReason,
    challengeUrl: payment.challengeUrl,
    undone: payment.undoAt !== null,
    createdAt: payment.createdAt.toISOString(),
    updatedAt: payment.updatedAt.toISOString(),
    version: payment.version,
  }
}
