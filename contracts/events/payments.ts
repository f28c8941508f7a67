import Type, { type Static } from 'typebox'
import { Nullable, Uuid } from '#contracts/values.ts'
import { MoneyJson } from '#kit/core/money.ts'
import { closed, defineEvent } from '#kit/messaging/event.ts'

export const PaymentMethodKind = Type.Union([
  Type.Literal('card'),
  Type.Literal('upi'),
  Type.Literal('net-banking'),
  Type.Literal('wallet'),
  Type.Literal('cash-on-delivery'),
  Type.Literal('invoice'),
  Type.Literal('gift-card'),
])
export type PaymentMethodKind = Static<typeof PaymentMethodKind>

const payment = {
  paymentId: Uuid,
  orderId: Uuid,
  amount: MoneyJson,
  method: PaymentMethodKind,
  gateway: Type.String(),
  imported: Type.Boolean(),
}

export const PaymentAuthorized = defineEvent(
  'PaymentAuthorized.v1',
  'payment',
  'orderId',
  'The money is set aside but not taken.',
  closed(payment),
)
export const PaymentProcessed = defineEvent('PaymentProcessed.v1', 'payment', 'orderId', 'The money is taken.', closed(payment))
export const PaymentFailed = defineEvent(
  'PaymentFailed.v1',
  'payment',
  'orderId',
  'The gateway refused, or nobody answered in time.',
  closed({ ...payment, reason: Type.String() }),
)
export const PaymentVoided = defineEvent('PaymentVoided.v1', 'payment', 'orderId', 'Money set aside was let go.', closed(payment))
export const RefundIssued = defineEvent(
  'RefundIssued.v1',
  'payment',
  'orderId',
  'Money went back to the customer.',
  closed({ ...payment, refundId: Uuid, refunded: MoneyJson, reason: Type.String() }),
)
export const ChargebackOpened = defineEvent(
  'ChargebackOpened.v1',
  'payment',
  'orderId',
  'The customer’s bank demands money back.',
  closed({ ...payment, chargebackId: Uuid, reason: Type.String() }),
)
export const ChargebackClosed = defineEvent(
  'ChargebackClosed.v1',
  'payment',
  'orderId',
  'A chargeback was decided.',
  closed({ ...payment, chargebackId: Uuid, won: Type.Boolean() }),
)
export const GiftCardIssued = defineEvent(
  'GiftCardIssued.v1',
  'payment',
  'giftCardId',
  'A gift card was issued; its code is never in an event.',
  closed({ giftCardId: Uuid, value: MoneyJson, orderId: Nullable(Uuid) }),
)
