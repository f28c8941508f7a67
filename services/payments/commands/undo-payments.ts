import { killpoint } from '#kit/core/killpoint.ts'
import type { Deps } from '../deps.ts'
import type { Payment } from '../payment.ts'
import { paymentColumns, paymentsOfOrder } from '../store.ts'
import { giveBack } from './settle-payment.ts'

export type UndoOutcome = 'nothing' | 'voided' | 'refunded' | 'pending'

/**
 * Nobody wants the money of this order (any more): lets it go or gives it back, whatever state it is in. Idempotent.
 * The note for the order is written before its payments are looked at, so a payment that succeeds at this very moment either
 * is seen here or sees the note. `pending`: reconciliation will finish it.
 */
export async function undoPayments(deps: Deps, input: { orderId: string; reason: string }): Promise<UndoOutcome> {
  const { sql } = deps.db
  await sql`
    insert into order_undos as u (order_id, up_to_attempt, reason)
    select ${input.orderId}, greatest(1, max(p.attempt)), ${input.reason} from payments p where p.order_id = ${input.orderId}
    on conflict (order_id) do update set up_to_attempt = greatest(u.up_to_attempt, excluded.up_to_attempt)`
  killpoint('undo.after-note')
  const open = await sql<Payment[]>`
    update payments p
       set undo_at = coalesce(p.undo_at, now()), undo_reason = coalesce(p.undo_reason, ${input.reason}), version = p.version + 1
      from order_undos u
     where u.order_id = p.order_id and p.order_id = ${input.orderId} and p.attempt <= u.up_to_attempt
       and p.state in ('created', 'pending', 'challenge', 'authorized', 'captured', 'partially-refunded')
    returning ${paymentColumns(sql)}`
  killpoint('undo.after-mark')
  for (const payment of open) await giveBack(deps, payment)
  return outcomeOf(await paymentsOfOrder(sql, input.orderId))
}

function outcomeOf(payments: readonly Payment[]): UndoOutcome {
  const undone = payments.filter((payment) => payment.undoAt !== null)
  const is = (...states: Payment['state'][]) => undone.some((payment) => states.includes(payment.state))
  if (is('created', 'pending', 'challenge', 'authorized', 'captured', 'partially-refunded')) return 'pending'
  if (is('refunded')) return 'refunded'
  return is('voided') ? 'voided' : 'nothing'
}
