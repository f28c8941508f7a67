import type { Tx } from '#kit/db/db.ts'
import type { Outbox } from '#kit/messaging/bus.ts'
import type { Shipment } from '../shipment.ts'
import { eventsOf, hasLeft, isHere } from '../shipment.ts'
import { shipmentColumns, shipmentsOfOrder } from '../store.ts'

export type CancelOutcome = 'stopped' | 'nothing' | 'dispatched'

/**
 * Stops everything of an order that has not left, and whatever somebody may still want to plan for it. If a parcel has left:
 * `dispatched`, and nothing changes (the other parcels belong to an order that goes on). Idempotent.
 */
export async function cancelShipments(tx: Tx, outbox: Outbox, orderId: string): Promise<CancelOutcome> {
  // The order's row first: a parcel that is planned or dispatched at this moment waits for it, and so do we for them.
  await tx`
    insert into fulfilments (order_id, units) values (${orderId}, 1)
    on conflict (order_id) do update set updated_at = now()`
  const parcels = (await shipmentsOfOrder(tx, orderId)).filter((parcel) => parcel.direction === 'out')
  if (parcels.some((parcel) => hasLeft(parcel.state))) return 'dispatched'
  const stopped = await tx<Shipment[]>`
    update shipments s set state = 'cancelled', version = s.version + 1, updated_at = now()
     where s.order_id = ${orderId} and s.direction = 'out' and s.state in ('planned', 'labelled')
    returning ${shipmentColumns(tx)}`
  await tx`update fulfilments set planned_units = 0, stopped_at = coalesce(stopped_at, now()), updated_at = now() where order_id = ${orderId}`
  await tx`update fulfilment_lines set planned = 0 where order_id = ${orderId}`
  if (stopped.length > 0) {
    await tx`insert into tracking_events (shipment_id, status) select s, 'cancelled' from unnest(${stopped.map((parcel) => parcel.id)}::uuid[]) s`
    await outbox.append(
      tx,
      stopped.flatMap((parcel) => eventsOf(parcel, [], { toDispatch: 0, toDeliver: 0 })),
    )
  }
  return stopped.length > 0 || parcels.some((parcel) => isHere(parcel.state) || parcel.state === 'cancelled')
    ? 'stopped'
    : 'nothing'
}
