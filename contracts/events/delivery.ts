import Type from 'typebox'
import { Nullable, StockLine, Uuid } from '#contracts/values.ts'
import { closed, defineEvent } from '#kit/messaging/event.ts'

const shipment = {
  shipmentId: Uuid,
  orderId: Uuid,
  carrier: Type.String(),
  trackingNumber: Nullable(Type.String()),
  imported: Type.Boolean(),
}

export const ShipmentCreated = defineEvent(
  'ShipmentCreated.v1',
  'delivery',
  'orderId',
  'A parcel is planned.',
  closed({ ...shipment, lines: Type.Array(StockLine) }),
)
export const ShipmentDispatched = defineEvent(
  'ShipmentDispatched.v1',
  'delivery',
  'orderId',
  'The carrier has the parcel. `remaining`: units of the order not yet dispatched.',
  closed({ ...shipment, lines: Type.Array(StockLine), remaining: Type.Integer({ minimum: 0 }) }),
)
export const ShipmentUpdated = defineEvent(
  'ShipmentUpdated.v1',
  'delivery',
  'orderId',
  'The carrier reported where the parcel is.',
  closed({ ...shipment, status: Type.String() }),
)
export const DeliveryCompleted = defineEvent(
  'DeliveryCompleted.v1',
  'delivery',
  'orderId',
  'The parcel arrived. `remaining`: units of the order not yet delivered.',
  closed({ ...shipment, remaining: Type.Integer({ minimum: 0 }) }),
)
export const DeliveryFailed = defineEvent(
  'DeliveryFailed.v1',
  'delivery',
  'orderId',
  'The carrier could not deliver.',
  closed({ ...shipment, reason: Type.String() }),
)
export const ShipmentCancelled = defineEvent(
  'ShipmentCancelled.v1',
  'delivery',
  'orderId',
  'The parcel was stopped before it left.',
  closed(shipment),
)
export const ReturnInitiated = defineEvent(
  'ReturnInitiated.v1',
  'delivery',
  'orderId',
  'A return label was made.',
  closed({ ...shipment, returnId: Uuid }),
)
export const ReturnReceived = defineEvent(
  'ReturnReceived.v1',
  'delivery',
  'orderId',
  'Goods of a return arrived in the warehouse.',
  closed({ orderId: Uuid, returnId: Uuid, lines: Type.Array(StockLine) }),
)
