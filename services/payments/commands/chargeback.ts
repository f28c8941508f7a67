import type { Deps } from '../deps.ts'
import type { MessageFact } from '../gateways/gateway.ts'
import type { Payment } from '../payment.ts'
import { ChargebackClosed, ChargebackOpened } from '#contracts/events/payments.ts'
import { uuidv7 } from '#kit/core/ids.ts'
import { eventFacts } from '../payment.ts'

type Opened = Extract<MessageFact, { kind: 'chargeback-opened' }>
type Closed = Extract<MessageFact, { kind: 'chargeback-closed' }>

/** The customer's bank takes money back. False when there is not that much to take, or the payment has another state. Once per reference. */
export async function openChargeback(deps: Deps, payment: Payment, fact: Opened): Promise<boolean> {
  const { sql } = deps.db
  const id = uuidv7()
  const event = ChargebackOpened({ ...eventFacts(payment)(fact.amount), chargebackId: id, reason: fact.reason })
  const rows = await sql`
    with p as (
      update payments p set state = 'chargeback', charged_back = p.charged_back + ${fact.amount}, version = p.version + 1, updated_at = now()
       where p.id = ${payment.id} and p.state in ('captured', 'partially-refunded')
         and p.refunded + p.refunding + p.charged_back + ${fact.amount} <= p.captured
         and not exists (select 1 from chargebacks c where c.gateway = ${payment.gateway} and c.gateway_reference = ${fact.chargeback})
      returning *
    ), made as (
      insert into chargebacks (id, payment_id, gateway, gateway_reference, amount, currency, reason, state)
      select ${id}, p.id, p.gateway, ${fact.chargeback}, ${fact.amount}, p.currency, ${fact.reason}, 'open' from p
    ), booked as (
      insert into ledger_entries (tx_id, payment_id, kind, account, amount, currency)
      select ${id}, p.id, 'chargeback', entry.account, entry.amount, p.currency
        from p cross join lateral (values ('gateway:' || p.gateway, -${fact.amount}::bigint), ('chargebacks', ${fact.amount}::bigint)) entry(account, amount)
    )
    select outbox_append(${deps.outbox.encode([event])}::text::jsonb) from p`
  if (rows.length > 0) return true
  const [known] =
    await sql`select 1 from chargebacks c where c.gateway = ${payment.gateway} and c.gateway_reference = ${fact.chargeback}`
  return known !== undefined
}

/** The dispute is over: won, the money is ours again; lost, it stays with the customer. False for a chargeback we do not know. */
export async function closeChargeback(deps: Deps, payment: Payment, fact: Closed): Promise<boolean> {
  const { sql } = deps.db
  const [chargeback] = await sql<{ id: string; amount: bigint; state: string }[]>`
    select c.id, c.amount, c.state from chargebacks c where c.payment_id = ${payment.id} and c.gateway_reference = ${fact.chargeback}`
  if (!chargeback) return false
  if (chargeback.state !== 'open') return true
  const event = ChargebackClosed({ ...eventFacts(payment)(chargeback.amount), chargebackId: chargeback.id, won: fact.won })
  await sql`
    with closed as (
      update chargebacks set state = ${fact.won ? 'won' : 'lost'}, closed_at = now() where id = ${chargeback.id} and state = 'open'
      returning id, payment_id, amount
    ), p as (
      update payments p
         set charged_back = p.charged_back - c.amount, state = case when p.refunded > 0 then 'partially-refunded' else 'captured' end,
             version = p.version + 1, updated_at = now()
        from closed c where p.id = c.payment_id and ${fact.won}
      returning p.*
    ), booked as (
      insert into ledger_entries (tx_id, payment_id, kind, account, amount, currency)
      select ${uuidv7()}, p.id, 'chargeback-won', entry.account, entry.amount, p.currency
        from p cross join closed c
       cross join lateral (values ('gateway:' || p.gateway, c.amount), ('chargebacks', -c.amount)) entry(account, amount)
    )
    select outbox_append(${deps.outbox.encode([event])}::text::jsonb) from closed`
  return true
}
