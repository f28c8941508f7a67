import { Create } from 'typebox/value'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { uuidv7 } from '#kit/core/ids.ts'
import { startService, type TestService } from '#kit/testing/service.ts'
import { delivery } from './service.ts'
import { Settings } from './settings.ts'
import { anAddress } from './testing/address.ts'

let shop: TestService
beforeAll(async () => {
  shop = await startService(delivery, { settings: Create(Settings), rpc: { products: { channel: async () => null } } })
})
afterAll(() => shop.close())

type Lines = { sku: string; quantity: number }[]
const plan = (
  orderId: string,
  lines: Lines,
  more: { shipmentId?: string; orderUnits?: number; imported?: boolean; at?: string } = {},
) =>
  shop.call('createShipment', {
    orderId,
    shipmentId: more.shipmentId ?? uuidv7(),
    optionId: 'home-standard',
    address: anAddress(),
    lines,
    orderUnits: more.orderUnits ?? lines.reduce((sum, line) => sum + line.quantity, 0),
    ...(more.imported ? { imported: true, at: more.at } : {}),
  })
const eventsOf = async (orderId: string) => (await shop.events()).filter((event) => event.subject === orderId)

describe('shipping options', () => {
  const ask = async (country: string, amount: number, weightGrams = 500) =>
    (
      await shop.call<{ options: { id: string; name: string; price: { amount: number } }[] }>('options', {
        channel: 'web',
        currency: 'EUR',
        country,
        weightGrams,
        subtotal: { amount, currency: 'EUR' },
        locale: 'de',
      })
    ).options

  it('offers the cheapest first, at home, in the EU and abroad', async () => {
    expect((await ask('DE', 1000)).map(({ id, price }) => [id, price.amount])).toEqual([
      ['home-standard', 490],
      ['home-express', 1290],
      ['home-freight', 4900],
    ])
    expect((await ask('AT', 1000))[0]).toMatchObject({ id: 'eu-standard', name: 'Standardversand (EU)' })
    expect((await ask('US', 1000))[0]).toMatchObject({ id: 'world-standard' })
  })

  it('sends large orders for nothing, and heavy ones by freight only', async () => {
    expect((await ask('DE', 5000))[0]).toMatchObject({ id: 'home-standard', price: { amount: 0 } })
    expect((await ask('DE', 5000, 31_000)).map(({ id }) => id)).toEqual(['home-freight'])
  })
})

describe('planning parcels', () => {
  it('plans a parcel once, however often it is asked', async () => {
    const orderId = uuidv7()
    const shipmentId = uuidv7()
    const lines = [
      { sku: 'mug', quantity: 2 },
      { sku: 'mug', quantity: 1 },
      { sku: 'pen', quantity: 1 },
    ]
    await Promise.all(Array.from({ length: 10 }, () => plan(orderId, lines, { shipmentId })))
    expect(await eventsOf(orderId)).toMatchObject([
      {
        type: 'ShipmentCreated.v1',
        data: {
          shipmentId,
          lines: [
            { sku: 'mug', quantity: 3 },
            { sku: 'pen', quantity: 1 },
          ],
        },
      },
    ])
  })

  it('sends an order in several parcels, but never more than was ordered, even when ten parcels are planned at once', async () => {
    const orderId = uuidv7()
    const results = await Promise.allSettled(
      Array.from({ length: 10 }, () => plan(orderId, [{ sku: 'mug', quantity: 2 }], { orderUnits: 7 })),
    )
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(3)
    expect(results.find((result) => result.status === 'rejected')).toMatchObject({
      reason: { code: 'delivery/more-than-ordered' },
    })
    const [row] = await shop.db.sql`select planned_units from fulfilments where order_id = ${orderId}`
    expect(row?.planned_units).toBe(6)
  })

  it('one order that asks for too much does not disturb the others of the same moment', async () => {
    const good = Array.from({ length: 5 }, () => uuidv7())
    const bad = uuidv7()
    await plan(bad, [{ sku: 'mug', quantity: 1 }])
    const results = await Promise.allSettled([...good, bad].map((orderId) => plan(orderId, [{ sku: 'mug', quantity: 1 }])))
    expect(results.map(({ status }) => status)).toEqual([...good.map(() => 'fulfilled'), 'rejected'])
  })

  it('stops what has not left, and plans nothing more for a stopped order', async () => {
    const orderId = uuidv7()
    await plan(orderId, [{ sku: 'mug', quantity: 1 }])
    expect(await shop.call('cancelShipments', { orderId })).toEqual({ outcome: 'stopped' })
    expect(await shop.call('cancelShipments', { orderId })).toEqual({ outcome: 'stopped' })
    await expect(plan(orderId, [{ sku: 'mug', quantity: 1 }])).rejects.toMatchObject({ code: 'delivery/order-stopped' })
    expect((await eventsOf(orderId)).map(({ type }) => type)).toEqual(['ShipmentCreated.v1', 'ShipmentCancelled.v1'])
  })

  it('refuses a parcel that is planned after its order was stopped', async () => {
    const orderId = uuidv7()
    expect(await shop.call('cancelShipments', { orderId })).toEqual({ outcome: 'nothing' })
    await expect(plan(orderId, [{ sku: 'mug', quantity: 1 }])).rejects.toMatchObject({ code: 'delivery/order-stopped' })
  })

  it('takes imported parcels as delivered in their own time, without an address', async () => {
    const orderId = uuidv7()
    await plan(orderId, [{ sku: 'mug', quantity: 4 }], { imported: true, at: '2011-01-10T08:00:00.000Z' })
    expect(await eventsOf(orderId)).toMatchObject([
      { type: 'ShipmentCreated.v1', time: '2011-01-10T08:00:00.000Z' },
      { type: 'ShipmentDispatched.v1', time: '2011-01-11T08:00:00.000Z', data: { remaining: 0, imported: true } },
      { type: 'DeliveryCompleted.v1', time: '2011-01-13T08:00:00.000Z', data: { remaining: 0 } },
    ])
  })

  it('books a return once', async () => {
    const input = { orderId: uuidv7(), returnId: uuidv7(), address: anAddress(), lines: [{ sku: 'mug', quantity: 1 }] }
    const first = await shop.call<{ trackingNumber: string }>('createReturn', input)
    expect(first.trackingNumber).toMatch(/^JD/)
    expect(await shop.call('createReturn', input)).toEqual(first)
    expect((await eventsOf(input.orderId)).map(({ type }) => type)).toEqual(['ReturnInitiated.v1'])
  })
})
