import { OrderCompleted, OrderDelivered, OrderShipped, OrderStatusUpdated } from '#contracts/events/orders.ts'
import { grouped } from '#kit/db/grouped.ts'
import type { OrdersDeps } from '../deps.ts'
import { readPlaced } from '../queries/placed-order.ts'

type Completion = { readonly id: string; readonly at: string; readonly events: unknown }
type Outcome = 'completed' | 'not-open'

/**
 * The end of an imported order: CONFIRMED → SHIPPED → DELIVERED → COMPLETED at the time of its invoice. The other shop kept no
 * record of parcels, so none are invented; concurrent ones share a statement.
 */
export function createCompleteImported(
  deps: OrdersDeps,
): (input: { orderId: string; at: string }) => Promise<{ outcome: Outcome }> {
  const complete = grouped({ maxSize: 64, maxInFlight: 2 }, (completions: readonly Completion[]) =>
    completeAll(deps, completions),
  )
  return async ({ orderId, at: moment }) => {
    const order = deps.recent.get(orderId) ?? (await readPlaced(deps.kit.db.sql, orderId))
    if (!order) return { outcome: 'not-open' }
    const at = new Date(moment)
    const { facts, total } = order
    const events = [
      OrderShipped({ ...facts, shipmentId: null }, { at }),
      OrderStatusUpdated({ ...facts, from: 'CONFIRMED', to: 'SHIPPED' }, { at }),
      OrderDelivered({ ...facts }, { at }),
      OrderStatusUpdated({ ...facts, from: 'SHIPPED', to: 'DELIVERED' }, { at }),
      OrderCompleted({ ...facts, total }, { at }),
      OrderStatusUpdated({ ...facts, from: 'DELIVERED', to: 'COMPLETED' }, { at }),
    ]
    return { outcome: await complete({ id: orderId, at: at.toISOString(), events: deps.kit.outbox.rows(events) }) }
  }
}

async function completeAll({ kit }: OrdersDeps, completions: readonly Completion[]): Promise<Outcome[]> {
  const rows = await kit.db.sql<{ order_id: string; outcome: Outcome }[]>`
    select c.order_id, c.outcome from complete_imported_orders(${JSON.stringify(completions)}::text::jsonb) c`
  const outcomes = new Map(rows.map((row) => [row.order_id, row.outcome]))
  return completions.map(({ id }) => outcomes.get(id) ?? 'not-open')
}
