import type { StockLine } from '#contracts/values.ts'
import type { Tx } from '#kit/db/db.ts'
import type { Outbox } from '#kit/messaging/bus.ts'
import type { Open, Shipment, ShipmentState } from '../shipment.ts'
import { eventsOf, isHere, movesTo, statesBefore } from '../shipment.ts'
import { findShipment, shipmentColumns } from '../store.ts'

export interface Move {
  readonly to: ShipmentState
  readonly reason?: string | null
  /** when it happened, by the carrier's word; else now */
  readonly at?: Date
}

type Moved = Shipment & Open & { lines: StockLine[] }

/**
 * Moves a parcel, with the counters of its order, its tracking and its events, in the caller's transaction. A report from the
 * road about a parcel we believe in the warehouse dispatches it first. Returns the parcel as it is afterwards, and whether it
 * moved; `undefined`: there is no such parcel.
 */
export async function moveShipment(
  tx: Tx,
  outbox: Outbox,
  id: string,
  move: Move,
): Promise<{ shipment: Shipment; moved: boolean } | undefined> {
  const known = await findShipment(tx, id)
  if (!known) return undefined
  // The order's row is locked before its parcels, by everybody: no deadlock with a cancellation, and sums that are right.
  if (known.direction === 'out') await tx`select 1 from fulfilments f where f.order_id = ${known.orderId} for update`
  let shipment = (await findShipment(tx, id)) ?? known
  const moves = movesTo(shipment.state, move.to)
  for (const to of moves) {
    const [row] = await step(tx, shipment, to, move)
    if (!row) return { shipment, moved: false }
    const { toDispatch, toDeliver, lines, ...after } = row
    await outbox.append(tx, eventsOf(after, lines, { toDispatch, toDeliver }))
    shipment = after
  }
  return { shipment, moved: moves.length > 0 }
}

function step(tx: Tx, shipment: Shipment, to: ShipmentState, move: Move): Promise<Moved[]> {
  const leaves = to === 'dispatched' && isHere(shipment.state)
  const arrives = to === 'delivered'
  const stops = to === 'cancelled'
  const at = (move.at ?? null)?.toISOString() ?? null
  return tx<Moved[]>`
    with s as (
      update shipments s
         set state = ${to}, reason = ${move.reason ?? null}, version = s.version + 1, updated_at = now(),
             dispatched_at = case when ${leaves} then coalesce(${at}::timestamptz, now()) else s.dispatched_at end,
             delivered_at = case when ${arrives} then coalesce(${at}::timestamptz, now()) else s.delivered_at end
       where s.id = ${shipment.id} and s.state = any(${statesBefore(to)}::text[])
      returning *
    ), counted as (
      update fulfilments f
         set dispatched_units = f.dispatched_units + case when ${leaves} then s.units else 0 end,
             delivered_units = f.delivered_units + case when ${arrives} then s.units else 0 end,
             planned_units = f.planned_units - case when ${stops} then s.units else 0 end, updated_at = now()
        from s where f.order_id = s.order_id and s.direction = 'out'
      returning f.units - f.dispatched_units as to_dispatch, f.units - f.delivered_units as to_deliver
    ), freed as (
      update fulfilment_lines l set planned = l.planned - c.quantity
        from s join shipment_lines c on c.shipment_id = s.id
       where ${stops} and s.direction = 'out' and l.order_id = s.order_id and l.sku = c.sku
    ), tracked as (
      insert into tracking_events (shipment_id, status, note, happened_at)
      select s.id, ${to}, ${move.reason ?? null}, coalesce(${at}::timestamptz, now()) from s
    )
    select ${shipmentColumns(tx)}, coalesce(c.to_dispatch, 0) as "toDispatch", coalesce(c.to_deliver, 0) as "toDeliver",
           (select coalesce(jsonb_agg(jsonb_build_object('sku', l.sku, 'quantity', l.quantity) order by l.sku), '[]')
              from shipment_lines l where l.shipment_id = s.id) as lines
      from s left join counted c on true`
}
