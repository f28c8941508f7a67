import { describe, expect, it } from 'vitest'
import {
  eventsOf,
  hasLeft,
  isHere,
  mayFollow,
  movesTo,
  type Shipment,
  type ShipmentState,
  shipmentStates,
  statesBefore,
} from './shipment.ts'

/** Written down a second time on purpose: may the second follow the first? */
const expected: Record<ShipmentState, ShipmentState[]> = {
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

const aShipment = (changes: Partial<Shipment>): Shipment => ({
  id: 's', orderId: 'o', direction: 'out', returnId: null, optionId: 'home-standard', carrier: 'dhl', trackingNumber: 'JD1', state: 'planned', reason: null, units: 1,
  labelKey: null, receivedAt: null, imported: false, version: 1, createdAt: new Date(0), dispatchedAt: null, deliveredAt: null, updatedAt: new Date(0), ...changes,
}) // biome-ignore format: one list of fields

describe('the way of a parcel', () => {
  for (const from of shipmentStates) {
    for (const to of shipmentStates) {
      it(`${mayFollow(from, to) ? 'may' : 'may not'} go from ${from} to ${to}`, () => {
        expect(mayFollow(from, to)).toBe(expected[from].includes(to))
        expect(statesBefore(to).includes(from)).toBe(expected[from].includes(to))
      })
    }
  }

  it('starts when the carrier reports it from the road, whatever we believed', () => {
    expect(movesTo('planned', 'delivered')).toEqual(['dispatched', 'delivered'])
    expect(movesTo('labelled', 'in-transit')).toEqual(['dispatched', 'in-transit'])
    expect(movesTo('planned', 'dispatched')).toEqual(['dispatched'])
  })

  it('never goes back because a message was late', () => {
    expect(movesTo('delivered', 'in-transit')).toEqual([])
    expect(movesTo('out-for-delivery', 'in-transit')).toEqual([])
    expect(movesTo('cancelled', 'dispatched')).toEqual([])
    expect(movesTo('dispatched', 'cancelled')).toEqual([])
  })

  it('is here, stopped, or has left', () => {
    for (const state of shipmentStates)
      expect(Number(isHere(state)) + Number(hasLeft(state)) + Number(state === 'cancelled')).toBe(1)
  })

  it('is told with what is still open of the order', () => {
    const [dispatched] = eventsOf(aShipment({ state: 'dispatched' }), [{ sku: 'mug', quantity: 2 }], {
      toDispatch: 3,
      toDeliver: 5,
    })
    expect(dispatched).toMatchObject({ type: 'ShipmentDispatched.v1', data: { remaining: 3 } })
    const [delivered] = eventsOf(aShipment({ state: 'delivered' }), [], { toDispatch: 3, toDeliver: 5 })
    expect(delivered).toMatchObject({ type: 'DeliveryCompleted.v1', data: { remaining: 5 } })
  })

  it('of a return is never told as a delivery to the customer', () => {
    for (const state of shipmentStates) {
      const types = eventsOf(aShipment({ state, direction: 'return' }), [], { toDispatch: 0, toDeliver: 0 }).map(
        ({ type }) => type,
      )
      expect(types.every((type) => type === 'ShipmentUpdated.v1')).toBe(true)
    }
  })
})
