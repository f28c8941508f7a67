import { killpoint } from '#kit/core/killpoint.ts'
import type { CancelReason } from '#contracts/events/orders.ts'
import { cancelOrder } from '#contracts/processes/cancel-order.ts'
import { checkout } from '#contracts/processes/checkout.ts'
import { DomainError } from '#kit/core/errors.ts'
import type { Query } from '#kit/db/db.ts'
import type { OrdersDeps } from '../deps.ts'
import { editErrors } from '../edit-errors.ts'
import { errors } from '../errors.ts'
import { allowBoughtCards, stopBoughtCards } from '../gift-card-store.ts'
import { readPlaced } from '../queries/placed-order.ts'
import { moveOrder } from './move-order.ts'

/**
 * The end of every undo: → CANCELLED, in one transaction with everything the order had claimed: its cart or draft
 * may be ordered again, coupons and gift cards are usable again. Repeating it changes nothing.
 */
export async function markCancelled(
  deps: OrdersDeps,
  { orderId, reason }: { orderId: string; reason: CancelReason },
): Promise<{ outcome: 'cancelled' | 'shipped' | 'unknown' }> {
  return await deps.kit.db.tx(async (tx) => {
    const { moved, status } = await moveOrder(deps, tx, { orderId, to: 'CANCELLED', reason, actor: 'checkout' })
    if (moved) {
      killpoint('cancel.after-move')
      await tx`delete from order_carts where order_carts.order_id = ${orderId}`
      await tx`select reopen_draft(${orderId})`
      await tx`select release_promotions(${orderId})`
    }
    if (status === undefined) return { outcome: 'unknown' }
    return { outcome: status === 'CANCELLED' ? 'cancelled' : 'shipped' }
  })
}

/** Tells a waiting checkout to end. `confirmed`: it got through before; `over`: there is nothing to end. */
export async function endCheckout(
  deps: OrdersDeps,
  { orderId, reason }: { orderId: string; reason: CancelReason },
): Promise<{ outcome: 'cancelled' | 'confirmed' | 'over' }> {
  const { processes, db } = deps.kit
  // An order that is not PENDING any more never will be again, wherever the bookkeeping of its checkout stands.
  const ended = async () => {
    const status = (await readPlaced(db.sql, orderId))?.status
    return status === 'PENDING' ? undefined : { outcome: status === 'CONFIRMED' ? ('confirmed' as const) : ('over' as const) }
  }
  const before = await ended()
  if (before) return before
  const told = await processes.post(db.sql, checkout, orderId, { type: 'cancel-requested', reason } as { type: string })
  const result = await processes.advance(checkout, orderId)
  if (result?.outcome === 'cancelled') return { outcome: told ? 'cancelled' : 'over' }
  const after = await ended()
  if (after) return after
  throw new DomainError('unavailable', errors.keyInFlight.code, 'The checkout of this order is at work; ask again in a moment.', {
    retryAfterSeconds: 1,
  })
}

/**
 * Takes a confirmed order back, unless its parcel has left, or gift cards bought with it are spent. Repeating it gives the
 * same answer.
 */
export async function takeBack(
  deps: OrdersDeps,
  { orderId, reason }: { orderId: string; reason: CancelReason },
): Promise<{ outcome: 'cancelled' | 'too-late' | 'gift-card-spent' }> {
  const order = await readPlaced(deps.kit.db.sql, orderId)
  if (!order) throw errors.notFound({ orderId })
  if (order.status === 'CANCELLED') return { outcome: 'cancelled' }
  if (order.status !== 'CONFIRMED') return { outcome: 'too-late' }
  if ((await stopBoughtCards(deps.kit.db.sql, orderId)) === 'spent') return { outcome: 'gift-card-spent' }
  const stands = await beginCancelling(deps, orderId, reason).catch(async (error: unknown) => {
    await allowBoughtCards(deps.kit.db.sql, orderId)
    throw error
  })
  if (stands !== 'CONFIRMED') {
    await allowBoughtCards(deps.kit.db.sql, orderId)
    return { outcome: stands === 'CANCELLED' ? 'cancelled' : 'too-late' }
  }
  killpoint('cancel.after-start')
  const result = await deps.kit.processes.advance(cancelOrder, orderId)
  if (!result)
    throw new DomainError('unavailable', errors.keyInFlight.code, 'The cancellation is under way.', { retryAfterSeconds: 1 })
  if (result.outcome === 'too-late') await allowBoughtCards(deps.kit.db.sql, orderId)
  return result
}

/**
 * Under the lock of the order, so that it does not leave, and no change of it begins or is written meanwhile: a change that is open has to end
 * first. Answers the status; only CONFIRMED begins.
 */
async function beginCancelling(deps: OrdersDeps, orderId: string, reason: CancelReason): Promise<string> {
  return await deps.kit.db.tx(async (tx) => {
    const [now] = await tx<{ status: string }[]>`select o.status from orders o where o.id = ${orderId} for update`
    if (now!.status !== 'CONFIRMED') return now!.status
    const edits = await tx<{ id: string; status: string; surcharge: bigint }[]>`
      select e.id, e.status, e.surcharge from order_edits e where e.order_id = ${orderId} and e.status <> 'refused'`
    if (edits.some(({ status }) => status === 'open')) throw editErrors.editOpen({ orderId })
    const lines = (await readPlaced(tx, orderId))!.lines.map(({ sku, quantity }) => ({ sku, quantity }))
    const surcharges = edits.filter(({ surcharge }) => surcharge > 0n).map(({ id }) => id)
    const paid = surcharges.length > 0 ? { surcharges } : {}
    await deps.kit.processes.start(tx, cancelOrder, orderId, { orderId, reason, lines, ...paid })
    return now!.status
  })
}

/** What a customer or staff asks for: whatever state the order is in, it ends cancelled or says why not. */
export async function cancelAnOrder(deps: OrdersDeps, input: { orderId: string; reason: CancelReason }): Promise<void> {
  const ended = await endCheckout(deps, input)
  if (ended.outcome === 'cancelled') return
  const { outcome } = await takeBack(deps, input)
  if (outcome === 'too-late') throw errors.tooLate({ orderId: input.orderId })
  if (outcome === 'gift-card-spent') throw errors.giftCardSpent({ orderId: input.orderId })
}

/** Whether a cancellation has begun and has not ended. */
export async function isBeingCancelled(tx: Query, orderId: string): Promise<boolean> {
  const [row] =
    await tx`select 1 from processes p where p.name = ${cancelOrder.name} and p.id = ${orderId} and p.status <> 'done'`
  return row !== undefined
}
