import {
  type CancelReason,
  OrderCancelled,
  OrderCompleted,
  OrderDelivered,
  OrderShipped,
  type OrderStatus,
  OrderStatusUpdated,
} from '#contracts/events/orders.ts'
import { exchange } from '#contracts/processes/exchange.ts'
import type { Query } from '#kit/db/db.ts'
import type { NewEvent } from '#kit/messaging/event.ts'
import type { OrdersDeps } from '../deps.ts'
import { statusesBefore } from '../order.ts'
import { readPlaced } from '../queries/placed-order.ts'
import type { PlacedOrder } from '../recent.ts'

export interface Move {
  readonly orderId: string
  readonly to: Exclude<OrderStatus, 'PENDING' | 'CONFIRMED'>
  /** who did it: `customer`, `staff:<id>`, `key:<id>`, `delivery`, `checkout`, `clock` */
  readonly actor: string
  readonly reason?: CancelReason
  readonly note?: string
  readonly at?: Date
  /** narrower than the state machine allows, for a caller that decided on what it saw */
  readonly from?: readonly OrderStatus[]
}

/** Rounds of compare-and-set before giving up: each loss means that somebody else moved the order. */
const ROUNDS = 5

/**
 * Moves an order to another status, once: `moved`, or the status that stood in the way (the same status: it was done before).
 * The condition on the old status is the guard; history and events go with the update in one statement.
 */
export async function moveOrder(
  deps: OrdersDeps,
  tx: Query,
  move: Move,
): Promise<{ moved: boolean; status: OrderStatus | undefined }> {
  const allowed = move.from ?? statusesBefore(move.to)
  const at = move.at ?? new Date()
  for (let round = 0; round < ROUNDS; round += 1) {
    const order = await readPlaced(tx, move.orderId)
    if (!order) return { moved: false, status: undefined }
    const from = order.status
    if (!allowed.includes(from)) return { moved: false, status: from }
    const events = deps.kit.outbox.encode([
      ...eventsOf(order, move),
      OrderStatusUpdated({ ...order.facts, from, to: move.to }, { at }),
    ])
    const [row] = await tx<{ exchange: string | null }[]>`
      with moved as (
        update orders set status = ${move.to}, cancel_reason = ${move.to === 'CANCELLED' ? (move.reason ?? 'staff') : null},
          version = orders.version + 1, updated_at = ${at}
        where orders.id = ${move.orderId} and orders.status = ${from}
        returning orders.id
      ), noted as (
        insert into order_history (order_id, seq, from_status, to_status, actor, note, at)
        select moved.id, 1 + coalesce((select max(h.seq) from order_history h where h.order_id = moved.id), 0),
          ${from}, ${move.to}, ${move.actor}, ${move.note ?? null}, ${at}
        from moved
      )
      select outbox_append(${events}::text::jsonb), (select r.id from returns r where r.replacement_order_id = moved.id) as exchange from moved`
    if (row?.exchange) await tellExchange(deps, tx, row.exchange, move.to)
    if (row) return { moved: true, status: move.to }
  }
  return { moved: false, status: undefined }
}

/** An exchange looks after its replacement ever more seldom, in the end once an hour; what it waits for it is told at once. */
async function tellExchange(deps: OrdersDeps, tx: Query, returnId: string, to: Move['to']): Promise<void> {
  const happening = { type: to === 'SHIPPED' ? 'shipped' : 'cancelled' }
  if (to === 'SHIPPED' || to === 'CANCELLED') await deps.kit.processes.post(tx, exchange, returnId, happening)
}

function eventsOf({ facts, total, lines }: PlacedOrder, move: Move): NewEvent[] {
  const options = { at: move.at }
  switch (move.to) {
    case 'CANCELLED':
      return [OrderCancelled({ ...facts, reason: move.reason ?? 'staff', lines: [...lines] }, options)]
    case 'SHIPPED':
      return [OrderShipped({ ...facts, shipmentId: null }, options)]
    case 'DELIVERED':
      return [OrderDelivered({ ...facts }, options)]
    case 'COMPLETED':
      return [OrderCompleted({ ...facts, total }, options)]
    case 'RETURNED':
      return []
  }
}
