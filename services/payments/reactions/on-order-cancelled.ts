import { OrderCancelled } from '#contracts/events/orders.ts'
import { onMany } from '#kit/messaging/bus.ts'

/**
 * Orders were cancelled: whatever money there is or may still come is marked to go back, in the consumer's transaction.
 * Gateways are not called here: reconciliation does that within seconds. Where the checkout undid the payment itself, everything is
 * marked already and nothing changes.
 */
export const onOrderCancelled = onMany(OrderCancelled, async (events, { tx }) => {
  const reasons = new Map(events.map(({ data }) => [data.orderId, data.reason]))
  const cancelled = JSON.stringify([...reasons].map(([order_id, reason]) => ({ order_id, reason })))
  await tx`
    insert into order_undos as u (order_id, up_to_attempt, reason)
    select c.order_id, greatest(1, max(p.attempt)), c.reason
      from jsonb_to_recordset(${cancelled}::text::jsonb) as c(order_id uuid, reason text)
      left join payments p on p.order_id = c.order_id
     group by c.order_id, c.reason order by c.order_id
    on conflict (order_id) do update set up_to_attempt = greatest(u.up_to_attempt, excluded.up_to_attempt)`
  await tx`
    update payments p
       set undo_at = now(), undo_reason = c.reason, version = p.version + 1
      from jsonb_to_recordset(${cancelled}::text::jsonb) as c(order_id uuid, reason text)
     where p.order_id = c.order_id and p.undo_at is null
       and p.state in ('created', 'pending', 'challenge', 'authorized', 'captured', 'partially-refunded')`
})
