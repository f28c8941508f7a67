import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { uuidv7 } from '#kit/core/ids.ts'
import type { TestService } from '#kit/testing/service.ts'
import { parcelsIn, startDelivery } from './delivery.fixture.ts'
import { createOutbox } from '#kit/messaging/outbox.ts'
import { silentLogger } from '#kit/service/logger.ts'
import type { Carrier } from './carriers/carrier.ts'
import type { Deps } from './deps.ts'
import { bookParcels, unbooked } from './jobs/book-parcels.ts'
import { asked, outdated } from './jobs/erase-addresses.ts'

let shop: TestService
beforeAll(async () => {
  shop = await startDelivery()
})
afterAll(() => shop.close())

const { plan, see } = parcelsIn(() => shop)

describe('a shop that has sent very many parcels', () => {
  beforeAll(async () => {
    await shop.database.admin.unsafe(`
      insert into delivery.shipments (id, order_id, option_id, carrier, tracking_number, state, units, label_key)
      select gen_random_uuid(), gen_random_uuid(), 'standard', 'DHL', 'OLD-' || n, 'delivered', 1, 'labels/' || n from generate_series(1, 20000) n;
      insert into delivery.shipment_addresses (shipment_id, address) select id, '{}' from delivery.shipments;
      analyze delivery.shipments, delivery.shipment_addresses`)
  })

  it('finds the one to be booked without reading those that arrived long ago', async () => {
    const id = await plan(uuidv7(), [{ sku: 'mug', quantity: 1 }])
    const { sql } = shop.db
    for (const from of [{}, { after: uuidv7(), without: ['dhl'] }]) {
      const way = await sql`explain ${unbooked(sql, from)}`.then((lines) => lines.map((line) => line['QUERY PLAN']).join('\n'))
      expect(way).toContain('using shipments_unbooked')
      expect(way).not.toContain('Seq Scan on shipments ')
    }
    await shop.runJob('book-parcels')
    expect(await see(id)).toMatchObject({ state: 'labelled' })
  })

  it('finds the addresses that nobody needs any more without reading those that are still kept', async () => {
    const { sql } = shop.db
    const parcels = await sql<{ id: string }[]>`select id from shipments limit 2000`
    const ids = parcels.map(({ id }) => id)
    const looks = { shipments_pkey: outdated(sql, ids, 90), shipment_addresses_asked: asked(sql) }
    for (const [index, look] of Object.entries(looks)) {
      const way = await sql`explain ${look}`.then((lines) => lines.map((line) => line['QUERY PLAN']).join('\n'))
      expect(way).toContain(index)
      expect(way).not.toContain('Seq Scan')
    }
  })

  it('goes on with the addresses where the last look ended, until none is left that nobody needs', async () => {
    const left = () =>
      shop.db.sql`
        select 1 from shipment_addresses a join shipments s on s.id = a.shipment_id where s.state = 'delivered'`
    await shop.db
      .sql`delete from shipment_addresses where shipment_id not in (select shipment_id from shipment_addresses order by 1 limit 4500)`
    const open = await plan(uuidv7(), [{ sku: 'mug', quantity: 1 }])
    for (let run = 0; run < 4; run += 1) await shop.runJob('erase-addresses')
    expect(await left()).toEqual([])
    const [one] = await shop.db.sql`select 1 from shipment_addresses where shipment_id = ${open}`
    expect(one).toBeDefined()
  })
})

describe('a carrier that books nothing, with more parcels than are tried at once,', () => {
  const book: Record<string, Carrier['book']> = {
    refuses: () => Promise.reject(new Error('we do not go there')),
    'is silent': (_booking, signal) =>
      new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error))),
  }

  it.each(Object.keys(book))('and %s keeps no younger parcel of another carrier waiting', async (dead) => {
    let asked = 0
    const counted: Carrier['book'] = (booking, signal) => {
      asked += 1
      return book[dead]!(booking, signal)
    }
    const carriers = new Map<string, Pick<Carrier, 'name' | 'book'>>([
      [dead, { name: dead, book: counted }],
      ['well', { name: 'well', book: async ({ key }) => ({ trackingNumber: `W-${key}` }) }],
    ])
    const deps = {
      db: shop.db,
      outbox: createOutbox({ source: 'delivery', wakeUp: { ring() {} } }),
      log: silentLogger,
      settings: { carrierTimeoutMs: 200 },
      carriers,
    } as unknown as Deps
    const { sql } = shop.db
    // five batches
    const planned = await sql<{ id: string }[]>`
      insert into shipments (id, order_id, option_id, carrier, state, units)
      select gen_random_uuid(), gen_random_uuid(), 'standard', ${dead}, 'planned', 1 from generate_series(1, 250)
      returning id`.then((rows) => rows.map(({ id }) => id))
    const young = await plan(uuidv7(), [{ sku: 'mug', quantity: 1 }])
    await sql`update shipments set carrier = 'well' where id = ${young}`
    await bookParcels(deps, AbortSignal.timeout(15_000))
    expect(await see(young)).toMatchObject({ state: 'labelled', trackingNumber: `W-${young}` })
    expect(await see(planned[0]!)).toMatchObject({ state: 'planned' })
    // one that refuses may take the next, until it refused four batches; to wait for one that is silent once is enough
    expect(asked).toBe(dead === 'refuses' ? 200 : 50)
    // out of the way of the next
    await sql`update shipments set imported = true where id = any(${planned})`
  })
})
