import Type, { type Static } from 'typebox'
import { ParcelState } from '#contracts/rpc/delivery.ts'
import { Nullable, StockLine, Timestamp, Uuid } from '#contracts/values.ts'
import { closed } from '#kit/messaging/event.ts'
import type { Shipment } from './shipment.ts'

/** A parcel as staff see it. The address is not part of it: it is on the label. */
export const ShipmentView = closed({
  id: Uuid,
  orderId: Uuid,
  direction: Type.Union([Type.Literal('out'), Type.Literal('return')]),
  returnId: Nullable(Uuid),
  state: ParcelState,
  reason: Nullable(Type.String()),
  optionId: Type.String(),
  carrier: Type.String(),
  trackingNumber: Nullable(Type.String()),
  units: Type.Integer(),
  hasLabel: Type.Boolean(),
  createdAt: Timestamp,
  dispatchedAt: Nullable(Timestamp),
  deliveredAt: Nullable(Timestamp),
  version: Type.Integer(),
})
export type ShipmentView = Static<typeof ShipmentView>

const TrackingEvent = closed({ status: ParcelState, note: Nullable(Type.String()), at: Timestamp })
export const ShipmentDetails = closed({
  ...ShipmentView.properties,
  lines: Type.Array(StockLine),
  events: Type.Array(TrackingEvent),
})

/** What anybody who knows the tracking number may see: no order, no content, no person. */
export const TrackingView = closed({
  trackingNumber: Type.String(),
  carrier: Type.String(),
  status: ParcelState,
  dispatchedAt: Nullable(Timestamp),
  deliveredAt: Nullable(Timestamp),
  events: Type.Array(TrackingEvent),
})

export function viewOf(shipment: Shipment): ShipmentView {
  const { id, orderId, direction, returnId, state, reason, optionId, carrier, trackingNumber, units, version } = shipment
  return {
    id, orderId, direction, returnId, state, reason, optionId, carrier, trackingNumber, units, version,
    hasLabel: shipment.labelKey !== null,
    createdAt: shipment.createdAt.toISOString(),
    dispatchedAt: shipment.dispatchedAt?.toISOString() ?? null,
    deliveredAt: shipment.deliveredAt?.toISOString() ?? null,
  } // biome-ignore format: one list of fields
}
