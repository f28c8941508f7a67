import { OrderConfirmed, OrderStatusUpdated } from '#contracts/events/orders.ts'
import type { OrdersDeps } from '../deps.ts'
import { readPlaced } from '../queries/placed-order.ts'

/** The end of a good checkout: PENDING → CONFIRMED, once. `at`: time of an imported order. */
export async function confirmOrder(
  deps: OrdersDeps,
  { orderId, at }: { orderId: string; at?: string | undefined },
): Promise<'confirmed' | 'not-open'> {
  const order = deps.recent.get(orderId) ?? (await readPlaced(deps.kit.db.sql, orderId))
  if (!order) return 'not-open'
  const time = at ? new Date(at) : new Date()
  const { facts, total, lines } = order
  const events = [
    OrderConfirmed({ ...facts, total, lines: [...lines] }, { at: time }),
    OrderStatusUpdated({ ...facts, from: 'PENDING', to: 'CONFIRMED' }, { at: time }),
  ]
  return await deps.confirm({ id: orderId, at: time.toISOString(), events: JSON.parse(deps.kit.outbox.encode(events)) })
}
