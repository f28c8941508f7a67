import { Create } from 'typebox/value'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { UserDeleted } from '#contracts/events/users.ts'
import { uuidv7 } from '#kit/core/ids.ts'
import { startService, testUser, type TestService } from '#kit/testing/service.ts'
import { expectInvariants } from './delivery.fixture.ts'
import { delivery } from './service.ts'
import { Settings } from './settings.ts'
import { anAddress } from './testing/address.ts'

const staff = testUser(uuidv7(), ['delivery:read-any', 'delivery:write'])
const ordersOf = new Map<string, string[]>()
const CANARY = 'Kanarienvogelweg 17'

let shop: TestService
beforeAll(async () => {
  shop = await startService(delivery, {
    settings: {
      ...Create(Settings),
      addressDays: 90,
      simulatedDispatchMs: 600_000,
      trackingPages: 'ups=https://ups.example/{number} dhl=https://dhl.example/?id={number}',
    },
    rpc: {
      products: { channel: async () => null },
      orders: {
        ordersOfCustomer: async ({ customerId }: { customerId: string }) => ({
          orderIds: ordersOf.get(customerId) ?? [],
          next: null,
        }),
      } as never,
    },
  })
})
afterAll(() => shop.close())
afterEach(() => expectInvariants(shop))

const mugs = (quantity: number) => [{ sku: 'mug', quantity }]
async function planned(address = anAddress()): Promise<string> {
  const orderId = uuidv7()
  await shop.call('createShipment', {
    orderId,
    shipmentId: orderId,
    optionId: 'home-standard',
    address,
    lines: mugs(2),
    orderUnits: 2,
  })
  return orderId
}
const parcels = async (orderId: string) =>
  (await shop.request('GET', `/api/delivery/shipments?orderId=${orderId}`, { as: staff })).body.items as {
    id: string
    state: string
    units: number
    trackingNumber: string | null
    hasLabel: boolean
  }[]
const open = async (orderId: string) => (await parcels(orderId)).find(({ state }) => state !== 'cancelled')!
const dispatch = (id: string) => shop.request('POST', `/api/delivery/shipments/${id}/dispatch`, { as: staff, body: {} })
const change = (orderId: string, more: object, changeId = uuidv7()) =>
  shop.call<{ outcome: string }>('replaceParcels', { orderId, changeId, ...more })
/** Everything the service keeps, as text. */
async function everything(): Promise<string> {
  const tables = await shop.db.sql<
    { name: string }[]
  >`select tablename as name from pg_tables where schemaname = current_schema()`
  const dumps = await Promise.all(tables.map(({ name }) => shop.db.sql`select t::text as row from ${shop.db.sql(name)} t`))
  return dumps.flat().map(({ row }) => String(row)).join('\n') // biome-ignore format: one pipe
}

describe('a parcel that has not left', () => {
  it('goes to another address: it gets another label, and the old one leads nowhere', async () => {
    const orderId = await planned()
    await shop.runJob('book-parcels')
    const before = await open(orderId)
    const address = anAddress({ line1: 'Neue Gasse 2' })
    expect(await change(orderId, { address })).toEqual({ outcome: 'replaced' })
    await shop.runJob('book-parcels')
    const after = await open(orderId)
    expect(after).toMatchObject({ state: 'labelled', units: 2, hasLabel: true })
    expect(after.trackingNumber).not.toBe(before.trackingNumber)
    const [kept] = await shop.db.sql`select a.address from shipment_addresses a where a.shipment_id = ${after.id}`
    expect(kept!['address']).toEqual(address)
    const [sim] = await shop.db.sql`select p.stage from sim_parcels p where p.tracking_number = ${before.trackingNumber}`
    expect(sim!['stage']).toBe('cancelled')
  })

  it('gets other content, once for each change', async () => {
    const orderId = await planned()
    const changeId = uuidv7()
    const lines = [...mugs(1), { sku: 'tea', quantity: 4 }]
    await Promise.all(Array.from({ length: 5 }, () => change(orderId, { lines }, changeId)))
    expect((await parcels(orderId)).map(({ state, units }) => [state, units]).sort()).toEqual([
      ['cancelled', 2],
      ['planned', 5],
    ])
    const events = (await shop.events()).filter(({ subject }) => subject === orderId).map(({ type }) => type)
    expect(events).toEqual(['ShipmentCreated.v1', 'ShipmentCancelled.v1', 'ShipmentCreated.v1'])
    expect((await dispatch((await open(orderId)).id)).status).toBe(200)
    const [dispatched] = (await shop.events('ShipmentDispatched.v1')).slice(-1)
    expect(dispatched!.data).toMatchObject({ remaining: 0 })
  })

  it('either leaves or changes, never both', async () => {
    const outcomes = new Set<string>()
    for (let time = 0; time < 15; time += 1) {
      const orderId = await planned()
      const [left, changed] = await Promise.all([dispatch(orderId), change(orderId, { lines: mugs(1) })])
      outcomes.add(`${left.status} ${changed.outcome}`)
      const sent = (await parcels(orderId)).filter(({ state }) => state === 'dispatched')
      expect(sent.length).toBe(changed.outcome === 'replaced' ? 0 : 1)
    }
    expect([...outcomes].filter((outcome) => !['200 dispatched', '409 replaced'].includes(outcome))).toEqual([])
  })
})

describe('a parcel that cannot be changed', () => {
  it('has left, was stopped, or was never planned', async () => {
    const gone = await planned()
    await dispatch(gone)
    expect(await change(gone, { address: anAddress() })).toEqual({ outcome: 'dispatched' })
    const stopped = await planned()
    await shop.call('cancelShipments', { orderId: stopped })
    expect(await change(stopped, { lines: mugs(1) })).toEqual({ outcome: 'stopped' })
    expect(await change(uuidv7(), { lines: mugs(1) })).toEqual({ outcome: 'nothing' })
  })
})

describe('a customer who wants to be forgotten', () => {
  it('leaves no address behind: finished parcels at once, open ones when they have arrived', async () => {
    const address = anAddress({ name: 'Canary Bird', line1: CANARY })
    const [arrived, onItsWay] = [await planned(address), await planned(address)]
    await shop.runJob('book-parcels')
    for (const orderId of [arrived, onItsWay]) await dispatch(orderId)
    await shop.request('POST', `/api/delivery/shipments/${arrived}/deliver`, { as: staff })
    await planned(anAddress({ line1: 'Bleibt Stehen 1' }))
    const customer = uuidv7()
    ordersOf.set(customer, [arrived, onItsWay])

    await shop.deliver(UserDeleted({ userId: customer }))
    await shop.runJob('erase-addresses')
    const left = await shop.db.sql`select a.shipment_id from shipment_addresses a where a.address ->> 'line1' = ${CANARY}`
    expect(left.map(({ shipment_id }) => shipment_id)).toEqual([onItsWay])
    expect((await shop.request('GET', `/api/delivery/shipments/${arrived}/label`, { as: staff })).status).toBe(404)

    await shop.request('POST', `/api/delivery/shipments/${onItsWay}/deliver`, { as: staff })
    await shop.runJob('erase-addresses')
    const dump = await everything()
    expect(dump).not.toContain(CANARY)
    expect(dump).not.toContain('Canary Bird')
    expect(dump).toContain('Bleibt Stehen 1')
  })
})

describe('the address of a parcel that has arrived', () => {
  it('is kept for as many days as the shop says, and no longer', async () => {
    const arrived = await planned(anAddress({ line1: 'Bald Vergessen 3' }))
    await shop.runJob('book-parcels')
    await dispatch(arrived)
    await shop.request('POST', `/api/delivery/shipments/${arrived}/deliver`, { as: staff })
    const keptAfter = async (days: number) => {
      await shop.db.sql`update shipments set updated_at = now() - ${days} * interval '1 day' where order_id = ${arrived}`
      await shop.runJob('erase-addresses')
      return (await everything()).includes('Bald Vergessen 3')
    }
    expect(await keptAfter(89)).toBe(true)
    expect(await keptAfter(91)).toBe(false)
  })
})

describe('what the customer is told of the parcels', () => {
  const told = async (orderId: string) =>
    (await shop.call<{ parcels: Record<string, unknown>[] }>('parcels', { orderId })).parcels

  it('is carrier, number with a link to its page, content and every state; no address', async () => {
    const orderId = await planned()
    expect(await told(orderId)).toMatchObject([
      { state: 'planned', carrier: 'DHL', trackingNumber: null, trackingUrl: null, events: [] },
    ])
    await shop.runJob('book-parcels')
    await dispatch(orderId)
    const [parcel, ...more] = await told(orderId)
    expect(more).toEqual([])
    expect(parcel).toMatchObject({
      state: 'dispatched',
      trackingUrl: `https://dhl.example/?id=${parcel!.trackingNumber}`,
      lines: mugs(2),
      events: [{ state: 'labelled' }, { state: 'dispatched' }],
    })
    expect(JSON.stringify(parcel)).not.toMatch(/Hauptstr|Berlin/)
  })

  it('leaves out what was stopped: the parcel that took its place is the one to look for', async () => {
    const orderId = await planned()
    await change(orderId, { lines: mugs(1) })
    expect(await told(orderId)).toMatchObject([{ state: 'planned', lines: mugs(1) }])
  })
})
