import { OrderCancelled } from '#contracts/events/orders.ts'
import { on } from '#kit/messaging/bus.ts'
import type { Deps } from '../deps.ts'

/**
 * An order was cancelled: whatever money there is or may still come is marked to go back, in the consumer's transaction.
 * Gateways are not called here: reconciliation does that within seconds. Where the checkout undid the payment itself, everything is
 * marked already and nothing changes.
 */
export function onOrderCancelled(deps: Deps) {
  return on(OrderCancelled, async ({ data }, { tx }) => {
    deps.log.debug({ orderId: data.orderId }, 'order cancelled')
    await tx`
      insert into order_undos as u (order_id, up_to_attempt, reason)
      select ${data.orderId}, greatest(1, max(p.attempt)), ${data.reason} from payments p where p.order_id = ${data.orderId}
      on conflict (order_id) do update set up_to_attempt = greatest(u.up_to_attempt, excluded.up_to_attempt)`
    await tx`
      update payments p
         set undo_at = now(), undo_reason = ${data.reason}, version = p.version + 1
       where p.order_id = ${data.orderId} and p.undo_at is null
         and p.state in ('created', 'pending', 'challenge', 'authorized', 'captured', 'partially-refunded')`
  })
}
