import { OrderCancelled, OrderConfirmed } from '#contracts/events/orders.ts'
import type { Tx } from '#kit/db/db.ts'
import { onMany } from '#kit/messaging/bus.ts'
import { commitAll, releaseAll } from '../holds.ts'

/**
 * Checkout does these steps by command before the events are out; then the hold is already in its end state and nothing changes here.
 * The reactions finish what a crash or another way of ordering left open. OrderCreated needs none: who places an order reserves first,
 * and taking stock again for an order whose hold was refused would sell what nobody pays for. An imported order never had a hold.
 */
export const orderReactions = () => [
  onMany(OrderConfirmed, async (events, { tx }) => {
    const open = await stillOpen(
      tx,
      events.filter(({ data }) => !data.imported).map(({ data }) => data.orderId),
    )
    if (open.length > 0) await commitAll(tx, open)
  }),
  onMany(OrderCancelled, async (events, { tx }) => {
    const reasons = new Map(events.filter(({ data }) => !data.imported).map(({ data }) => [data.orderId, data.reason]))
    if (reasons.size > 0)
      await releaseAll(
        tx,
        [...reasons].map(([order, reason]) => ({ order, reason })),
      )
  }),
]

/** Orders of the list whose hold has not been turned into a sale: none, as a rule. */
async function stillOpen(tx: Tx, orders: readonly string[]): Promise<string[]> {
  if (orders.length === 0) return []
  const rows = await tx<{ id: string }[]>`
    select r.order_id as id from reservations r where r.order_id = any(${[...orders]}::uuid[]) and r.state in ('held', 'expired')`
  return rows.map(({ id }) => id)
}
