import { Create } from 'typebox/value'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { OrderCancelled, OrderConfirmed } from '#contracts/events/orders.ts'
import { uuidv7 } from '#kit/core/ids.ts'
import { signWebhook } from '#kit/http/webhook-signature.ts'
import { startService, testUser, type TestService } from '#kit/testing/service.ts'
import { invariants } from './invariants.ts'
import { delivery } from './service.ts'
import { Settings } from './settings.ts'
import { anAddress } from './testing/address.ts'

type Lines = { sku: string; quantity: number }[]
const SECRET = 'the carriers know it'
const staff = testUser(uuidv7(), ['delivery:read-any', 'delivery:write', 'channels:write'])
const orders = new Map<string, { status: string; lines: Lines }>()

let shop: TestService
beforeAll(async () => {
  shop = await startService(delivery, {
    settings: {
      ...Create(Settings),
      simulatedDispatchMs: 0,
      simulatedDeliverMs: 0,
      addressDays: 0,
      simulatedWebhookSecret: SECRET,
    },
    rpc: {
      products: { channel: async () => null },
      orders: {
        order: async ({ orderId }: { orderId: string }) => {
          const order = orders.get(orderId)
          if (!order) return null
          const total = { amount: 1, currency: 'EUR' }
          const lines = order.lines.map((line) => ({ ...line, lineId: uuidv7(), title: line.sku, unitPrice: 1, total: 1 }))
          return {
            orderId,
            number: 'ORD-1',
            status: order.status,
            channel: 'web',
            locale: 'en',
            customerId: null,
            email: null,
            total,
            placedAt: new Date().toISOString(),
            address: anAddress(),
            guestToken: null,
            lines,
            awaitsPayment: false,
          }
        },
      } as never,
    },
  })
})
afterAll(() => shop.close())
afterEach(async () => {
  for (const { name, sql } of invariants) expect({ name, rows: [...(await shop.db.sql.unsafe(sql))] }).toEqual({ name, rows: [] })
})

const plan = async (orderId: string, lines: Lines, more: { orderUnits?: number; optionId?: string; address?: object } = {}) => {
  const shipmentId = uuidv7()
  const orderUnits = more.orderUnits ?? lines.reduce((sum, line) => sum + line.quantity, 0)
  await shop.call('createShipment', {
    orderId,
    shipmentId,
    optionId: more.optionId ?? 'home-standard',
    address: anAddress(more.address),
    lines,
    orderUnits,
  })
  return shipmentId
}
const types = async (orderId: string) =>
  (await shop.events()).filter(({ subject }) => subject === orderId).map(({ type }) => type.replace('.v1', ''))
const lastOf = async (orderId: string, type: string) =>
  (await shop.events(`${type}.v1`)).findLast(({ subject }) => subject === orderId)?.data as Record<string, unknown>
const see = async (id: string) => (await shop.request('GET', `/api/delivery/shipments/${id}`, { as: staff })).body
const act = (id: string, verb: string, body?: object) =>
  shop.request('POST', `/api/delivery/shipments/${id}/${verb}`, { as: staff, body })
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

describe('messages of a carrier', () => {
  const report = async (
    id: string,
    status: string,
    how: { secret?: string; at?: Date; messageId?: string; carrier?: string } = {},
  ) => {
    const { trackingNumber } = await see(id)
    const messageId = how.messageId ?? `msg_${uuidv7()}`
    const raw = Buffer.from(JSON.stringify({ id: messageId, trackingNumber, status, happenedAt: '2026-01-01T10:00:00.000Z' }))
    const headers = {
      'content-type': 'application/json',
      ...signWebhook([Buffer.from(how.secret ?? SECRET)], messageId, raw, how.at ?? new Date()),
    }
    return shop.request('POST', `/api/delivery/webhooks/${how.carrier ?? 'dhl'}`, { raw, headers })
  }
  const booked = async (orderId: string) => {
    const id = await plan(orderId, [{ sku: 'mug', quantity: 1 }])
    await shop.runJob('book-parcels')
    return id
  }

  it('in the wrong order, and more than once, still tell one true story', async () => {
    const orderId = uuidv7()
    const id = await booked(orderId)
    await Promise.all([report(id, 'delivered', { messageId: 'msg_d' }), report(id, 'delivered', { messageId: 'msg_d' })])
    await report(id, 'picked-up')
    await report(id, 'in-transit')
    expect(await types(orderId)).toEqual(['ShipmentCreated', 'ShipmentDispatched', 'DeliveryCompleted'])
  })

  it('S21: that are forged, old, unknown or changed are refused', async () => {
    const id = await booked(uuidv7())
    expect(await report(id, 'delivered', { secret: 'guessed' })).toMatchObject({
      status: 401,
      body: { code: 'delivery/bad-signature' },
    })
    expect((await report(id, 'delivered', { at: new Date(Date.now() - 360_000) })).status).toBe(401)
    expect((await report(id, 'eaten')).status).toBe(400)
    expect((await report(id, 'delivered', { carrier: 'nobody' })).status).toBe(404)
    await report(id, 'picked-up', { messageId: 'msg_same' })
    expect((await report(id, 'delivered', { messageId: 'msg_same' })).status).toBe(409)
    expect(await report(id, 'delivered', { carrier: 'ups' })).toMatchObject({ status: 200, body: { state: 'parked' } })
    expect(await see(id)).toMatchObject({ state: 'dispatched' })
  })

  it('that fit no parcel wait for staff, who look, try again, or give them up for a reason', async () => {
    const messages = (path: string, as = staff) => shop.request('GET', `/api/delivery/messages${path}`, { as })
    const decide = (messageId: string, what: string, body?: object, as = staff) =>
      shop.request('POST', `/api/delivery/messages/ups/${messageId}/${what}`, { as, ...(body ? { body } : {}) })
    const id = await booked(uuidv7())
    const [first, second] = [`msg_${uuidv7()}`, `msg_${uuidv7()}`]
    await report(id, 'picked-up', { carrier: 'ups', messageId: first })
    await report(id, 'delivered', { carrier: 'ups', messageId: second })
    expect((await messages('?carrier=ups&limit=1')).body.items).toMatchObject([{ messageId: second, note: 'unknown-parcel' }])
    expect((await decide(second, 'redrive')).body).toEqual({ state: 'parked' })
    // staff put the carrier right
    await shop.db.sql`update shipments set carrier = 'ups' where id = ${id}`
    expect((await decide(first, 'redrive')).body).toEqual({ state: 'applied' })
    expect(await see(id)).toMatchObject({ state: 'dispatched' })
    const gone = await decide(second, 'discard', { reason: 'another parcel with this number' })
    expect(gone.body).toMatchObject({
      state: 'discarded',
      body: null,
      decisions: [
        { decision: 'redriven', note: 'parked' },
        { decision: 'discarded', note: 'another parcel with this number' },
      ],
    })
    expect((await decide(second, 'redrive')).body.code).toBe('delivery/message-settled')
    expect((await report(id, 'delivered', { carrier: 'ups', messageId: second })).body).toEqual({ state: 'ignored' })
    await shop.runJob('retry-messages')
    expect(await see(id)).toMatchObject({ state: 'dispatched' })
    const reader = testUser(uuidv7(), ['delivery:read-any'])
    expect((await messages('', reader)).status).toBe(200)
    expect((await decide(first, 'redrive', undefined, reader)).status).toBe(403)
    expect((await messages('', testUser(uuidv7()))).status).toBe(403)
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
