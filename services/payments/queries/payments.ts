import type { Static } from 'typebox'
import type { Query } from '#kit/db/db.ts'
import type { Payment, PaymentState } from '../payment.ts'
import type { PaymentDetails, PaymentView } from '../payment-view.ts'
import Type from 'typebox'
import { Uuid } from '#contracts/values.ts'
import { toJsonAmount } from '#kit/core/money.ts'
import { descending, keyset, type Page, where } from '#kit/http/paging.ts'
import { PaymentStateSchema, viewOf } from '../payment-view.ts'
import { paymentColumns } from '../store.ts'

/** Ids are UUIDv7: their order is the order in time, and the primary key serves the list. */
const list = keyset({
  list: 'payments',
  id: { column: 'p.id', type: 'uuid' },
  sorts: { newest: descending('p.id', 'uuid') },
  initial: 'newest',
})

export const PaymentsQuery = list.query({
  state: Type.Optional(PaymentStateSchema),
  orderId: Type.Optional(Uuid),
  customerId: Type.Optional(Uuid),
  gateway: Type.Optional(Type.String({ maxLength: 40 })),
})

/** Payments, newest first, for staff. */
export async function listPayments(sql: Query, query: Static<typeof PaymentsQuery>): Promise<Page<PaymentView>> {
  const at = list.position(query)
  const conditions = where(sql, [
    query.state !== undefined && sql`p.state = ${query.state}`,
    query.orderId !== undefined && sql`p.order_id = ${query.orderId}`,
    query.customerId !== undefined && sql`p.customer_id = ${query.customerId}`,
    query.gateway !== undefined && sql`p.gateway = ${query.gateway}`,
  ])
  const rows = await sql<
    Payment[]
  >`select ${paymentColumns(sql)}, ${at.keys(sql)} from payments p ${conditions} ${at.after(sql)} ${at.order(sql)}`
  return at.page(rows, viewOf)
}

interface RefundRow {
  id: string
  amount: bigint
  currency: string
  reason: string
  state: 'requested' | 'succeeded' | 'refused'
  createdAt: Date
}

/** A payment with its refunds, oldest first. */
export async function paymentDetails(sql: Query, payment: Payment): Promise<Static<typeof PaymentDetails>> {
  const refunds = await sql<RefundRow[]>`
    select r.id, r.amount, r.currency, r.reason, r.state, r.created_at as "createdAt" from refunds r where r.payment_id = ${payment.id} order by r.created_at`
  return {
    ...viewOf(payment),
    refunds: refunds.map(({ amount, currency, createdAt, ...rest }) => ({
      ...rest,
      amount: { amount: toJsonAmount(amount), currency },
      createdAt: createdAt.toISOString(),
    })),
  }
}

export interface SummaryRow {
  currency: string
  method: Payment['method']
  payments: bigint
  captured: bigint
  refunded: bigint
  chargedBack: bigint
}

/** What was taken and given back between two times, by currency and method, from the ledger. */
export async function summary(sql: Query, span: { from: string; to: string }): Promise<SummaryRow[]> {
  return sql<SummaryRow[]>`
    select e.currency, p.method, count(distinct p.id) filter (where e.kind = 'capture') as payments,
           coalesce(sum(e.amount) filter (where e.kind = 'capture'), 0)::bigint as captured,
           coalesce(-sum(e.amount) filter (where e.kind = 'refund'), 0)::bigint as refunded,
           coalesce(-sum(e.amount) filter (where e.kind in ('chargeback', 'chargeback-won')), 0)::bigint as "chargedBack"
      from ledger_entries e join payments p on p.id = e.payment_id
     where e.account like 'gateway:%' and e.booked_at >= ${span.from}::timestamptz and e.booked_at < ${span.to}::timestamptz
     group by e.currency, p.method order by e.currency, p.method`
}

/** How many tries ended how, between two times. */
export async function outcomes(
  sql: Query,
  span: { from: string; to: string },
): Promise<{ state: PaymentState; count: bigint }[]> {
  return sql<{ state: PaymentState; count: bigint }[]>`
    select p.state, count(*) as count from payments p
     where p.created_at >= ${span.from}::timestamptz and p.created_at < ${span.to}::timestamptz group by p.state order by p.state`
}
