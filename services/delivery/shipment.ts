import type { ParcelState } from '#contracts/rpc/delivery.ts'
import type { StockLine } from '#contracts/values.ts'
import type { NewEvent } from '#kit/messaging/event.ts'
import {
  DeliveryCompleted,
  DeliveryFailed,
  ShipmentCancelled,
  ShipmentDispatched,
  ShipmentUpdated,
} from '#contracts/events/delivery.ts'

/*
 * The rules of one parcel. Pure: no clock, no I/O. A parcel moves when staff or its carrier say so; what is not new, or cannot
 * follow, changes nothing.
 */

export type ShipmentState = ParcelState

/** What may follow what. `failed` is a failed try: the carrier tries again, or brings the parcel back. */
export const transitions: Readonly<Record<ShipmentState, readonly ShipmentState[]>> = {
  planned: ['labelled', 'dispatched', 'cancelled'],
  labelled: ['dispatched', 'cancelled'],
  dispatched: ['in-transit', 'out-for-delivery', 'delivered', 'failed', 'returned'],
  'in-transit': ['out-for-delivery', 'delivered', 'failed', 'returned'],
  'out-for-delivery': ['delivered', 'failed', 'returned'],
  failed: ['in-transit', 'out-for-delivery', 'delivered', 'returned'],
  delivered: ['returned'],
  cancelled: [],
  returned: [],
}

export const shipmentStates = Object.keys(transitions) as ShipmentState[]

export function mayFollow(from: ShipmentState, to: ShipmentState): boolean {
  return transitions[from].includes(to)
}

/** States from which `to` may be reached: what a conditional UPDATE compares with. */
export function statesBefore(to: ShipmentState): ShipmentState[] {
  return shipmentStates.filter((from) => mayFollow(from, to))
}

/** The parcel is still in the warehouse. */
export function isHere(state: ShipmentState): boolean {
  return state === 'planned' || state === 'labelled'
}

/** The parcel has left and counts as sent. */
export function hasLeft(state: ShipmentState): boolean {
  return !isHere(state) && state !== 'cancelled'
}

/**
 * The moves that lead to what a carrier reports. Messages arrive late and out of order: one from the road for a parcel that we
 * believe in the warehouse means that it was dispatched too. Empty: nothing new.
 */
export function movesTo(from: ShipmentState, to: ShipmentState): ShipmentState[] {
  if (mayFollow(from, to)) return [to]
  if (isHere(from) && to !== 'cancelled' && mayFollow('dispatched', to)) return ['dispatched', to]
  return []
}

export interface Shipment {
  readonly id: string
  readonly orderId: string
  readonly direction: 'out' | 'return'
  readonly returnId: string | null
  readonly optionId: string
  readonly carrier: string
  readonly trackingNumber: string | null
  readonly state: ShipmentState
  readonly reason: string | null
  readonly units: number
  readonly labelKey: string | null
  readonly receivedAt: Date | null
  readonly imported: boolean
  readonly version: number
  readonly createdAt: Date
  readonly dispatchedAt: Date | null
  readonly deliveredAt: Date | null
  readonly updatedAt: Date
}

/** What the other parcels of the order add up to after a move: units of the order not yet sent, not yet there. */
export interface Open {
  readonly toDispatch: number
  readonly toDeliver: number
}

/** The part that all shipment events share. */
export function eventFacts(shipment: Pick<Shipment, 'id' | 'orderId' | 'carrier' | 'trackingNumber' | 'imported'>) {
  const { id, orderId, carrier, trackingNumber, imported } = shipment
  return { shipmentId: id, orderId, carrier, trackingNumber, imported }
}

/** What the world is told when a parcel has moved. A parcel on its way back to us is not a delivery to a customer. */
export function eventsOf(shipment: Shipment, lines: readonly StockLine[], open: Open, at?: Date): NewEvent[] {
  const facts = eventFacts(shipment)
  if (shipment.direction === 'return')
    return shipment.state === 'labelled' ? [] : [ShipmentUpdated({ ...facts, status: `return-${shipment.state}` }, { at })]
  switch (shipment.state) {
    case 'dispatched':
      return [ShipmentDispatched({ ...facts, lines: [...lines], remaining: open.toDispatch }, { at })]
    case 'in-transit':
    case 'out-for-delivery':
    case 'returned':
      return [ShipmentUpdated({ ...facts, status: shipment.state }, { at })]
    case 'delivered':
      return [DeliveryCompleted({ ...facts, remaining: open.toDeliver }, { at })]
    case 'failed':
      return [DeliveryFailed({ ...facts, reason: shipment.reason ?? 'unknown' }, { at })]
    case 'cancelled':
      return [ShipmentCancelled(facts, { at })]
    case 'planned':
    case 'labelled':
      return []
  }
}
