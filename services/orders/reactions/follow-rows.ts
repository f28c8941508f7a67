import { type OrderStatus, OrderStatusUpdated } from '#contracts/events/orders.ts'
import { OrderItemRows, OrderRows } from '#contracts/rows/orders.ts'
import type { Tx } from '#kit/db/db.ts'
import { onMany } from '#kit/messaging/bus.ts'
import type { DataOf, NewEvent } from '#kit/messaging/event.ts'
import type { OrdersDeps } from '../deps.ts'
import { readPlaced } from '../queries/placed-order.ts'

type Change = DataOf<typeof OrderRows>

/** A status that a row came to, as its changes tell it. */
export interface StatusMove {
  readonly id: string
  /** null where the old row was not written down */
  readonly from: OrderStatus | null
  readonly to: OrderStatus
  readonly at: string
}

/** Status moves among changes of rows. What a snapshot read is how it is, not something that happened. */
export function statusMoves(changes: readonly Change[]): StatusMove[] {
  return changes.flatMap(({ op, before, after, committedAt }) => {
    if (op !== 'u' || after === null) return []
    const from = (before as { status?: OrderStatus } | null)?.status ?? null
    return from === after.status ? [] : [{ id: after.id, from, to: after.status, at: committedAt }]
  })
}

/**
 * Changes of rows, whoever made them: copies of orders are made anew or forgotten. A status that was written past this service (by hand, by another
 * program) gets its place in the history and its OrderStatusUpdated; one that the service wrote has its place already, and is not told twice.
 */
export function followRows(deps: OrdersDeps) {
  const { copies } = deps
  return [
    onMany(OrderRows, async (events, { tx }) => {
      const changes = events.map(({ data }) => data)
      const last = new Map(changes.map((change) => [((change.after ?? change.before) as { id: string }).id, change]))
      const gone = [...last].filter(([, { op }]) => op === 'd').map(([id]) => id)
      await Promise.all(gone.map((id) => copies.forget(id)))
      const news = await tellUntold(tx, statusMoves(changes))
      await deps.kit.outbox.append(tx, news)
      // a snapshot brings every order there ever was: whoever asks for one of those makes the copy
      await copies.warm(
        tx,
        [...last].filter(([, { op }]) => op === 'c' || op === 'u').map(([id]) => id),
      )
    }),
    onMany(OrderItemRows, async (events) => {
      const orders = new Set(events.map(({ data: { before, after } }) => ((after ?? before) as { order_id: string }).order_id))
      await Promise.all([...orders].map((id) => copies.forget(id)))
    }),
  ]
}

/** Events for the moves that the history does not know. */
async function tellUntold(tx: Tx, moves: readonly StatusMove[]): Promise<NewEvent[]> {
  const events: NewEvent[] = []
  for (const { id, from, to, at } of moves) {
    const [noted] = await tx<{ from: OrderStatus }[]>`
      insert into order_history (order_id, seq, from_status, to_status, actor, note, at)
      select ${id}::uuid, 1 + coalesce(max(h.seq), 0), coalesce(${from}::text, (array_agg(h.to_status order by h.seq desc))[1]), ${to}, 'database', null, ${at}
        from order_history h where h.order_id = ${id}
      having not coalesce(bool_or(h.to_status = ${to}), false)
      returning from_status as "from"`
    const order = noted && (await readPlaced(tx, id))
    if (noted && order)
      events.push(OrderStatusUpdated({ ...order.facts, from: noted.from ?? 'PENDING', to }, { at: new Date(at) }))
  }
  return events
}
