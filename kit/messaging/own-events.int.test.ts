import { afterEach, beforeEach, expect, test } from 'vitest'
import { silentLogger } from '#kit/service/logger.ts'
import { eventually } from '#kit/testing/eventually.ts'
import { limitOutboxes } from './own-events.ts'
import { startRelay } from './relay.ts'
import { Returned, Sold, type TestShop, testShop } from './testing/shop.ts'

let shop: TestShop
beforeEach(async () => {
  shop = await testShop()
  await limitOutboxes(shop.admin, [
    { schema: 'sales', publishes: [Sold, Returned] },
    { schema: 'stock', publishes: [] },
  ])
})
afterEach(() => shop.close())

const log = async () => (await shop.admin`select type from bus.log order by topic, partition, "offset"`).map(({ type }) => type)
const told = [Sold({ saleId: 'a', n: 1 }), Returned({ saleId: 'a' })]

test('S33: a service tells what is its own, and nothing that belongs to another', async () => {
  const sales = shop.outbox('sales')
  const stock = shop.outbox('stock')
  await sales.db.tx((tx) => sales.outbox.append(tx, told))
  const forged = (events: typeof told) => stock.db.tx((tx) => stock.outbox.append(tx, events))
  await expect(forged(told)).rejects.toMatchObject({ code: '23514' })
  await expect(forged([told[0]!])).rejects.toMatchObject({ code: '23514' })
  const relay = await startRelay({ url: shop.busUrl, schemas: ['sales', 'stock'], bus: shop.bus(), log: silentLogger })
  await eventually(async () => expect(await log()).toEqual(['Sold.v1', 'Returned.v1']))
  await relay.stop()
})

test('a newer version of its events may be told before anybody knows it here, so that it is parked and not lost', async () => {
  const { db } = shop.outbox('sales')
  const insert = (aggregate: string, type: string) => db.sql`
    insert into outbox (id, aggregatetype, aggregateid, type, payload, seq) values (gen_random_uuid(), ${aggregate}, 'a', ${type}, '{}', 1)`
  await insert('sale', 'Sold.v99')
  await expect(insert('stock', 'Sold.v1')).rejects.toMatchObject({ code: '23514' })
  await expect(insert('sale', 'SoldOut.v1')).rejects.toMatchObject({ code: '23514' })
})

test('a release that tells something else widens the list; the one before, started again, takes nothing away', async () => {
  const { db, outbox } = shop.outbox('stock')
  const tell = (event: (typeof told)[number]) => db.tx((tx) => outbox.append(tx, [event]))
  await limitOutboxes(shop.admin, [{ schema: 'stock', publishes: [Sold] }])
  await expect(tell(Returned({ saleId: 'b' }))).rejects.toMatchObject({ code: '23514' })
  await limitOutboxes(shop.admin, [{ schema: 'stock', publishes: [Returned] }])
  await tell(Sold({ saleId: 'b', n: 1 }))
  await tell(Returned({ saleId: 'b' }))
})
