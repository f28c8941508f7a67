import type { StockLine } from '#contracts/values.ts'
import type { Query } from '#kit/db/db.ts'
import type { Shipment } from './shipment.ts'

/** Columns of `shipments s` under the names of `Shipment`. */
export function shipmentColumns(sql: Query) {
  return sql`s.id, s.order_id as "orderId", s.direction, s.return_id as "returnId", s.option_id as "optionId", s.carrier,
    s.tracking_number as "trackingNumber", s.state, s.reason, s.units, s.label_key as "labelKey", s.received_at as "receivedAt", s.imported,
    s.version, s.created_at as "createdAt", s.dispatched_at as "dispatchedAt", s.delivered_at as "deliveredAt", s.updated_at as "updatedAt"`
}

export async function findShipment(sql: Query, id: string): Promise<Shipment | undefined> {
  const [row] = await sql<Shipment[]>`select ${shipmentColumns(sql)} from shipments s where s.id = ${id}`
  return row
}

export async function findByTracking(sql: Query, carrier: string | null, trackingNumber: string): Promise<Shipment | undefined> {
  const [row] = await sql<Shipment[]>`
    select ${shipmentColumns(sql)} from shipments s
     where s.tracking_number = ${trackingNumber} and s.carrier = coalesce(${carrier}::text, s.carrier)`
  return row
}

export async function shipmentsOfOrder(sql: Query, orderId: string): Promise<Shipment[]> {
  return sql<
    Shipment[]
  >`select ${shipmentColumns(sql)} from shipments s where s.order_id = ${orderId} order by s.created_at, s.id`
}

export async function linesOf(sql: Query, shipmentId: string): Promise<StockLine[]> {
  return sql<StockLine[]>`select l.sku, l.quantity from shipment_lines l where l.shipment_id = ${shipmentId} order by l.sku`
}

/** Lines of one SKU are one line: a parcel does not care that the order had two. */
export function mergeLines(lines: readonly StockLine[]): StockLine[] {
  const units = new Map<string, number>()
  for (const { sku, quantity } of lines) units.set(sku, (units.get(sku) ?? 0) + quantity)
  return [...units].map(([sku, quantity]) => ({ sku, quantity })).sort((a, b) => (a.sku < b.sku ? -1 : 1))
}

export function countUnits(lines: readonly StockLine[]): number {
  return lines.reduce((units, line) => units + line.quantity, 0)
}
