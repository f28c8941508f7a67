import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { uuidv7 } from '#kit/core/ids.ts'
import { signWebhook } from '#kit/http/webhook-signature.ts'
import { testUser, type TestService } from '#kit/testing/service.ts'
import { expectInvariants, parcelsIn, SECRET, staff, startDelivery } from './delivery.fixture.ts'

let shop: TestService
beforeAll(async () => {
  shop = await startDelivery()
})
afterAll(() => shop.close())
afterEach(() => expectInvariants(shop))

const { plan, types, see } = parcelsIn(() => shop)

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
