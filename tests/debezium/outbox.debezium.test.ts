import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type BusRecord, on } from '#kit/messaging/bus.ts'
import { type Consumer, startConsumer } from '#kit/messaging/consumer.ts'
import { createKafkaBus } from '#kit/messaging/kafka/kafka-bus.ts'
import type { LogBus } from '#kit/messaging/log-bus.ts'
import { partitionOf } from '#kit/messaging/partition.ts'
import { Sold, type TestShop, testShop } from '#kit/messaging/testing/shop.ts'
import { silentLogger } from '#kit/service/logger.ts'
import { eventually } from '#kit/testing/eventually.ts'
import { register, unregister } from './connector.ts'

/** A real Debezium with the connector of deploy/debezium reads a service's outbox; no relay of ours runs. */
const unique = `outbox_${randomBytes(5).toString('hex')}`
const earlier = `${unique}_earlier`
const patience = { timeoutMs: 40_000, everyMs: 200 }
let shop: TestShop
let bus: LogBus
let consumer: Consumer

beforeAll(async () => {
  shop = await testShop()
  await shop.admin.unsafe(`create publication ${unique} for table sales.outbox, stock.outbox`)
  for (const slot of [unique, earlier]) await shop.admin`select pg_create_logical_replication_slot(${slot}, 'pgoutput')`
  bus = createKafkaBus({ url: `${process.env.KAFKA_URL as string}/${unique}`, log: silentLogger, clientId: unique, pollMs: 200 })
  consumer = await startConsumer({
    group: 'stock',
    bus,
    db: shop.db('stock'),
    log: silentLogger,
    reactions: [
      on(Sold, async ({ id, data: { saleId, n }, sequence }, { tx }) => {
        await tx`insert into effects (event_id, sale, n, sequence) values (${id}, ${saleId}, ${n}, ${sequence}::text::bigint)`
      }),
    ],
  })
  await connect(unique)
}, 120_000)
afterAll(async () => {
  for (const name of [unique, earlier]) await unregister(name)
  await consumer?.stop()
  await bus?.close()
  await eventually(async () => {
    await shop.admin`select pg_drop_replication_slot(slot_name) from pg_replication_slots where starts_with(slot_name::text, ${unique}) and not active`
    expect(await shop.admin`select 1 from pg_replication_slots where starts_with(slot_name::text, ${unique})`).toHaveLength(0)
  }, patience)
  await shop?.close()
}, 90_000)

const connect = (name: string) =>
  register('outbox.json', {
    name,
    database: shop.url,
    settings: {
      'slot.name': name,
      'publication.name': unique,
      'transforms.outbox.route.topic.replacement': `${unique}.\${routedByValue}.events`,
    },
  })

async function records(): Promise<BusRecord[]> {
  const positions = (await bus.heads([Sold.topic])).map(({ partition, first }) => ({
    topic: Sold.topic,
    partition,
    next: first,
  }))
  return (await bus.fetch({ positions, budget: 10_000, exact: true })).flatMap(({ records: found }) => [...found])
}
const effects = () => shop.admin<{ sale: string; n: number }[]>`select sale, n from stock.effects order by position`
const ofSale = async (sale: string) => (await effects()).filter((row) => row.sale === sale).map(({ n }) => n)

it('a service gets from Debezium what the outbox says: every event once, those of a key in their order, byte for byte', async () => {
  const { outbox, db } = shop.outbox('sales')
  for (let n = 0; n < 10; n += 1)
    await db.tx((tx) =>
      outbox.append(
        tx,
        ['a', 'b', 'ü'].map((saleId) => Sold({ saleId, n })),
      ),
    )
  await eventually(async () => expect(await effects()).toHaveLength(30), patience)
  for (const sale of ['a', 'b', 'ü']) expect(await ofSale(sale)).toEqual(Array.from({ length: 10 }, (_, n) => n))
  const told = new Map((await records()).map((record) => [record.eventId, record]))
  const rows = await shop.admin<{ id: string; key: string; type: string; payload: string }[]>`
    select id, aggregateid as key, type, payload from sales.outbox`
  expect([told.size, rows.length]).toEqual([30, 30])
  for (const { id, key, type, payload } of rows) {
    expect(told.get(id)).toMatchObject({ key, type, partition: partitionOf(key, 12) })
    expect(told.get(id)!.value.toString()).toBe(payload)
  }
}, 90_000)

it('what a connector that is made anew sends once more takes no second effect', async () => {
  await unregister(unique)
  await connect(earlier)
  await eventually(async () => expect(await records()).toHaveLength(60), patience)
  const { outbox, db } = shop.outbox('sales')
  await db.tx((tx) =>
    outbox.append(
      tx,
      ['a', 'b', 'ü'].map((saleId) => Sold({ saleId, n: 10 })),
    ),
  )
  await eventually(async () => {
    for (const sale of ['a', 'b', 'ü']) expect(await ofSale(sale)).toContain(10)
  }, patience)
  for (const sale of ['a', 'b', 'ü']) expect(await ofSale(sale)).toEqual(Array.from({ length: 11 }, (_, n) => n))
}, 90_000)
