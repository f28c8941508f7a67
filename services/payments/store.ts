import type { Db, Query, Sql } from '#kit/db/db.ts'
import type { Outbox } from '#kit/messaging/bus.ts'
import type { Payment, Settlement } from './payment.ts'
import { grouped } from '#kit/db/grouped.ts'
import { statementLane } from '#kit/db/lane.ts'
import { committing } from '#kit/db/late-commit.ts'
import { toJsonAmount } from '#kit/core/money.ts'
import { holdsMoney, statesBefore } from './payment.ts'

/*
 * The two writes of the checkout path. Each is one statement for any number of payments; concurrent requests share one
 * (kit/db/grouped.ts), which costs one commit instead of many.
 */

const GROUP = { maxSize: 64, maxInFlight: 2, lane: statementLane }

/** Columns of `payments p` under the names of `Payment`. */
export function paymentColumns(sql: Query) {
  return sql`p.id, p.order_id as "orderId", p.attempt, p.customer_id as "customerId", p.method, p.token, p.gateway, p.gateway_key as "gatewayKey",
    p.gateway_reference as reference, p.state, p.reason, p.challenge_url as "challengeUrl", p.currency, p.amount, p.authorized, p.captured,
    p.refunding, p.refunded, p.charged_back as "chargedBack", p.capture_now as "captureNow", p.capturing, p.undo_at as "undoAt",
    p.undo_reason as "undoReason", p.imported, p.version, p.created_at as "createdAt", p.updated_at as "updatedAt"`
}

export interface NewPayment {
  readonly id: string
  readonly orderId: string
  readonly attempt: number
  readonly customerId: string | null
  readonly method: string
  readonly token: string
  readonly gateway: string
  readonly currency: string
  readonly amount: bigint
  readonly captureNow: boolean
  readonly imported: boolean
  readonly at: string | null
}

interface SettleItem {
  readonly payment: Payment
  readonly settlement: Settlement
  /** another payment of the order already succeeded: this money has to go back */
  readonly superseded: boolean
  readonly at: Date | undefined
  readonly events: unknown
  readonly late: boolean
}

export interface PaymentStore {
  /**
   * Stores a payment before any gateway is asked, once per (order, attempt): a repeated call returns the row that is there.
   * The row has `undoAt` when nobody wants the money any more, or another attempt already brought it.
   */
  insert(payment: NewPayment, options?: { late: boolean }): Promise<Payment>
  /**
   * Writes what a gateway's fact changes, with events and ledger entries, if the payment is still in a state that allows it.
   * Returns the payment as it is afterwards, whoever changed it; `changed` tells whether it was this call. `late`: here and above, see
   * kit/db/late-commit.ts.
   */
  settle(
    payment: Payment,
    settlement: Settlement,
    options?: { superseded?: boolean; at?: Date | undefined; late?: boolean },
  ): Promise<{ payment: Payment; changed: boolean }>
}

export function createPaymentStore(deps: { db: Db; outbox: Outbox }): PaymentStore {
  const { sql, lateCommits } = deps.db
  const insert = grouped(GROUP, (items: readonly (NewPayment & { readonly late: boolean })[]) => insertAll(sql, items))
  const settle = grouped(GROUP, (items: readonly SettleItem[]) => settleAll(sql, items))
  return {
    insert: (payment, { late } = { late: false }) => insert({ ...payment, late: late && lateCommits }),
    async settle(payment, settlement, options = {}) {
      const changed = await settle({
        payment,
        settlement,
        superseded: options.superseded ?? false,
        at: options.at,
        // encoded here, in the caller's trace context, not in that of the group
        events: deps.outbox.rows(settlement.events),
        late: options.late === true && lateCommits,
      })
      if (changed) return { payment: changed, changed: true }
      return { payment: (await findPayment(sql, payment.id)) ?? payment, changed: false }
    },
  }
}

async function insertAll(sql: Sql, items: readonly (NewPayment & { readonly late: boolean })[]): Promise<readonly Payment[]> {
  const late = items.every((item) => item.late)
  const rows = items.map((item) => ({ ...item, amount: toJsonAmount(item.amount), key: keyOf(item) }))
  const found = await sql<Payment[]>`
    with input as (
      select * from jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb) as i(
        id uuid, "orderId" uuid, attempt integer, "customerId" uuid, method text, token text, gateway text, key text,
        currency text, amount bigint, "captureNow" boolean, imported boolean, at timestamptz)
    ), p as (
      insert into payments (id, order_id, attempt, customer_id, method, token, gateway, gateway_key, state, currency, amount,
                            capture_now, imported, undo_at, undo_reason, created_at, updated_at)
      select i.id, i."orderId", i.attempt, i."customerId", i.method, i.token, i.gateway, i.key, 'created', i.currency, i.amount,
             i."captureNow", i.imported, unwanted.at, unwanted.reason, coalesce(i.at, now()), coalesce(i.at, now())
        from input i
        left join lateral (
          select u.created_at as at, u.reason from order_undos u where u.order_id = i."orderId" and i.attempt <= u.up_to_attempt
          union all
          select now(), 'already-paid' from payments o
           where i.attempt > 1 and o.order_id = i."orderId" and o.attempt <> i.attempt and o.undo_at is null
             and o.state in ('authorized', 'captured', 'partially-refunded', 'chargeback')
          limit 1
        ) unwanted on true
      on conflict (order_id, attempt) do nothing
      returning *
    )
    select ${paymentColumns(sql)} from ${committing(sql, late)} as durability, p
    union all
    select ${paymentColumns(sql)} from payments p join input i on p.order_id = i."orderId" and p.attempt = i.attempt`
  const byAttempt = new Map(found.map((row) => [`${row.orderId} ${row.attempt}`, row]))
  return Promise.all(
    items.map(async (item) => {
      const row = byAttempt.get(`${item.orderId} ${item.attempt}`) ?? (await findAttempt(sql, item.orderId, item.attempt))
      if (!row) throw new Error(`payment of order ${item.orderId}, attempt ${item.attempt}, was neither stored nor found`)
      return row
    }),
  )
}

async function settleAll(sql: Sql, items: readonly SettleItem[]): Promise<readonly (Payment | undefined)[]> {
  const rows = items.map(({ payment, settlement, superseded, at, events }) => ({
    id: payment.id,
    orderId: payment.orderId,
    attempt: payment.attempt,
    before: statesBefore(settlement.to),
    to: settlement.to,
    reference: settlement.reference,
    reason: settlement.reason,
    url: settlement.challengeUrl,
    authorized: toJsonAmount(settlement.authorized),
    captured: toJsonAmount(settlement.captured),
    money: holdsMoney({ state: settlement.to }),
    superseded,
    at: at?.toISOString() ?? null,
    events,
  }))
  const late = items.every((item) => item.late)
  const changed = await sql<Payment[]>`
    with input as (
      select i.*, u.created_at as undone_at, u.reason as undone_reason
        from jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb) as i(
          id uuid, "orderId" uuid, attempt integer, before text[], "to" text, reference text, reason text, url text,
          authorized bigint, captured bigint, money boolean, superseded boolean, at timestamptz, events jsonb)
        left join order_undos u on u.order_id = i."orderId" and i.attempt <= u.up_to_attempt
    ), changed as (
      update payments p
         set state = i."to", gateway_reference = coalesce(p.gateway_reference, i.reference), reason = i.reason, challenge_url = i.url,
             authorized = i.authorized, captured = i.captured,
             capturing = case when i."to" in ('captured', 'voided') then null else p.capturing end,
             undo_at = coalesce(p.undo_at, i.undone_at, case when i.superseded or (i.money and p.state in ('declined', 'failed', 'voided')) then now() end),
             undo_reason = coalesce(p.undo_reason, i.undone_reason, case when i.superseded then 'already-paid'
                                    when i.money and p.state in ('declined', 'failed', 'voided') then 'too-late' end),
             version = p.version + 1, updated_at = coalesce(i.at, now())
        from input i
       where p.id = i.id and p.state = any(i.before)
      returning p.*, i.events
    ), booked as (
      insert into ledger_entries (tx_id, payment_id, kind, account, amount, currency, booked_at)
      select c.id, c.id, 'capture', entry.account, entry.amount, c.currency, c.updated_at
        from changed c
       cross join lateral (values ('gateway:' || c.gateway, c.captured), ('orders', -c.captured)) entry(account, amount)
       where c.state = 'captured' and c.captured > 0
    ), told as (
      select outbox_append(jsonb_agg(e.event)) as events from changed c cross join lateral jsonb_array_elements(c.events) e(event)
      having count(*) > 0
    )
    select ${paymentColumns(sql)}, (select told.events from told) as told from ${committing(sql, late)} as durability, changed p`
  const byId = new Map(changed.map((row) => [row.id, row]))
  return items.map((item) => byId.get(item.payment.id))
}

/** Our key towards the gateway: the same attempt of the same order is the same request for ever. */
function keyOf(item: Pick<NewPayment, 'orderId' | 'attempt'>): string {
  return `${item.orderId}:${item.attempt}`
}

export async function findPayment(sql: Query, id: string): Promise<Payment | undefined> {
  const [row] = await sql<Payment[]>`select ${paymentColumns(sql)} from payments p where p.id = ${id}`
  return row
}

export async function findByKey(
  sql: Query,
  gateway: string,
  key: string | null,
  reference: string,
): Promise<Payment | undefined> {
  const [row] = await sql<Payment[]>`
    select ${paymentColumns(sql)} from payments p
     where p.gateway = ${gateway} and (p.gateway_key = ${key} or p.gateway_reference = ${reference})
     order by p.gateway_key = ${key} desc nulls last limit 1`
  return row
}

async function findAttempt(sql: Query, orderId: string, attempt: number): Promise<Payment | undefined> {
  const [row] = await sql<
    Payment[]
  >`select ${paymentColumns(sql)} from payments p where p.order_id = ${orderId} and p.attempt = ${attempt}`
  return row
}

/** All attempts to pay an order, first to last. */
export async function paymentsOfOrder(sql: Query, orderId: string): Promise<Payment[]> {
  return sql<Payment[]>`select ${paymentColumns(sql)} from payments p where p.order_id = ${orderId} order by p.attempt`
}

/** The attempt that says how the order's money stands: the one with the money, else the latest. */
export function decisivePayment(payments: readonly Payment[]): Payment | undefined {
  return (
    payments.find((payment) => payment.undoAt === null && (holdsMoney(payment) || payment.state === 'chargeback')) ??
    payments.at(-1)
  )
}
