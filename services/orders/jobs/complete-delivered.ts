import type { Job } from '#kit/service/service.ts'
import { moveOrder } from '../commands/move-order.ts'
import type { OrdersDeps } from '../deps.ts'

const BATCH = 100

/** DELIVERED → COMPLETED when the customer has had some days to complain (setting completeAfterDays). */
export function completeDelivered(deps: OrdersDeps): Job {
  return {
    name: 'orders.complete-delivered',
    everySeconds: 600,
    run: async (signal) => {
      for (let more = true; more && !signal.aborted; ) {
        const due = await deps.kit.db.sql<{ id: string }[]>`
          select o.id from orders o
          where o.status = 'DELIVERED' and exists (
            select 1 from order_history h
            where h.order_id = o.id and h.to_status = 'DELIVERED' and h.at <= now() - make_interval(days => ${deps.kit.settings.completeAfterDays}))
          order by o.id limit ${BATCH}`
        await deps.kit.db.tx(async (tx) => {
          for (const { id } of due)
            await moveOrder(deps, tx, { orderId: id, to: 'COMPLETED', actor: 'clock', from: ['DELIVERED'] })
        })
        deps.kit.outbox.wake()
        more = due.length === BATCH
      }
    },
  }
}
