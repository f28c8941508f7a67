import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { OrderCancelled, OrderConfirmed } from '#contracts/events/orders.ts'
import { uuidv7 } from '#kit/core/ids.ts'
import { testUser, type TestService } from '#kit/testing/service.ts'
import { expectInvariants, type Lines, orders, parcelsIn, staff, startDelivery } from './delivery.fixture.ts'
import { anAddress } from './testing/address.ts'

let shop: TestService
beforeAll(async () => {
  shop = await startDelivery()
})
afterAll(() => shop.close())
afterEach(() => expectInvariants(shop))

const { plan, types, lastOf, see, act } = parcelsIn(() => shop)
const travel = () => shop.runJob('simulated-carriers')

describe('a parcel of a simulated carrier', () => {
  it('is booked, picked up and delivered by time, and everybody is told what is still open', async () => {
    const orderId = uuidv7()
    const id = await plan(orderId, [{ sku: 'mug', quantity: 2 }], { orderUnits: 3 })
    await shop.runJob('book-parcels')
    expect(await see(id)).toMatchObject({ state: 'labelled', hasLabel: true })
    await travel()
    expect(await see(id)).toMatchObject({ state: 'dispatched' })
    for (let stage = 0; stage < 3; stage += 1) await travel()
    const parcel = await see(id)
    expect(parcel).toMatchObject({ state: 'delivered', lines: [{ sku: 'mug', quantity: 2 }] })
    expect(parcel.events.map(({ status }: { status: string }) => status)).toEqual([
      'labelled',
      'dispatched',
      'in-transit',
      'out-for-delivery',
      'delivered',
    ])
    expect(await types(orderId)).toEqual([
      'ShipmentCreated',
      'ShipmentDispatched',
      'ShipmentUpdated',
      'ShipmentUpdated',
      'DeliveryCompleted',
    ])
    expect(await lastOf(orderId, 'ShipmentDispatched')).toMatchObject({
      remaining: 1,
      lines: [{ sku: 'mug', quantity: 2 }],
      trackingNumber: parcel.trackingNumber,
    })
    expect(await lastOf(orderId, 'DeliveryCompleted')).toMatchObject({ remaining: 1 })

    const tracking = await shop.request('GET', `/api/delivery/tracking/${parcel.trackingNumber}`)
    expect(tracking).toMatchObject({ status: 200, body: { status: 'delivered', carrier: 'DHL' } })
    expect(JSON.stringify(tracking.body)).not.toMatch(/Mina|Hauptstr|mug|orderId/)
  })

  it('that finds nobody at home is told as failed', async () => {
    const orderId = uuidv7()
    await plan(orderId, [{ sku: 'mug', quantity: 1 }], { address: { line2: 'nobody home' } })
    await shop.runJob('book-parcels')
    for (let stage = 0; stage < 4; stage += 1) await travel()
    expect(await lastOf(orderId, 'DeliveryFailed')).toMatchObject({ reason: 'nobody-home' })
  })

  it('does not leave once it was stopped', async () => {
    const orderId = uuidv7()
    const id = await plan(orderId, [{ sku: 'mug', quantity: 1 }])
    await shop.runJob('book-parcels')
    expect(await shop.call('cancelShipments', { orderId })).toEqual({ outcome: 'stopped' })
    await shop.runJob('book-parcels')
    for (let stage = 0; stage < 4; stage += 1) await travel()
    expect(await see(id)).toMatchObject({ state: 'cancelled' })
    expect(await types(orderId)).toEqual(['ShipmentCreated', 'ShipmentCancelled'])
  })

  it('that needs no carrier is there at once', async () => {
    const orderId = uuidv7()
    await plan(orderId, [{ sku: 'e-book', quantity: 1 }], { optionId: 'none' })
    await shop.runJob('book-parcels')
    expect(await types(orderId)).toEqual(['ShipmentCreated', 'ShipmentDispatched', 'DeliveryCompleted'])
  })
})

describe('stopping and dispatching at the same moment', () => {
  it('ends one way or the other, never both', async () => {
    for (let round = 0; round < 15; round += 1) {
      const orderId = uuidv7()
      const id = await plan(orderId, [{ sku: 'mug', quantity: 1 }])
      const [stopped, dispatched] = await Promise.all([
        shop.call<{ outcome: string }>('cancelShipments', { orderId }),
        act(id, 'dispatch', {}),
      ])
      const { state } = await see(id)
      expect([stopped.outcome, dispatched.status, state]).toEqual(
        state === 'cancelled' ? ['stopped', 409, 'cancelled'] : ['dispatched', 200, 'dispatched'],
      )
    }
  })
})

describe('staff', () => {
  const confirmed = (lines: Lines, status = 'CONFIRMED') => {
    const orderId = uuidv7()
    orders.set(orderId, { status, lines })
    return orderId
  }
  const ship = (body: object, headers = {}) => shop.request('POST', '/api/delivery/shipments', { as: staff, body, headers })

  it('send an order in parts, and then the rest', async () => {
    const orderId = confirmed([
      { sku: 'mug', quantity: 3 },
      { sku: 'pen', quantity: 1 },
    ])
    const headers = { 'idempotency-key': 'first-part-of-it' }
    const first = await ship({ orderId, lines: [{ sku: 'mug', quantity: 2 }] }, headers)
    expect(first).toMatchObject({ status: 201, body: { units: 2, state: 'planned' } })
    expect((await ship({ orderId, lines: [{ sku: 'mug', quantity: 2 }] }, headers)).body.id).toBe(first.body.id)
    expect(await ship({ orderId, lines: [{ sku: 'pen', quantity: 2 }] })).toMatchObject({
      status: 409,
      body: { code: 'delivery/more-than-ordered' },
    })
    expect(await ship({ orderId, lines: [{ sku: 'cup', quantity: 1 }] })).toMatchObject({ status: 409 })
    const rest = await ship({ orderId })
    expect(rest).toMatchObject({ status: 201, body: { units: 2 } })
    expect(await ship({ orderId })).toMatchObject({ status: 409, body: { code: 'delivery/nothing-left' } })
    expect((await act(first.body.id, 'dispatch', {})).status).toBe(200)
    expect(await lastOf(orderId, 'ShipmentDispatched')).toMatchObject({ remaining: 2 })
    await act(rest.body.id, 'dispatch', { trackingNumber: 'ABC-1234' })
    expect(await lastOf(orderId, 'ShipmentDispatched')).toMatchObject({ remaining: 0, trackingNumber: 'ABC-1234' })
    await act(rest.body.id, 'deliver')
    await act(first.body.id, 'deliver')
    expect(await lastOf(orderId, 'DeliveryCompleted')).toMatchObject({ remaining: 0 })
  })

  it('hand a parcel over with a number of its own, never with that of another', async () => {
    const [first, second] = [
      await ship({ orderId: confirmed([{ sku: 'mug', quantity: 1 }]) }),
      await ship({ orderId: confirmed([{ sku: 'mug', quantity: 1 }]) }),
    ]
    expect((await act(first.body.id, 'dispatch', { trackingNumber: 'ONLY-1' })).body.trackingNumber).toBe('ONLY-1')
    expect(await act(second.body.id, 'dispatch', { trackingNumber: 'ONLY-1' })).toMatchObject({
      status: 409,
      body: { code: 'delivery/number-taken' },
    })
    expect(await see(second.body.id)).toMatchObject({ state: 'planned', trackingNumber: null })
  })

  it('twenty at once cannot send more than was ordered', async () => {
    const orderId = confirmed([
      { sku: 'mug', quantity: 5 },
      { sku: 'pen', quantity: 50 },
    ])
    const answers = await Promise.all(Array.from({ length: 20 }, () => ship({ orderId, lines: [{ sku: 'mug', quantity: 1 }] })))
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(5)
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(15)
  })

  it('stop one parcel, and may send its content again', async () => {
    const orderId = confirmed([{ sku: 'mug', quantity: 1 }])
    const first = await ship({ orderId })
    expect((await act(first.body.id, 'cancel')).body).toMatchObject({ state: 'cancelled' })
    expect((await act(first.body.id, 'cancel')).status).toBe(200)
    expect((await act(first.body.id, 'dispatch', {})).status).toBe(409)
    expect((await ship({ orderId })).status).toBe(201)
  })

  it('send only confirmed orders that exist', async () => {
    expect((await ship({ orderId: confirmed([{ sku: 'mug', quantity: 1 }], 'PENDING') })).status).toBe(409)
    expect((await ship({ orderId: uuidv7() })).status).toBe(404)
    const customer = testUser(uuidv7())
    expect((await shop.request('POST', '/api/delivery/shipments', { as: customer, body: { orderId: uuidv7() } })).status).toBe(
      403,
    )
  })

  it('set what shipping costs', async () => {
    const option = {
      channel: null,
      zone: 'home',
      carrier: 'ups',
      names: { en: 'Drone' },
      minDays: 0,
      maxDays: 0,
      maxWeightGrams: 2000,
      active: true,
      prices: [{ currency: 'EUR', price: 1, freeFrom: null }],
    }
    expect((await shop.request('PUT', '/api/delivery/shipping-options/drone', { as: staff, body: option })).status).toBe(200)
    const offers = await shop.request('GET', '/api/delivery/options?country=DE&currency=EUR')
    expect(offers.body.options[0]).toMatchObject({ id: 'drone', price: { amount: 1 } })
    expect((await shop.request('GET', '/api/delivery/shipping-options', { as: staff })).body.items).toHaveLength(10)
  })
})

describe('labels', () => {
  it('are loaded by staff and by a signed link, by nobody else, and go with the address', async () => {
    const input = {
      orderId: uuidv7(),
      returnId: uuidv7(),
      address: anAddress({ name: 'Željko 山田' }),
      lines: [{ sku: 'mug', quantity: 1 }],
    }
    const { shipmentId } = await shop.call<{ shipmentId: string }>('createReturn', input)
    await shop.runJob('book-parcels')
    const url = `/api/delivery/shipments/${shipmentId}/label`
    const label = await shop.request('GET', url, { as: staff })
    expect(label.status).toBe(200)
    expect(label.raw.subarray(0, 5).toString()).toBe('%PDF-')
    const { labelUrl } = (await shop.request('GET', `/api/delivery/returns/${input.returnId}`, { as: staff })).body
    const link = labelUrl.replace('http://shop.test', '')
    expect((await shop.request('GET', link)).status).toBe(200)
    expect((await shop.request('GET', link.replace(/expires=\d/, 'expires=9'))).status).toBe(404)
    expect((await shop.request('GET', url)).status).toBe(404)
    expect((await shop.request('GET', url, { as: testUser(uuidv7()) })).status).toBe(404)

    const receive = () => shop.request('POST', `/api/delivery/returns/${input.returnId}/receive`, { as: staff, body: {} })
    expect(await receive()).toMatchObject({ status: 200, body: { state: 'delivered' } })
    expect((await receive()).status).toBe(200)
    expect(await types(input.orderId)).toEqual(['ReturnInitiated', 'ReturnReceived'])
    await shop.runJob('erase-addresses')
    const [left] = await shop.db.sql`select 1 from shipment_addresses where shipment_id = ${shipmentId}`
    expect(left).toBeUndefined()
    expect((await shop.request('GET', url, { as: staff })).status).toBe(404)
  })

  it('say who gets the parcel only on the label, never in an event', async () => {
    const all = JSON.stringify(await shop.events())
    expect(all).not.toMatch(/Mina Beispiel|Hauptstr|10115/)
  })
})

describe('what orders say', () => {
  const facts = (orderId: string) => ({
    orderId,
    number: 'ORD-1',
    channel: 'web',
    customerId: null,
    locale: 'en',
    imported: false,
  })
  const aLine = {
    lineId: uuidv7(),
    sku: 'mug',
    productId: uuidv7(),
    variantId: uuidv7(),
    quantity: 2,
    total: { amount: 1, currency: 'EUR' },
  }

  it('plans a parcel only where the checkout has not, and stops what it has not stopped', async () => {
    const orderId = uuidv7()
    orders.set(orderId, { status: 'CONFIRMED', lines: [{ sku: 'mug', quantity: 2 }] })
    const confirmed = OrderConfirmed({ ...facts(orderId), total: { amount: 1, currency: 'EUR' }, lines: [aLine] })
    await shop.deliver(confirmed)
    await shop.deliver(confirmed)
    const cancelled = OrderCancelled({ ...facts(orderId), reason: 'customer', lines: [aLine] })
    await shop.deliver(cancelled)
    await shop.deliver(cancelled)
    await shop.deliver(confirmed)
    expect(await types(orderId)).toEqual(['ShipmentCreated', 'ShipmentCancelled'])
  })
})

describe('checking addresses', () => {
  it('tells everybody what is wrong, field by field', async () => {
    const answer = await shop.request('POST', '/api/delivery/addresses/validate', { body: anAddress({ postalCode: 'x' }) })
    expect(answer).toMatchObject({ status: 200, body: { valid: false, problems: [{ pointer: '/postalCode' }] } })
    expect((await shop.request('POST', '/api/delivery/addresses/validate', { body: { name: 'x' } })).status).toBe(400)
  })
})
