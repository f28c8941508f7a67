import type { CancelReason } from '#contracts/events/orders.ts'
import type { OrdersDeps } from '../deps.ts'
import { moveOrder } from './move-order.ts'

/**
 * The end of every undo: → CANCELLED, in one transaction with everything the order had claimed: its cart may be ordered
 * again, coupons and gift cards are usable again. Repeating it changes nothing.
 */
export async function markCancelled(
  deps: OrdersDeps,
  { orderId, reason }: { orderId: string; reason: CancelReason },
): Promise<{ outcome: 'cancelled' | 'shipped' | 'unknown' }> {
  return await deps.kit.db.tx(async (tx) => {
    const { moved, status } = await moveOrder(deps, tx, { orderId, to: 'CANCELLED', reason, actor: 'checkout' })
    if (moved) {
      await tx`delete from order_carts where order_carts.order_id = ${orderId}`
      await tx`select release_promotions(${orderId})`
    }
    if (status === undefined) return { outcome: 'unknown' }
    return { outcome: status === 'CANCELLED' ? 'cancelled' : 'shipped' }
  })
}
