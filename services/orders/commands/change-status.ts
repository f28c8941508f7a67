import type { OrderStatus } from '#contracts/events/orders.ts'
import type { Tx } from '#kit/db/db.ts'
import type { OrdersDeps } from '../deps.ts'
import { errors } from '../errors.ts'
import type { VisibleOrder } from '../visible-order.ts'
import { cancelAnOrder, isBeingCancelled } from './cancel-order.ts'
import { moveOrder } from './move-order.ts'

/** What owners may say of their own order: that all is well, or that they do not want it. The rest is the warehouse's to say. */
const OWNERS_MAY: readonly OrderStatus[] = ['COMPLETED', 'CANCELLED']

/**
 * Moves an order on by hand. The same status again changes nothing. CANCELLED goes through the cancel flow, CONFIRMED only
 * through the checkout: nobody confirms what is not paid. Throws errors.staffOnly, errors.illegalMove, errors.tooLate.
 */
export async function changeStatus(
  deps: OrdersDeps,
  { order, isOwner, actor }: VisibleOrder,
  to: OrderStatus,
  note: string | undefined,
): Promise<void> {
  const orderId = order.id
  if (to === order.status) return
  if (isOwner && !OWNERS_MAY.includes(to)) throw errors.staffOnly({ to })
  if (to === 'CANCELLED') return await cancelAnOrder(deps, { orderId, reason: isOwner ? 'customer' : 'staff' })
  if (to === 'PENDING' || to === 'CONFIRMED') throw errors.illegalMove({ from: order.status, to })
  const { moved, status } = await deps.kit.db.tx(async (tx) => {
    if (to === 'SHIPPED') await refuseWhileCancelled(tx, order)
    return await moveOrder(deps, tx, { orderId, to, actor, ...(note === undefined ? {} : { note }) })
  })
  if (!moved && status !== to) throw errors.illegalMove({ from: status, to })
}

/** Under the lock of the order: nobody gets both the goods and the money back. */
async function refuseWhileCancelled(tx: Tx, { id, status }: VisibleOrder['order']): Promise<void> {
  await tx`select 1 from orders o where o.id = ${id} for update`
  if (await isBeingCancelled(tx, id)) throw errors.illegalMove({ from: status, to: 'SHIPPED' })
}
