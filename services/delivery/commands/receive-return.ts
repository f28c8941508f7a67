import type { StockLine } from '#contracts/values.ts'
import type { Tx } from '#kit/db/db.ts'
import type { Outbox } from '#kit/messaging/bus.ts'
import { ReturnReceived } from '#contracts/events/delivery.ts'
import { errors } from '../errors.ts'
import type { Shipment } from '../shipment.ts'
import { linesOf, mergeLines, shipmentColumns } from '../store.ts'

/**
 * The warehouse opened a return parcel. `lines`: what was really in it (default: what was announced; never more). Once per
 * return: again changes nothing. Throws errors.returnNotFound, .moreThanOrdered.
 */
export async function receiveReturn(tx: Tx, outbox: Outbox, returnId: string, lines?: readonly StockLine[]): Promise<Shipment> {
  const [received] = await tx<Shipment[]>`
    update shipments s
       set received_at = now(), delivered_at = coalesce(s.delivered_at, now()), state = 'delivered', version = s.version + 1, updated_at = now()
     where s.return_id = ${returnId} and s.received_at is null and s.state <> 'cancelled'
    returning ${shipmentColumns(tx)}`
  if (!received) {
    const [known] = await tx<Shipment[]>`select ${shipmentColumns(tx)} from shipments s where s.return_id = ${returnId}`
    if (!known) throw errors.returnNotFound()
    return known
  }
  const announced = await linesOf(tx, received.id)
  const arrived = lines ? mergeLines(lines) : [...announced]
  const units = new Map(announced.map((line) => [line.sku, line.quantity]))
  if (arrived.some((line) => line.quantity > (units.get(line.sku) ?? 0))) throw errors.moreThanOrdered({ returnId })
  await tx`insert into tracking_events (shipment_id, status, note) values (${received.id}, 'delivered', 'received in the warehouse')`
  await outbox.append(tx, [ReturnReceived({ orderId: received.orderId, returnId, lines: arrived })])
  return received
}
