import { afterEach, beforeEach, expect, test } from 'vitest'
import { silentLogger } from '#kit/service/logger.ts'
import { eventually } from '#kit/testing/eventually.ts'
import { on } from './bus.ts'
import { startConsumer } from './consumer.ts'
import { startRelay } from './relay.ts'
import { Sold, type TestShop, testShop } from './testing/shop.ts'

let shop: TestShop
beforeEach(async () => {
  shop = await testShop()
})
afterEach(() => shop.close())

test('a sale is heard of by another service, once and complete', async () => {
  const { outbox, db } = shop.outbox('sales')
  const bus = shop.bus()
  const relay = await startRelay({ url: shop.busUrl, schemas: ['sales', 'stock'], bus, log: silentLogger })
  const stock = shop.db('stock')
  const consumer = await startConsumer({
    group: 'stock',
    bus,
    db: stock,
    log: silentLogger,
    reactions: [
      on(Sold, async (event, { tx }) => {
        await tx`insert into effects (event_id, sale, n, sequence) values (${event.id}, ${event.data.saleId}, ${event.data.n}, ${event.sequence}::text::bigint)`
      }),
    ],
  })
  await db.tx((tx) => outbox.append(tx, [Sold({ saleId: 'a', n: 1 }), Sold({ saleId: 'b', n: 1 }), Sold({ saleId: 'a', n: 2 })]))
  outbox.wake()
  await eventually(async () => {
    const rows = await stock.sql`select sale, n, sequence from effects order by sale, n`
    expect(rows.map((row) => ({ ...row }))).toEqual([
      { sale: 'a', n: 1, sequence: 1n },
      { sale: 'a', n: 2, sequence: 2n },
      { sale: 'b', n: 1, sequence: 1n },
    ])
  })
  expect(await db.sql`select 1 from outbox`).toHaveLength(0)
  await consumer.stop()
  await relay.stop()
})
