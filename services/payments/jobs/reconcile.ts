import type { Deps } from '../deps.ts'
import type { Payment } from '../payment.ts'
import { askStatus, recheckPayment } from '../commands/authorize-payment.ts'
import { finishCapture } from '../commands/capture-payment.ts'
import { applyMessage } from '../commands/receive-message.ts'
import { refundPayment } from '../commands/refund-payment.ts'
import { askToVoid, giveBack, settlePayment } from '../commands/settle-payment.ts'
import { isSettled } from '../payment.ts'
import { paymentColumns } from '../store.ts'

/** Most rows of a kind that one run looks at; the next run takes the next ones. */
const BATCH = 100

/**
 * Makes our books and the gateways' agree where a crash, a timeout or a lost message left a question open. Every run claims
 * rows that nobody has touched for a while, by touching them; everything it does is safe to repeat.
 */
export async function reconcile(deps: Deps, signal: AbortSignal): Promise<void> {
  await each(signal, await claimUnsettled(deps), (payment) => settleOpen(deps, payment))
  await each(signal, await claimCaptures(deps), (payment) => finishCapture(deps, payment))
  await each(signal, await claimUndone(deps), (payment) => giveBack(deps, payment))
  await each(signal, await claimRefunds(deps), (refund) => refundPayment(deps, refund))
  await each(signal, await claimMessages(deps), (message) => retryMessage(deps, message))

  async function each<T>(stop: AbortSignal, rows: readonly T[], work: (row: T) => Promise<unknown>): Promise<void> {
    for (const row of rows) {
      if (stop.aborted) return
      await work(row).catch((error: unknown) =>
        deps.log.warn({ error: (error as Error).message }, 'a payment could not be reconciled; it will be tried again'),
      )
    }
  }
}

/** Asks the gateway; what it never heard of, or let lie for too long, is stopped there and given up here. */
async function settleOpen(deps: Deps, payment: Payment & { ageMs: number }): Promise<void> {
  const { giveUpAfterMs, challengeTtlMs } = deps.settings
  // a gateway that knows the payment said "wait"; one that does not will not hear of it any more
  const patience = payment.reference === null ? giveUpAfterMs : challengeTtlMs
  const giveUp = payment.ageMs > patience || payment.undoAt !== null
  if (!giveUp) {
    await recheckPayment(deps, payment)
    return
  }
  // of money that nobody wants it need not be known how much there is: it is let go without an answer, too
  const current = (await askOnly(deps, payment)) ?? (payment.undoAt === null ? undefined : payment)
  if (!current || isSettled(current.state)) return
  const asked = await askToVoid(deps, current)
  if (!('answer' in asked)) return
  if (asked.answer.kind !== 'unknown') await settlePayment(deps, current, asked.answer)
  else if (payment.ageMs > giveUpAfterMs)
    await settlePayment(deps, current, { kind: 'failed', reason: current.undoReason ?? 'gateway-timeout' })
}

/** What the gateway knows, without asking it for money again. `undefined`: it did not answer. */
async function askOnly(deps: Deps, payment: Payment): Promise<Payment | undefined> {
  const asked = await askStatus(deps, payment)
  if (!('answer' in asked)) return undefined
  return asked.answer.kind === 'unknown' ? payment : settlePayment(deps, payment, asked.answer)
}

/** Not those of imported history: no gateway knows them, their age is that of the history, and their checkout asks again by itself. */
function claimUnsettled(deps: Deps): Promise<(Payment & { ageMs: number })[]> {
  const { sql } = deps.db
  return sql<(Payment & { ageMs: number })[]>`
    update payments p set updated_at = now()
     where p.id in (select o.id from payments o
                     where o.state in ('created', 'pending', 'challenge') and not o.imported and o.updated_at <= now() - ${deps.settings.recheckAfterMs} * interval '1 millisecond'
                     order by o.updated_at limit ${BATCH} for update skip locked)
    returning ${paymentColumns(sql)}, (extract(epoch from now() - p.created_at) * 1000)::float8 as "ageMs"`
}

function claimCaptures(deps: Deps): Promise<Payment[]> {
  const { sql } = deps.db
  return sql<Payment[]>`
    update payments p set updated_at = now()
     where p.id in (select o.id from payments o
                     where o.state = 'authorized' and o.capturing is not null and o.undo_at is null
                       and o.updated_at <= now() - ${deps.settings.recheckAfterMs} * interval '1 millisecond'
                     order by o.updated_at limit ${BATCH} for update skip locked)
    returning ${paymentColumns(sql)}`
}

function claimUndone(deps: Deps): Promise<Payment[]> {
  const { sql } = deps.db
  return sql<Payment[]>`
    update payments p set updated_at = now()
     where p.id in (select o.id from payments o
                     where o.undo_at is not null and o.state in ('authorized', 'captured', 'partially-refunded')
                       and o.updated_at <= now() - ${deps.settings.recheckAfterMs} * interval '1 millisecond'
                     order by o.updated_at limit ${BATCH} for update skip locked)
    returning ${paymentColumns(sql)}`
}

interface ClaimedRefund {
  orderId: string
  paymentId: string
  refundId: string
  amount: bigint
  currency: string
  reason: string
  requestedBy: string
}

function claimRefunds(deps: Deps): Promise<ClaimedRefund[]> {
  const { sql } = deps.db
  return sql<ClaimedRefund[]>`
    update refunds r set updated_at = now()
     where r.id in (select o.id from refunds o
                     where o.state = 'requested' and o.updated_at <= now() - ${deps.settings.recheckAfterMs} * interval '1 millisecond'
                     order by o.updated_at limit ${BATCH} for update skip locked)
    returning r.order_id as "orderId", r.payment_id as "paymentId", r.id as "refundId", r.amount, r.currency, r.reason, r.requested_by as "requestedBy"`
}

interface ClaimedMessage {
  gateway: string
  id: string
  body: string
}

/** Parked messages are tried for a day: the payment they speak of may be on its way. After that they are left for staff. */
function claimMessages(deps: Deps): Promise<ClaimedMessage[]> {
  const { sql } = deps.db
  return sql<ClaimedMessage[]>`
    update webhook_events w set updated_at = now()
     where (w.gateway, w.event_id) in (
             select o.gateway, o.event_id from webhook_events o
              where o.state in ('received', 'parked') and o.body is not null and o.received_at > now() - interval '1 day'
                and o.updated_at <= now() - ${deps.settings.recheckAfterMs} * interval '1 millisecond'
              order by o.updated_at limit ${BATCH} for update skip locked)
    returning w.gateway, w.event_id as id, w.body`
}

async function retryMessage(deps: Deps, { gateway, id, body }: ClaimedMessage): Promise<void> {
  await applyMessage(deps, gateway, deps.gateways.get(gateway).parse(id, Buffer.from(body)))
}
