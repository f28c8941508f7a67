import { OrderCancelled, OrderConfirmed } from '#contracts/events/orders.ts'
import { on } from '#kit/messaging/bus.ts'
import { commitAll, releaseAll } from '../holds.ts'

/**
 * Checkout does these steps by command before the events are out; then the hold is already in its end state and nothing changes here.
 * The reactions finish what a crash or another way of ordering left open. OrderCreated needs none: who places an order reserves first,
 * and taking stock again for an order whose hold was refused would sell what nobody pays for. An imported order never had a hold.
 */
export const orderReactions = () => [
  on(OrderConfirmed, async ({ data }, { tx }) => {
    if (!data.imported) await commitAll(tx, [data.orderId])
  }),
  on(OrderCancelled, async ({ data }, { tx }) => {
    if (!data.imported) await releaseAll(tx, [{ order: data.orderId, reason: data.reason }])
  }),
]
