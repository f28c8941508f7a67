import { OrderConfirmed, OrderStatusUpdated } from '#contracts/events/orders.ts'
import type { OrdersDeps } from '../deps.ts'
import { readPlaced } from '../queries/placed-order.ts'

/**
 * The end of a good checkout: PENDING → CONFIRMED, once. `at`: time of an imported order. `changed`: what
 * is remembered of it is not true any more.
 */
export async function confirmOrder(
  deps: OrdersDeps,
  { orderId, at, changed }: { orderId: string; at?: string | undefined; changed?: boolean | undefined },
): Promise<'confirmed' | 'not-open'> {
  const order = (changed ? undefined : deps.recent.get(orderId)) ?? (await readPlaced(deps.kit.db.sql, orderId))
  if (!order) return 'not-open'
  const time = at ? new Date(at) : new Date()
  const { facts, total, lines } = order
  const events = [
    OrderConfirmed({ ...facts, total, lines: [...lines] }, { at: time }),
    OrderStatusUpdated({ ...facts, from: 'PENDING', to: 'CONFIRMED' }, { at: time }),
  ]
  return await deps.confirm({ id: orderId, at: time.toISOString(), events: deps.kit.outbox.rows(events) })
}
