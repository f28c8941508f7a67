import Type, { type Static } from 'typebox'
import { OrderStatus } from '#contracts/events/orders.ts'
import { Nullable, Timestamp } from '#contracts/values.ts'
import type { Query } from '#kit/db/db.ts'
import { closed } from '#kit/messaging/event.ts'

/** Something that happened to an order. `from` and `to` are the same where its status did not move: a price staff set, a changed line. */
export const TimelineEntry = closed({
  from: Nullable(OrderStatus),
  to: OrderStatus,
  actor: Type.String(),
  note: Nullable(Type.String()),
  at: Timestamp,
})
type Entry = Omit<Static<typeof TimelineEntry>, 'at'> & { at: Date }

/** Every status the order went through, and what was decided and changed in between; oldest first. */
export async function timelineOf(sql: Query, orderId: string): Promise<Static<typeof TimelineEntry>[]> {
  const rows = await sql<Entry[]>`
    select e."from", e."to", e.actor, e.note, e.at from (
      -- in the order of the statuses, also where a carrier's clock was slow
      select h.from_status as "from", h.to_status as "to", h.actor, h.note, h.at, max(h.at) over (order by h.seq) as moment, h.seq as rank, null::uuid as id
      from order_history h where h.order_id = ${orderId}
      union all
      -- decided before there was an order: part of how it came about
      select 'PENDING', 'PENDING', d.actor, d.note, d.at, o.placed_at, 1, d.id
      from orders o join draft_decisions d on o.source = 'draft' and d.draft_id = o.source_ref::uuid where o.id = ${orderId}
      union all
      select s.status, s.status, e.actor, e.note, e.ended_at, e.ended_at, 1000, e.id
      from order_edits e cross join lateral (
        select coalesce((select h.to_status from order_history h where h.order_id = e.order_id and h.at <= e.ended_at order by h.seq desc limit 1), 'PENDING') as status) s
      where e.order_id = ${orderId} and e.status = 'applied'
    ) e order by e.moment, e.rank, e.id nulls first`
  return rows.map((row) => ({ ...row, at: row.at.toISOString() }))
}
