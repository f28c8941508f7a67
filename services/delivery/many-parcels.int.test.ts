import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { uuidv7 } from '#kit/core/ids.ts'
import type { TestService } from '#kit/testing/service.ts'
import { parcelsIn, startDelivery } from './delivery.fixture.ts'
import { unbooked } from './jobs/book-parcels.ts'

let shop: TestService
beforeAll(async () => {
  shop = await startDelivery()
})
afterAll(() => shop.close())

const { plan, see } = parcelsIn(() => shop)

describe('a shop that has sent very many parcels', () => {
  it('finds the one to be booked without reading those that arrived long ago', async () => {
    await shop.database.admin.unsafe(`
      insert into delivery.shipments (id, order_id, option_id, carrier, tracking_number, state, units, label_key)
      select gen_random_uuid(), gen_random_uuid(), 'standard', 'DHL', 'OLD-' || n, 'delivered', 1, 'labels/' || n from generate_series(1, 20000) n;
      analyze delivery.shipments`)
    const id = await plan(uuidv7(), [{ sku: 'mug', quantity: 1 }])
    const { sql } = shop.db
    const way = await sql`explain ${unbooked(sql)}`.then((lines) => lines.map((line) => line['QUERY PLAN']).join('\n'))
    expect(way).toContain('using shipments_unbooked')
    expect(way).not.toContain('Seq Scan on shipments ')
    await shop.runJob('book-parcels')
    expect(await see(id)).toMatchObject({ state: 'labelled' })
  })
})
