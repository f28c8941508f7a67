import Type, { type Static } from 'typebox'
import { PaymentMethodKind } from '#contracts/events/payments.ts'
import { Nullable, Uuid } from '#contracts/values.ts'
import { MoneyJson } from '#kit/core/money.ts'
import { closed } from '#kit/messaging/event.ts'
import { defineRpc, method } from '#kit/rpc/rpc.ts'

const known = { paymentId: Uuid, method: PaymentMethodKind }

/** What came of asking for money. A refusal is data, not an error. */
export const PaymentOutcome = Type.Union([
  closed({ outcome: Type.Literal('authorized'), ...known }),
  closed({ outcome: Type.Literal('captured'), ...known }),
  closed({ outcome: Type.Literal('declined'), ...known, reason: Type.String() }),
  /** 3-D Secure: the shopper has to visit `url` */
  closed({ outcome: Type.Literal('challenge'), ...known, url: Type.String() }),
  /** the gateway will tell by webhook, or could not be reached: the money may or may not be taken */
  closed({ outcome: Type.Literal('pending'), ...known }),
])
export type PaymentOutcome = Static<typeof PaymentOutcome>

export const paymentsRpc = defineRpc(
  'payments',
  {
    /** Authorises, and with `capture` also takes, the money of an order. Idempotent by (orderId, attempt). */
    authorize: method(
      closed({
        orderId: Uuid,
        attempt: Type.Integer({ minimum: 1 }),
        amount: MoneyJson,
        paymentMethodId: Type.String({ maxLength: 200 }),
        capture: Type.Boolean(),
        customerId: Nullable(Uuid),
        imported: Type.Optional(Type.Boolean()),
        at: Type.Optional(Type.String()),
      }),
      PaymentOutcome,
      { outside: 'payments:authorize' },
    ),
    capture: method(closed({ orderId: Uuid, amount: Type.Optional(MoneyJson) }), PaymentOutcome, { outside: 'payments:capture' }),
    /** Gives the money back or lets it go, whatever state it is in; the end of every undo. Idempotent by orderId. */
    undo: method(
      closed({ orderId: Uuid, reason: Type.String() }),
      closed({
        outcome: Type.Union([Type.Literal('nothing'), Type.Literal('voided'), Type.Literal('refunded'), Type.Literal('pending')]),
      }),
    ),
    /** Refunds a part. Idempotent by refundId. `refused`: more than was captured. */
    refund: method(
      closed({
        orderId: Uuid,
        refundId: Uuid,
        amount: MoneyJson,
        reason: Type.String(),
        imported: Type.Optional(Type.Boolean()),
        at: Type.Optional(Type.String()),
      }),
      closed({
        outcome: Type.Union([Type.Literal('refunded'), Type.Literal('refused'), Type.Literal('pending')]),
        refundable: MoneyJson,
      }),
      { outside: 'payments:refund' },
    ),
    /** What is known of an order's money now. */
    status: method(closed({ orderId: Uuid }), Type.Union([closed({ outcome: Type.Literal('none') }), PaymentOutcome]), {
      outside: 'payments:read-any',
      read: true,
    }),
  },
  { Money: MoneyJson, PaymentOutcome },
)
