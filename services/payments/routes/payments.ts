import Type from 'typebox'
import { PaymentOutcome } from '#contracts/rpc/payments.ts'
import { Timestamp, Uuid } from '#contracts/values.ts'
import { uuidFrom, uuidv7 } from '#kit/core/ids.ts'
import { MinorUnits, MoneyJson, SignedMinorUnits, toJsonAmount } from '#kit/core/money.ts'
import { may } from '#kit/core/principal.ts'
import { page } from '#kit/http/paging.ts'
import { can, get, ownerOr, post, type Route } from '#kit/http/route.ts'
import { closed } from '#kit/messaging/event.ts'
import { authorizePayment } from '../commands/authorize-payment.ts'
import { capturePayment } from '../commands/capture-payment.ts'
import { refundPayment } from '../commands/refund-payment.ts'
import type { Deps } from '../deps.ts'
import { errors } from '../errors.ts'
import { refundable } from '../payment.ts'
import { PaymentDetails, PaymentStateSchema, PaymentView, viewOf } from '../payment-view.ts'
import { listPayments, outcomes, paymentDetails, PaymentsQuery, summary } from '../queries/payments.ts'
import { decisivePayment, findPayment, paymentsOfOrder } from '../store.ts'
import { PaymentMethodKind } from '#contracts/events/payments.ts'

const READ = 'payments:read-any'
const Order = { orderId: Type.Optional(Uuid), paymentId: Type.Optional(Uuid) }

/** Money of orders, for staff and for the customers whose money it is. */
export function paymentRoutes(deps: Deps): Route[] {
  const { sql } = deps.db

  /** An order named by itself, by one of its payments, or by both; a payment of another order is none of this one. */
  const orderOf = async (body: { orderId?: string | undefined; paymentId?: string | undefined }): Promise<string> => {
    if (body.orderId && !body.paymentId) return body.orderId
    const payment = body.paymentId ? await findPayment(sql, body.paymentId) : undefined
    if (!payment || (body.orderId && body.orderId !== payment.orderId)) throw errors.notFound()
    return payment.orderId
  }

  return [
    post(
      '/api/payments/authorize',
      {
        access: can('payments:authorize'),
        priority: 'high',
        summary: 'Asks for the money of an order',
        description:
          'Once per order and attempt: the same request again answers with what is known. A refusal is an outcome, not an error.',
        // one gateway call must never be inside a transaction; (order, attempt) is the key
        idempotency: 'handler',
        body: closed({
          orderId: Uuid,
          attempt: Type.Integer({ minimum: 1, maximum: 100, default: 1 }),
          amount: MoneyJson,
          paymentMethodId: Type.String({ minLength: 1, maxLength: 200 }),
          capture: Type.Boolean({ default: false }),
          customerId: Type.Union([Uuid, Type.Null()], { default: null }),
        }),
        response: PaymentOutcome,
        errors: [errors.attemptDiffers, errors.cardNumber],
      },
      ({ body }) => authorizePayment(deps, body),
    ),
    post(
      '/api/payments/capture',
      {
        access: can('payments:capture'),
        summary: 'Takes money that was set aside',
        idempotency: 'handler',
        body: closed({ ...Order, amount: Type.Optional(MoneyJson) }),
        response: PaymentOutcome,
        errors: [errors.notFound, errors.nothingToCapture, errors.amountTooHigh, errors.wrongCurrency],
      },
      async ({ body }) => capturePayment(deps, { orderId: await orderOf(body), amount: body.amount }),
    ),
    post(
      '/api/payments/refund',
      {
        access: can('payments:refund'),
        summary: 'Gives money back, all or a part of it',
        description:
          'Once per `refundId`, or per Idempotency-Key where none is sent. Without an amount: everything that is left.',
        idempotency: 'handler',
        body: closed({
          ...Order,
          refundId: Type.Optional(Uuid),
          amount: Type.Optional(
            closed({
              amount: Type.Integer({ minimum: 1, maximum: 9_007_199_254_740_991 }),
              currency: MoneyJson.properties.currency,
            }),
          ),
          reason: Type.String({ minLength: 1, maxLength: 200 }),
        }),
        response: closed({
          refundId: Uuid,
          outcome: Type.Union([Type.Literal('refunded'), Type.Literal('pending')]),
          refundable: MoneyJson,
        }),
        errors: [errors.notFound, errors.amountTooHigh],
      },
      async ({ body, principal, idempotencyKey }) => {
        const orderId = await orderOf(body)
        const payment = decisivePayment(await paymentsOfOrder(sql, orderId))
        if (!payment) throw errors.notFound()
        const refundId = body.refundId ?? (idempotencyKey ? uuidFrom(`refund:${principal.id}:${idempotencyKey}`) : uuidv7())
        const amount = body.amount ? BigInt(body.amount.amount) : await leftOr(deps, refundId, refundable(payment))
        const currency = body.amount?.currency ?? payment.currency
        const result =
          amount > 0n
            ? await refundPayment(deps, { orderId, refundId, amount, currency, reason: body.reason, requestedBy: principal.id })
            : { outcome: 'refused' as const, refundable: 0n }
        if (result.outcome === 'refused')
          throw errors.amountTooHigh({ refundable: toJsonAmount(result.refundable), currency: payment.currency })
        return {
          refundId,
          outcome: result.outcome,
          refundable: { amount: toJsonAmount(result.refundable), currency: payment.currency },
        }
      },
    ),
    get(
      '/api/payments',
      { access: can(READ), summary: 'Lists payments, newest first', query: PaymentsQuery, response: page(PaymentView) },
      ({ query }) => listPayments(deps.db.read, query),
    ),
    get(
      '/api/payments/reports/summary',
      {
        access: can('payments:report'),
        summary: 'What was taken and given back, by currency and method',
        query: closed({ from: Type.Optional(Timestamp), to: Type.Optional(Timestamp) }),
        response: closed({
          from: Timestamp,
          to: Timestamp,
          totals: Type.Array(
            closed({
              currency: Type.String(),
              method: PaymentMethodKind,
              payments: Type.Integer(),
              captured: MinorUnits,
              refunded: MinorUnits,
              chargedBack: SignedMinorUnits,
              net: SignedMinorUnits,
            }),
          ),
          outcomes: Type.Array(closed({ state: PaymentStateSchema, count: Type.Integer() })),
        }),
      },
      async ({ query }) => {
        const to = query.to ?? new Date().toISOString()
        const span = { to, from: query.from ?? new Date(Date.parse(to) - 30 * 86_400_000).toISOString() }
        const [rows, states] = await Promise.all([summary(deps.db.read, span), outcomes(deps.db.read, span)])
        const totals = rows.map(({ captured, refunded, chargedBack, payments, ...rest }) => ({
          ...rest,
          payments: Number(payments),
          captured: toJsonAmount(captured),
          refunded: toJsonAmount(refunded),
          chargedBack: toJsonAmount(chargedBack),
          net: toJsonAmount(captured - refunded - chargedBack),
        }))
        return { ...span, totals, outcomes: states.map(({ state, count }) => ({ state, count: Number(count) })) }
      },
    ),
    get(
      '/api/payments/orders/:orderId',
      {
        access: ownerOr(READ),
        summary: 'The payments of an order, first attempt first',
        params: closed({ orderId: Uuid }),
        response: closed({ items: Type.Array(PaymentView) }),
        errors: [errors.notFound],
      },
      async ({ params, principal }) => {
        const payments = await paymentsOfOrder(deps.db.read, params.orderId)
        const mine = may(principal, READ) ? payments : payments.filter((payment) => payment.customerId === principal.id)
        if (mine.length === 0) throw errors.notFound()
        return { items: mine.map(viewOf) }
      },
    ),
    get(
      '/api/payments/:id',
      {
        access: ownerOr(READ),
        summary: 'A payment with its refunds',
        params: closed({ id: Uuid }),
        response: PaymentDetails,
        errors: [errors.notFound],
      },
      async ({ params, principal }) => {
        const payment = await findPayment(deps.db.read, params.id)
        if (!payment || (payment.customerId !== principal.id && !may(principal, READ))) throw errors.notFound()
        return paymentDetails(deps.db.read, payment)
      },
    ),
  ]
}

/** A repeated "everything that is left" must ask for the same amount as the first time. */
async function leftOr(deps: Deps, refundId: string, left: bigint): Promise<bigint> {
  const [earlier] = await deps.db.sql<{ amount: bigint }[]>`select r.amount from refunds r where r.id = ${refundId}`
  return earlier?.amount ?? left
}
