import Type, { type Static } from 'typebox'
import type { Query } from '#kit/db/db.ts'
import type { Shipment, ShipmentState } from '../shipment.ts'
import { ParcelState } from '#contracts/rpc/delivery.ts'
import { Uuid } from '#contracts/values.ts'
import { descending, keyset, type Page, where } from '#kit/http/paging.ts'
import { type ShipmentDetails, type ShipmentView, viewOf } from '../shipment-view.ts'
import { linesOf, shipmentColumns } from '../store.ts'

/** Ids are UUIDv7: their order is the order in time, and the primary key serves the list. */
const list = keyset({
  list: 'shipments',
  id: { column: 's.id', type: 'uuid' },
  sorts: { newest: descending('s.id', 'uuid') },
  initial: 'newest',
})

export const ShipmentsQuery = list.query({
  state: Type.Optional(ParcelState),
  orderId: Type.Optional(Uuid),
  carrier: Type.Optional(Type.String({ maxLength: 40 })),
})

/** Parcels, newest first, for staff. */
export async function listShipments(sql: Query, query: Static<typeof ShipmentsQuery>): Promise<Page<ShipmentView>> {
  const at = list.position(query)
  const conditions = where(sql, [
    query.state !== undefined && sql`s.state = ${query.state}`,
    query.orderId !== undefined && sql`s.order_id = ${query.orderId}`,
    query.carrier !== undefined && sql`s.carrier = ${query.carrier}`,
  ])
  const rows = await sql<
    Shipment[]
  >`select ${shipmentColumns(sql)}, ${at.keys(sql)} from shipments s ${conditions} ${at.after(sql)} ${at.order(sql)}`
  return at.page(rows, viewOf)
}

export async function trackingEvents(
  sql: Query,
  shipmentId: string,
): Promise<{ status: ShipmentState; note: string | null; at: string }[]> {
  const rows = await sql<{ status: ShipmentState; note: string | null; at: Date }[]>`
    select t.status, t.note, t.happened_at as at from tracking_events t where t.shipment_id = ${shipmentId} order by t.id`
  return rows.map((row) => ({ ...row, at: row.at.toISOString() }))
}

export async function shipmentDetails(sql: Query, shipment: Shipment): Promise<Static<typeof ShipmentDetails>> {
  const [lines, events] = await Promise.all([linesOf(sql, shipment.id), trackingEvents(sql, shipment.id)])
  return { ...viewOf(shipment), lines: [...lines], events }
}
