import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { silentLogger } from '#kit/service/logger.ts'
import { eventually } from '#kit/testing/eventually.ts'
import { on } from '../bus.ts'
import { type Consumer, startConsumer } from '../consumer.ts'
import { consumerLag } from '../lag.ts'
import { type Relay, startRelay } from '../relay.ts'
import { Sold, type TestShop, testShop } from '../testing/shop.ts'
import { writeSales } from '../testing/writers.ts'
import { createKafkaBus } from './kafka-bus.ts'
import { type Broker, createBroker } from './testing/broker.ts'

let broker: Broker
let shop: TestShop
const running: (Consumer | Relay | { stop(): Promise<void> })[] = []
beforeAll(async () => {
  broker = await createBroker()
  await broker.start()
}, 180_000)
afterAll(() => broker.close())
beforeEach(async () => {
  shop = await testShop()
})
afterEach(async () => {
  for (const one of running.splice(0).reverse()) await one.stop()
  await shop.close()
})

function openBus(name: string) {
  const bus = createKafkaBus({ url: `kafka://${broker.address}/outage`, log: silentLogger, clientId: name, pollMs: 200 })
  running.push({ stop: () => bus.close() })
  return bus
}

const count = async (table: string) => Number((await shop.admin.unsafe(`select count(*) as n from ${table}`))[0]!.n)

test('a broker that is killed while events are published and handled, and comes back, loses none and lets none take effect twice', async () => {
  const { outbox, db } = shop.outbox('sales')
  const [publishing, consuming] = [openBus('publisher'), openBus('consumer')]
  running.push(
    await startRelay({ url: shop.urlOf('bus'), schemas: ['sales'], bus: publishing, log: silentLogger, batchSize: 50 }),
  )
  running.push(
    await startConsumer({
      group: 'stock',
      bus: consuming,
      db: shop.db('stock', { max: 4 }),
      log: silentLogger,
      reactions: [
        on(Sold, async (event, { tx }) => {
          await tx`insert into effects (event_id, sale, n, sequence) values (${event.id}, ${event.data.saleId}, ${event.data.n}, ${event.sequence}::text::bigint)`
        }),
      ],
    }),
  )
  let kills = 0
  // people go on buying all the time: what was committed while there was no broker has to arrive too
  const writers = writeSales(db, outbox, {
    writers: 4,
    sales: 20,
    transactions: 300,
    rollbackShare: 0.05,
    until: () => kills === 2,
  })
  for (; kills < 2; kills += 1) {
    const before = await count('stock.effects')
    await eventually(async () => expect(await count('stock.effects')).toBeGreaterThan(before + 50), {
      timeoutMs: 60_000,
      everyMs: 50,
    })
    await broker.kill()
    const [down] = await shop.admin<{ n: number }[]>`select count(*)::int as n from sales.effects`
    // the shop does not stop with the broker
    await eventually(async () => expect(await count('sales.effects')).toBeGreaterThan(down!.n + 20), { timeoutMs: 20_000 })
    await broker.start()
  }
  await writers
  await eventually(async () => expect(await count('stock.effects')).toBe(await count('sales.effects')), {
    timeoutMs: 90_000,
    everyMs: 100,
  })
  const [verdict] = await shop.admin<{ lost: number; doubled: number; outOfOrder: number }[]>`
    select (select count(*)::int from sales.effects s where not exists (select from stock.effects e where e.event_id = s.event_id)) as lost,
           (select (count(*) - count(distinct event_id))::int from stock.effects) as doubled,
           (select count(*)::int from (select sequence, lag(sequence) over (partition by sale order by position) as before from stock.effects) x
             where sequence <= before) as "outOfOrder"`
  expect(verdict).toEqual({ lost: 0, doubled: 0, outOfOrder: 0 })
  const lag = async () => await consumerLag(consuming, shop.db('stock').sql, 'stock')
  await eventually(async () => expect(await lag()).toMatchObject([{ topic: 'sale.events', records: 0, lost: 0 }]), {
    timeoutMs: 20_000,
  })
}, 240_000)
