import { killpoint } from '#kit/core/killpoint.ts'
import type { Deps } from '../deps.ts'
import type { Payment } from '../payment.ts'
import { RefundIssued } from '#contracts/events/payments.ts'
import { toJsonAmount } from '#kit/core/money.ts'
import { isUniqueViolation } from '#kit/db/pg-errors.ts'
import { whatDiffersInRefund } from '../gateways/differs.ts'
import { eventFacts, refundable } from '../payment.ts'
import { decisivePayment, findPayment, paymentColumns, paymentsOfOrder } from '../store.ts'

export interface RefundInput {
  readonly orderId: string
  /** only when money of a payment that is undone goes back; else the order's payment */
  readonly paymentId?: string
  readonly refundId: string
  readonly amount: bigint
  readonly currency: string
  readonly reason: string
  /** user id, or the name of a service */
  readonly requestedBy: string
  readonly at?: Date | undefined
}

export interface RefundResult {
  readonly outcome: 'refunded' | 'refused' | 'pending'
  /** what can still be given back afterwards */
  readonly refundable: bigint
  readonly payment: Payment | undefined
}

interface RefundRow {
  id: string
  paymentId: string
  amount: bigint
  reason: string
  state: 'requested' | 'succeeded' | 'refused'
}

/**
 * Gives a part of the money back, once per refundId. First the amount is set aside in the payment by one conditional
 * statement (so that many refunds at once never exceed what was taken), then the gateway is asked, then the result is noted.
 * `pending`: the gateway did not answer; reconciliation asks again with the same key. Throws nothing for refusals.
 */
export async function refundPayment(deps: Deps, input: RefundInput): Promise<RefundResult> {
  const reserved = await reserve(deps, input).catch((error: unknown) => {
    if (isUniqueViolation(error, 'refunds_pkey')) return undefined
    throw error
  })
  killpoint('refund.after-reserve')
  if (reserved) return askGateway(deps, reserved, { ...input, id: input.refundId })
  const earlier = await findRefund(deps, input.refundId)
  if (!earlier) {
    const payment = input.paymentId
      ? await findPayment(deps.db.sql, input.paymentId)
      : decisivePayment(await paymentsOfOrder(deps.db.sql, input.orderId))
    return { outcome: 'refused', refundable: payment ? refundable(payment) : 0n, payment }
  }
  const payment = await findPayment(deps.db.sql, earlier.paymentId)
  if (!payment) throw new Error(`refund ${earlier.id} without payment`)
  if (earlier.state === 'requested') return askGateway(deps, payment, { ...earlier, at: input.at })
  return { outcome: earlier.state === 'succeeded' ? 'refunded' : 'refused', refundable: refundable(payment), payment }
}

async function reserve(deps: Deps, input: RefundInput): Promise<Payment | undefined> {
  const { sql } = deps.db
  const paymentId = input.paymentId ?? null
  const [payment] = await sql<Payment[]>`
    with earlier as (
      select r.id from refunds r where r.id = ${input.refundId}
    ), p as (
      update payments p
         set refunding = p.refunding + ${input.amount}, version = p.version + 1, updated_at = now()
       where p.order_id = ${input.orderId} and p.state in ('captured', 'partially-refunded') and p.currency = ${input.currency}
         and case when ${paymentId}::uuid is null then p.undo_at is null else p.id = ${paymentId}::uuid end
         and p.refunded + p.refunding + p.charged_back + ${input.amount} <= p.captured
         and not exists (select 1 from earlier)
      returning *
    ), made as (
      insert into refunds (id, payment_id, order_id, amount, currency, reason, state, requested_by, created_at, updated_at)
      select ${input.refundId}, p.id, p.order_id, ${input.amount}, p.currency, ${input.reason}, 'requested', ${input.requestedBy}, stamp.at, stamp.at
        from p cross join (select coalesce(${input.at?.toISOString() ?? null}::timestamptz, now()) as at) stamp
    )
    select ${paymentColumns(sql)} from p`
  return payment
}

async function askGateway(
  deps: Deps,
  payment: Payment,
  refund: { id: string; amount: bigint; reason: string; at?: Date | undefined },
): Promise<RefundResult> {
  const { gatewayKey: paymentKey, reference, currency } = payment
  const { amount } = refund
  const asked = await deps.gateways.ask(
    payment.gateway,
    (gateway, signal) => gateway.refund({ key: refund.id, paymentKey, reference, amount, currency }, signal),
    { paymentId: payment.id, differs: (answer) => whatDiffersInRefund({ amount, currency }, answer) },
  )
  killpoint('refund.after-gateway')
  if (!('answer' in asked)) return { outcome: 'pending', refundable: refundable(payment), payment }
  if (asked.answer.kind === 'refused') {
    const after = await refuse(deps, refund.id, asked.answer.reason)
    deps.log.warn({ paymentId: payment.id, refundId: refund.id, reason: asked.answer.reason }, 'the gateway refused a refund')
    return { outcome: 'refused', refundable: refundable(after ?? payment), payment: after ?? payment }
  }
  // only the one word that says so is a refund, not whatever else a company may answer
  if (asked.answer.kind !== 'refunded') return { outcome: 'pending', refundable: refundable(payment), payment }
  const after =
    (await complete(deps, payment, refund, asked.answer.reference)) ?? (await findPayment(deps.db.sql, payment.id)) ?? payment
  killpoint('refund.after-complete')
  return { outcome: 'refunded', refundable: refundable(after), payment: after }
}

/** Notes a refund the gateway made, with its event and its ledger entries; nothing if somebody noted it before. */
async function complete(
  deps: Deps,
  payment: Payment,
  refund: { id: string; amount: bigint; reason: string; at?: Date | undefined },
  reference: string,
): Promise<Payment | undefined> {
  const { sql } = deps.db
  const refunded = { amount: toJsonAmount(refund.amount), currency: payment.currency }
  const event = RefundIssued(
    { ...eventFacts(payment)(payment.captured), refundId: refund.id, refunded, reason: refund.reason },
    { at: refund.at },
  )
  const [after] = await sql<Payment[]>`
    with done as (
      update refunds set state = 'succeeded', gateway_reference = ${reference}, updated_at = now()
       where id = ${refund.id} and state = 'requested'
      returning id, payment_id, amount, currency, created_at
    ), p as (
      update payments p
         set refunding = p.refunding - d.amount, refunded = p.refunded + d.amount,
             state = case when p.state = 'chargeback' then p.state
                          when p.refunded + d.amount >= p.captured then 'refunded' else 'partially-refunded' end,
             version = p.version + 1, updated_at = now()
        from done d where p.id = d.payment_id
      returning p.*
    ), booked as (
      insert into ledger_entries (tx_id, payment_id, kind, account, amount, currency, booked_at)
      select d.id, d.payment_id, 'refund', entry.account, entry.amount, d.currency,
             coalesce(${refund.at?.toISOString() ?? null}::timestamptz, now())
        from done d join p on p.id = d.payment_id
       cross join lateral (values ('gateway:' || p.gateway, -d.amount), ('orders', d.amount)) entry(account, amount)
    ), told as (
      select outbox_append(${deps.outbox.encode([event])}::text::jsonb) as events from done
    )
    select ${paymentColumns(sql)}, (select told.events from told) as told from p`
  return after
}

async function refuse(deps: Deps, refundId: string, reason: string): Promise<Payment | undefined> {
  const { sql } = deps.db
  const [after] = await sql<Payment[]>`
    with refused as (
      update refunds set state = 'refused', refusal = ${reason}, updated_at = now()
       where id = ${refundId} and state = 'requested'
      returning payment_id, amount
    ), p as (
      update payments p set refunding = p.refunding - r.amount, version = p.version + 1, updated_at = now()
        from refused r where p.id = r.payment_id
      returning p.*
    )
    select ${paymentColumns(sql)} from p`
  return after
}

async function findRefund(deps: Deps, id: string): Promise<RefundRow | undefined> {
  const [row] = await deps.db.sql<RefundRow[]>`
    select r.id, r.payment_id as "paymentId", r.amount, r.reason, r.state from refunds r where r.id = ${id}`
  return row
}
