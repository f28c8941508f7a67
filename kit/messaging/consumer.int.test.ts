import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { currentContext, deadlineOf, withContext } from '#kit/core/context.ts'
import { silentLogger } from '#kit/service/logger.ts'
import { eventually } from '#kit/testing/eventually.ts'
import type { OutgoingRecord } from './bus.ts'
import { on, onMany } from './bus.ts'
import { type Consumer, startConsumer } from './consumer.ts'
import { claimBatch, createCursors, CursorMoved, readCursors } from './consumer-claim.ts'
import { createConsumerStore } from './consumer-store.ts'
import { encodeEvent, type Event } from './event.ts'
import { consumerLag } from './lag.ts'
import { deleteExpired, keepRetention, offsetsAt, seek } from './log-admin.ts'
import type { PostgresBus } from './postgres-bus.ts'
import { killChildren, startChild } from './testing/child.ts'
import { Sold, type TestShop, testShop } from './testing/shop.ts'

let shop: TestShop
let bus: PostgresBus
const running: Consumer[] = []
beforeEach(async () => {
  shop = await testShop()
  bus = shop.bus()
})
afterEach(async () => {
  await Promise.all(running.splice(0).map((consumer) => consumer.stop()))
  await killChildren()
  await shop.close()
})

const sequences = new Map<string, number>()
beforeEach(() => sequences.clear())

/** As the relay would publish it. */
function sold(saleId: string, n: number): OutgoingRecord {
  const event = Sold({ saleId, n })
  const sequence = (sequences.get(saleId) ?? 0) + 1
  sequences.set(saleId, sequence)
  const value = `${encodeEvent(event, 'sales').slice(0, -1)},"sequence":"${sequence}"}`
  return { topic: Sold.topic, key: saleId, eventId: event.id, type: event.type, value }
}

test('a round of work that never ends does not stop a service for good', async () => {
  const db = shop.db('stock')
  const store = createConsumerStore(db, 'stock')
  let tries = 0
  const handled: string[] = []
  const consumer = await startConsumer({
    group: 'stock',
    bus,
    db,
    // the first transaction begins, and nothing is heard of it again
    store: { ...store, tx: (work) => (++tries === 1 ? new Promise(() => {}) : store.tx(work)) },
    log: silentLogger,
    patienceMs: 200,
    reactions: [on(Sold, (event) => Promise.resolve(void handled.push(event.data.saleId)))],
  })
  running.push(consumer)
  await bus.publish([sold('a', 1), sold('b', 1)])
  await eventually(() => expect(handled.sort()).toEqual(['a', 'b']))
})

async function consume(onEvent: (event: Event<{ saleId: string; n: number }>) => void = () => {}): Promise<Consumer> {
  const consumer = await startConsumer({
    group: 'stock',
    bus,
    db: shop.db('stock'),
    log: silentLogger,
    reactions: [
      on(Sold, async (event, { tx }) => {
        await tx`insert into effects (event_id, sale, n, sequence) values (${event.id}, ${event.data.saleId}, ${event.data.n}, ${event.sequence}::text::bigint)`
        onEvent(event)
      }),
    ],
  })
  running.push(consumer)
  return consumer
}

/** The same with one statement for all events of a batch. */
function consumeMany(onEvents: (events: readonly Event<{ saleId: string; n: number }>[]) => void): Promise<Consumer> {
  return startConsumer({
    group: 'stock',
    bus,
    db: shop.db('stock'),
    log: silentLogger,
    reactions: [
      onMany(Sold, async (events, { tx }) => {
        const rows = events.map(({ id, data, sequence }) => ({ event_id: id, sale: data.saleId, n: data.n, sequence }))
        await tx`
          insert into effects (event_id, sale, n, sequence)
          select event_id, sale, n, sequence from jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb) as e(event_id uuid, sale text, n int, sequence bigint)`
        onEvents(events)
      }),
    ],
  })
}

/** How the effects differ from "each event once, per sale in order". */
async function judgeEffects(published: readonly OutgoingRecord[]) {
  const effects = await shop.admin<
    { event_id: string; sale: string; sequence: bigint }[]
  >`select event_id, sale, sequence from stock.effects order by position`
  const seen = new Set(effects.map((row) => row.event_id))
  const last = new Map<string, bigint>()
  let outOfOrder = 0
  for (const row of effects) {
    if (row.sequence <= (last.get(row.sale) ?? 0n)) outOfOrder += 1
    last.set(row.sale, row.sequence)
  }
  return { lost: published.filter((record) => !seen.has(record.eventId)).length, doubled: effects.length - seen.size, outOfOrder }
}

const caughtUp = () =>
  eventually(
    async () => {
      const lag = await consumerLag(bus, shop.db('stock').sql, 'stock')
      expect(lag.reduce((sum, topic) => sum + topic.records, 0)).toBe(0)
      expect(lag.length).toBeGreaterThan(0)
    },
    { timeoutMs: 15_000, everyMs: 50 },
  )

/** Some of its effects are there, and far from all: whoever has moved the position for them already is caught. */
const inTheMiddleOf = (batch: readonly OutgoingRecord[]) =>
  eventually(
    async () => {
      const [row] =
        await shop.admin`select 1 from stock.effects where event_id = any(${batch.map(({ eventId }) => eventId)}::uuid[]) limit 1`
      expect(row).toBeDefined()
    },
    { timeoutMs: 15_000, everyMs: 1 },
  )

async function killLoop(mode: 'safe' | 'ack-first', kills: number): Promise<OutgoingRecord[]> {
  const start = () =>
    startChild('./consumer-process.ts', { busUrl: shop.busUrl, dbUrl: shop.urlOf('stock'), group: 'stock', mode })
  const published: OutgoingRecord[] = []
  let child = await start()
  for (let kill = 0; kill < kills; kill += 1) {
    const batch = Array.from({ length: 300 }, (_, n) => sold(`sale-${n % 20}`, n))
    // every tenth record twice: a relay of a foreign bus may repeat itself
    await bus.publish(batch.flatMap((record, n) => (n % 10 === 0 ? [record, record] : [record])))
    published.push(...batch)
    if (mode === 'safe') await delay(Math.random() * 60)
    else await inTheMiddleOf(batch)
    await child.kill()
    child = await start()
  }
  await caughtUp()
  await child.kill()
  return published
}

test('I8: a consumer that is killed again and again loses no event and handles none twice', async () => {
  const published = await killLoop('safe', 10)
  expect(await judgeEffects(published)).toEqual({ lost: 0, doubled: 0, outOfOrder: 0 })
}, 60_000)

test('I8 can fail: a consumer that moves its position first loses events', async () => {
  const published = await killLoop('ack-first', 3)
  expect((await judgeEffects(published)).lost).toBeGreaterThan(0)
}, 60_000)

test('a repeated event has one effect, and events of types nobody asked for are passed over', async () => {
  const consumer = await consume()
  const record = sold('a', 1)
  await bus.publish([record, record, { ...sold('a', 2), type: 'Weighed.v1' }, record])
  await caughtUp()
  expect(await judgeEffects([record])).toEqual({ lost: 0, doubled: 0, outOfOrder: 0 })
  expect(consumer.stats()).toMatchObject({ handled: 1, parked: 0 })
})

test('what a reaction does carries the ids of the event that caused it, and is waited for as long as the reaction', async () => {
  const seen: unknown[] = []
  const left: number[] = []
  await consume((event) => {
    const { traceId, correlationId, causationId } = currentContext()
    seen.push([event.id, { traceId, correlationId, causationId }])
    left.push(deadlineOf()! - Date.now())
  })
  const record = withContext({ traceId: 't'.repeat(32), correlationId: 'request-1' }, () => sold('a', 1))
  await bus.publish([record])
  await caughtUp()
  expect(seen).toEqual([[record.eventId, { traceId: 't'.repeat(32), correlationId: 'request-1', causationId: record.eventId }]])
  expect(left).toEqual([expect.toSatisfy((ms: number) => ms <= 4_000)])
})

test('a position somebody else has moved is noticed: two consumers of the same partitions never act twice', async () => {
  // a second group membership on the same partitions: ownership is cheated, only the compared cursor is left
  const everything = { owns: () => true, onChange() {}, leave: () => Promise.resolve() }
  const rival = shop.bus()
  bus.join = () => Promise.resolve(everything)
  rival.join = () => Promise.resolve(everything)
  await consume()
  bus = rival
  await consume()
  const published = Array.from({ length: 1000 }, (_, n) => sold(`sale-${n % 10}`, n))
  for (let at = 0; at < published.length; at += 50) await bus.publish(published.slice(at, at + 50))
  await caughtUp()
  expect(await judgeEffects(published)).toEqual({ lost: 0, doubled: 0, outOfOrder: 0 })
})

test('who comes second with an old position takes nothing, and the position stays where the first has put it', async () => {
  const { sql } = shop.db('stock')
  const slice = (upTo: bigint) => ({ topic: Sold.topic, partition: 0, from: 0n, upTo, missed: 0n, records: [] })
  await createCursors(sql, 'stock', [{ topic: Sold.topic, partition: 0, next: 0n }])
  await claimBatch(sql, 'stock', [slice(7n)], [])
  await expect(claimBatch(sql, 'stock', [slice(3n)], [])).rejects.toBeInstanceOf(CursorMoved)
  expect(await readCursors(sql, 'stock')).toEqual([{ topic: Sold.topic, partition: 0, next: 7n }])
})

test('a replay fills gaps without doubling; a rebuild handles everything again in order', async () => {
  await consume()
  const published = Array.from({ length: 100 }, (_, n) => sold(`sale-${n % 10}`, n))
  await bus.publish(published)
  await caughtUp()
  const db = shop.db('stock')
  const start = Array.from({ length: 12 }, (_, partition) => ({ partition, next: 0n }))
  await seek({ bus, db, group: 'stock', topic: Sold.topic, to: start, again: false })
  await caughtUp()
  expect(await judgeEffects(published)).toEqual({ lost: 0, doubled: 0, outOfOrder: 0 })
  await db.sql`delete from effects`
  expect(await seek({ bus, db, group: 'stock', topic: Sold.topic, to: start, again: true })).toBe(100)
  await caughtUp()
  expect(await judgeEffects(published)).toEqual({ lost: 0, doubled: 0, outOfOrder: 0 })
})

test('the retention deletes old events from the front; who had not read them is told how many are missing', async () => {
  const old = Array.from({ length: 30 }, (_, n) => sold('a', n))
  await bus.publish(old)
  await shop.admin`update bus.log set appended_at = now() - interval '8 days'`
  const noon = new Date()
  await bus.publish([sold('a', 100)])
  expect(await deleteExpired(bus.sql)).toBe(30)
  expect(await deleteExpired(bus.sql)).toBe(0)
  const [head] = await bus.heads([Sold.topic])
  expect(head).toMatchObject({ first: 30n, next: 31n })
  expect(await offsetsAt(bus.sql, Sold.topic, noon)).toContainEqual({ partition: head!.partition, next: 30n })
  const consumer = await consume()
  await eventually(() => expect(consumer.stats()).toMatchObject({ handled: 1, missed: 0n }))
  await shop.admin`update stock.cursors set next_offset = 0 where partition = ${head!.partition}`
  await eventually(() => expect(consumer.stats()).toMatchObject({ handled: 1, missed: 30n }))
})

test('old events are deleted by the clock, for as long as the shop runs', async () => {
  await bus.publish(Array.from({ length: 30 }, (_, n) => sold('a', n)))
  await shop.admin`update bus.log set appended_at = now() - interval '8 days'`
  const stop = new AbortController()
  const keeping = keepRetention(bus.sql, silentLogger, stop.signal, 20)
  await eventually(async () => expect(await shop.admin`select 1 from bus.log`).toHaveLength(0))
  stop.abort()
  await keeping
})

test('a reaction to many events at once costs one statement a batch, in order per sale, and each event once', async () => {
  const calls: number[] = []
  running.push(await consumeMany((events) => void calls.push(events.length)))
  const published = Array.from({ length: 300 }, (_, n) => sold(`sale-${n % 50}`, n))
  await bus.publish([...published, ...published.slice(0, 50)])
  await caughtUp()
  expect(await judgeEffects(published)).toEqual({ lost: 0, doubled: 0, outOfOrder: 0 })
  expect(calls.reduce((sum, count) => sum + count, 0)).toBe(300)
  expect(calls.length).toBeLessThanOrEqual(10)
})

test('of many events handled at once, the one to blame is parked and all others have their effect once', async () => {
  running.push(
    await consumeMany((events) => {
      if (events.some((event) => event.data.saleId === 'sale-17')) throw new Error('cannot book sale 17')
    }),
  )
  const published = Array.from({ length: 200 }, (_, n) => sold(`sale-${n % 100}`, n))
  await bus.publish(published)
  await caughtUp()
  const fine = published.filter(({ key }) => key !== 'sale-17')
  expect(await judgeEffects(fine)).toEqual({ lost: 0, doubled: 0, outOfOrder: 0 })
  const parked = await shop.admin<{ key: string; state: string }[]>`select key, state from stock.parked order by "offset"`
  expect(parked.map(({ key }) => key)).toEqual(['sale-17', 'sale-17'])
  expect(parked[1]!.state).toBe('waiting')
})

test('types that nobody wants cost no transaction; from the moment they are wanted none is missed', async () => {
  let wanted = false
  const consumer = await startConsumer({
    group: 'stock',
    bus,
    db: shop.db('stock'),
    log: silentLogger,
    reactions: [
      onMany(Sold, async (events, { tx }) => {
        for (const event of events)
          await tx`insert into effects (event_id, sale, n, sequence) values (${event.id}, ${event.data.saleId}, 0, 1)`
      }),
    ],
    wanted: async () => () => wanted,
  })
  running.push(consumer)
  await bus.publish(Array.from({ length: 40 }, (_, n) => sold(`before-${n}`, n)))
  await caughtUp()
  expect(await shop.admin`select 1 from stock.inbox`).toHaveLength(0)
  wanted = true
  await bus.publish(Array.from({ length: 40 }, (_, n) => sold(`after-${n}`, n)))
  await eventually(async () => expect(await shop.admin`select 1 from stock.effects where sale like 'after%'`).toHaveLength(40))
  expect(await shop.admin`select 1 from stock.effects`).toHaveLength(40)
})
