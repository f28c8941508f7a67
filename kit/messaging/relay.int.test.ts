import { someMorePublished } from './testing/spread-kills.ts'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Sql } from '#kit/db/db.ts'
import { silentLogger } from '#kit/service/logger.ts'
import { eventually } from '#kit/testing/eventually.ts'
import { on } from './bus.ts'
import { startConsumer } from './consumer.ts'
import { appendToLog, createTopicTable, FencedOut } from './log-writer.ts'
import { startRelay } from './relay.ts'
import { moveToLog, type OutboxRowWithPayload, readOutbox, toOutgoing } from './relay-source.ts'
import { killChildren, startChild } from './testing/child.ts'
import { Sold, type TestShop, testShop } from './testing/shop.ts'
import { flawless, judgeLog, writeSales } from './testing/writers.ts'

const busy = { writers: 20, sales: 20, transactions: 3000, rollbackShare: 0.05 }

let shop: TestShop
beforeEach(async () => {
  shop = await testShop()
})
afterEach(async () => {
  await killChildren()
  await shop.close()
})

const outboxIsEmpty = () =>
  eventually(async () => expect(await shop.admin`select 1 from sales.outbox limit 1`).toHaveLength(0), { timeoutMs: 15_000 })

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
  await outboxIsEmpty()
  await consumer.stop()
  await relay.stop()
})

test('I7: with 20 writers, rollbacks and relays that are killed and fight, every committed event is published once and in order', async () => {
  const { outbox, db } = shop.outbox('sales')
  const start = () =>
    startChild('./publisher-process.ts', { busUrl: shop.busUrl, schemas: ['sales', 'stock'], strategy: 'relay' })
  const relays = [await start(), await start()]
  let writing = true
  let kills = 0
  const writers = writeSales(db, outbox, { ...busy, until: () => kills > 2 }).finally(() => {
    writing = false
  })
  while (writing) {
    await someMorePublished(shop.admin, () => writing)
    await relays.shift()!.kill()
    kills += 1
    relays.push(await start())
  }
  expect(await writers).toBeGreaterThan(50)
  await outboxIsEmpty()
  expect(kills).toBeGreaterThan(2)
  expect(await judgeLog(shop.admin, shop.admin, 'sales')).toEqual(flawless)
  // processes are started all the time, which takes a busy machine seconds
}, 60_000)

test('I7 can fail: a relay that reads by id > cursor loses events', async () => {
  const { outbox, db } = shop.outbox('sales')
  let writing = true
  const writers = writeSales(db, outbox, { ...busy, transactions: 1000 }).finally(() => {
    writing = false
  })
  const topics = createTopicTable()
  let cursor = 0n
  for (let moved = 1; writing || moved > 0; ) {
    const rows = await shop.admin<
      OutboxRowWithPayload[]
    >`select * from sales.outbox where position > ${cursor} order by position limit 500`
    await appendToLog(shop.admin, topics, rows.map(toOutgoing))
    cursor = rows.at(-1)?.position ?? cursor
    moved = rows.length
  }
  await writers
  expect((await judgeLog(shop.admin, shop.admin, 'sales')).lost).toBeGreaterThan(0)
})

test('a relay that was paused while another one was elected writes nothing; without the epoch it would publish twice', async () => {
  const bus = shop.bus()
  const records = [
    { topic: 'sale.events', key: 'a', eventId: '019b0000-0000-7000-8000-000000000001', type: 'Sold.v1', value: '{}' },
  ]
  const count = async (sql: Sql) => (await sql`select 1 from bus.log`).length
  const paused = await bus.newEpoch('main', 'paused')
  const successor = await bus.newEpoch('main', 'successor')
  await bus.publishFenced(successor, records, () => Promise.resolve())
  await expect(bus.publishFenced(paused, records, () => Promise.resolve())).rejects.toBeInstanceOf(FencedOut)
  expect(await count(shop.admin)).toBe(1)
  await bus.publish(records)
  expect(await count(shop.admin)).toBe(2)
})

test('also where log and outbox share a database, a relay that was replaced moves nothing', async () => {
  const { outbox, db } = shop.outbox('sales')
  await db.tx((tx) => outbox.append(tx, [Sold({ saleId: 'a', n: 1 })]))
  const bus = shop.bus()
  const paused = await bus.newEpoch('main', 'paused')
  const rows = await readOutbox(shop.admin, ['sales'], 10, 'key')
  const successor = await bus.newEpoch('main', 'successor')
  await expect(moveToLog(shop.admin, bus, paused, rows)).rejects.toBeInstanceOf(FencedOut)
  expect(await shop.admin`select 1 from bus.log`).toHaveLength(0)
  expect(await moveToLog(shop.admin, bus, successor, rows)).toHaveLength(1)
})

test('a relay that died between writing to a log elsewhere and forgetting its batch does not publish it twice', async () => {
  const own = await testShop(['sales'])
  try {
    const { outbox, db } = own.outbox('sales')
    await db.tx((tx) => outbox.append(tx, [Sold({ saleId: 'a', n: 1 }), Sold({ saleId: 'b', n: 1 })]))
    const bus = shop.bus()
    const dying = await bus.newEpoch('main', 'dying')
    const rows = await readOutbox(own.admin, ['sales'], 10, 'payload')
    const batch = JSON.stringify(rows.map(({ schema, position }) => ({ schema, position: String(position) })))
    await bus.publishFenced(
      dying,
      rows.map(toOutgoing),
      (tx) => tx`update bus.relays set batch = ${batch}::text::jsonb where name = 'main'`,
    )
    const relay = await startRelay({ url: own.busUrl, schemas: ['sales'], bus, log: silentLogger })
    await eventually(async () => expect(await own.admin`select 1 from sales.outbox limit 1`).toHaveLength(0), {
      timeoutMs: 15_000,
    })
    await relay.stop()
    expect(await shop.admin`select 1 from bus.log`).toHaveLength(2)
  } finally {
    await own.close()
  }
})

test('a service with a database of its own publishes into the shared log, exactly once although its relays are killed', async () => {
  const own = await testShop(['sales'])
  try {
    const { outbox, db } = own.outbox('sales')
    const start = () =>
      startChild('./publisher-process.ts', { busUrl: shop.busUrl, url: own.busUrl, schemas: ['sales'], strategy: 'relay' })
    let relay = await start()
    let writing = true
    const writers = writeSales(db, outbox, { ...busy, transactions: 1000 }).finally(() => {
      writing = false
    })
    while (writing) {
      await someMorePublished(shop.admin, () => writing)
      await relay.kill()
      relay = await start()
    }
    await writers
    await eventually(async () => expect(await own.admin`select 1 from sales.outbox limit 1`).toHaveLength(0), {
      timeoutMs: 15_000,
    })
    expect(await judgeLog(own.admin, shop.admin, 'sales')).toEqual(flawless)
    await relay.kill()
  } finally {
    await killChildren()
    await own.close()
  }
}, 60_000)

test('a large event keeps every byte on its way through the outbox into the log', async () => {
  const { outbox, db } = shop.outbox('sales')
  const relay = await startRelay({ url: shop.busUrl, schemas: ['sales'], bus: shop.bus(), log: silentLogger })
  const saleId = 'Ü"\\🛒\u2028'.repeat(6_000)
  await db.tx((tx) => outbox.append(tx, [Sold({ saleId, n: 7 })]))
  outbox.wake()
  const [record] = await eventually(async () => {
    const rows = await shop.admin<{ key: string; value: string }[]>`select key, value from bus.log`
    expect(rows).toHaveLength(1)
    return rows
  })
  expect(record!.key).toBe(saleId)
  expect(JSON.parse(record!.value)).toMatchObject({ subject: saleId, sequence: '1', data: { saleId, n: 7 } })
  await relay.stop()
})
