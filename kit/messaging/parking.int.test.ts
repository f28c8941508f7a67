import { afterEach, beforeEach, expect, test } from 'vitest'
import { DomainError } from '#kit/core/errors.ts'
import { silentLogger } from '#kit/service/logger.ts'
import { eventually } from '#kit/testing/eventually.ts'
import { on, type OutgoingRecord, type Reaction } from './bus.ts'
import { type Consumer, startConsumer } from './consumer.ts'
import {
  deadLetterPatterns,
  discardDeadLetter,
  inspectDeadLetter,
  listDeadLetters,
  parkedCounts,
  redriveDeadLetters,
} from './dlq.ts'
import { defineEvent, encodeEvent, type NewEvent } from './event.ts'
import { messagingStats } from './lag.ts'
import type { PostgresBus } from './postgres-bus.ts'
import { Sold, type TestShop, testShop } from './testing/shop.ts'

let shop: TestShop
let bus: PostgresBus
let consumer: Consumer | undefined
/** sales that cannot be handled, and the error they meet */
const poison = new Map<string, (n: number) => Error | undefined>()
const tries: string[] = []

beforeEach(async () => {
  poison.clear()
  tries.length = 0
  shop = await testShop()
  bus = shop.bus()
})
afterEach(async () => {
  await consumer?.stop()
  consumer = undefined
  await shop.close()
})

const react = on(Sold, async (event, { tx }) => {
  const { saleId, n } = event.data
  tries.push(`${saleId}/${n}`)
  await tx`insert into effects (event_id, sale, n, sequence) values (${event.id}, ${saleId}, ${n}, ${event.sequence}::text::bigint)`
  const error = poison.get(saleId)?.(n)
  if (error) throw error
})

async function consume(reactions: Reaction[] = [react]): Promise<void> {
  consumer = await startConsumer({
    group: 'stock',
    bus,
    db: shop.db('stock'),
    log: silentLogger,
    reactions,
    retryBaseMs: 30,
    pollMs: 50,
  })
}

const sequence = new Map<string, number>()
beforeEach(() => sequence.clear())

function record(event: NewEvent): OutgoingRecord {
  const next = (sequence.get(event.key) ?? 0) + 1
  sequence.set(event.key, next)
  const value = `${encodeEvent(event, 'sales').slice(0, -1)},"sequence":"${next}"}`
  return { topic: Sold.topic, key: event.key, eventId: event.id, type: event.type, value }
}
const sold = (saleId: string, n: number) => record(Sold({ saleId, n }))

const effectsOf = async (sale: string) =>
  (await shop.admin<{ n: number }[]>`select n from stock.effects where sale = ${sale} order by position`).map((row) => row.n)
const dlqRecords = () =>
  shop.admin<
    { key: string; value: string }[]
  >`select key, value from bus.log where topic = 'sale.events.dlq' order by appended_at`
/** How long a busy machine may take for three tries of everything that fails. */
const patiently = { timeoutMs: 15_000 }
const settled = (dead: number) =>
  eventually(async () => {
    const [counts] = await parkedCounts(shop.db('stock').sql)
    expect({ dead: counts?.dead ?? 0, retrying: counts?.retrying ?? 0 }).toEqual({ dead, retrying: 0 })
    expect(await dlqRecords()).toHaveLength(dead)
  }, patiently)

test('a reaction that fails for a moment is tried again, and later events of its sale keep their order', async () => {
  let failures = 2
  poison.set('shaky', (n) => (n === 1 && failures-- > 0 ? new Error('not now') : undefined))
  await consume()
  await bus.publish([sold('shaky', 1), sold('shaky', 2), sold('fine', 1), sold('shaky', 3)])
  await eventually(async () => expect(await effectsOf('shaky')).toEqual([1, 2, 3]))
  expect(await effectsOf('fine')).toEqual([1])
  expect(tries.filter((entry) => entry === 'shaky/1')).toHaveLength(3)
  await settled(0)
})

test('a sale whose reaction needs somebody who is away for a while is not given up', async () => {
  let away = 8
  poison.set('patient', () => (away-- > 0 ? new DomainError('unavailable', 'stock/away', 'Nobody answers.') : undefined))
  await consume()
  await bus.publish([sold('patient', 1), sold('patient', 2), sold('fine', 1)])
  await eventually(async () => expect(await effectsOf('patient')).toEqual([1, 2]), patiently)
  expect(await effectsOf('fine')).toEqual([1])
  await settled(0)
})

test('I9, I10: a poisoned sale ends in the dead letters after three tries, its later events wait, all other sales flow', async () => {
  poison.set('bad', (n) => (n === 1 ? new Error('cannot book sale 4711') : undefined))
  await consume()
  const others = Array.from({ length: 40 }, (_, n) => `sale-${n}`)
  await bus.publish([
    sold('bad', 0),
    ...others.map((sale) => sold(sale, 1)),
    sold('bad', 1),
    sold('bad', 2),
    ...others.map((sale) => sold(sale, 2)),
  ])
  await settled(1)
  await bus.publish([sold('bad', 3), ...others.map((sale) => sold(sale, 3))])
  for (const sale of others) await eventually(async () => expect(await effectsOf(sale)).toEqual([1, 2, 3]))
  expect(await effectsOf('bad')).toEqual([0])
  expect(tries.filter((entry) => entry === 'bad/1')).toHaveLength(3)

  const sql = shop.db('stock').sql
  const [letter] = await listDeadLetters(sql)
  expect(letter).toMatchObject({ group: 'stock', key: 'bad', attempts: 3, message: 'cannot book sale 4711', waiting: 2 })
  expect(await inspectDeadLetter(sql, 'stock', letter!.eventId)).toMatchObject({ waitingEvents: [{}, {}] })
  expect(JSON.parse((await dlqRecords())[0]!.value)).toMatchObject({
    type: 'DeadLetter.v1',
    causationid: letter!.eventId,
    data: { group: 'stock', attempts: 3, error: { message: 'cannot book sale 4711' } },
  })
  expect(await messagingStats({ name: 'stock', db: shop.db('stock'), bus })).toMatchObject({
    dead: 1,
    waiting: 2,
    retrying: 0,
    lagRecords: 0,
  })
})

test('after the cause is mended, a redrive handles the event and those behind it in order; a second redrive does nothing', async () => {
  poison.set('bad', () => new Error('broken'))
  await consume()
  await bus.publish([sold('bad', 1), sold('bad', 2), sold('bad', 3)])
  await settled(1)
  poison.clear()
  const sql = shop.db('stock').sql
  const redriven = await Promise.all([redriveDeadLetters(sql, { key: 'bad' }), redriveDeadLetters(sql, { key: 'bad' })])
  expect(redriven.sort()).toEqual([0, 1])
  await bus.publish([sold('bad', 4)])
  await eventually(async () => expect(await effectsOf('bad')).toEqual([1, 2, 3, 4]))
  await eventually(async () => expect(await parkedCounts(sql)).toEqual([]))
  expect(await redriveDeadLetters(sql, {})).toBe(0)
})

test('a dead letter that is discarded has no effect, and the events behind it go on', async () => {
  poison.set('bad', (n) => (n === 1 ? new Error('broken') : undefined))
  await consume()
  await bus.publish([sold('bad', 1), sold('bad', 2)])
  await settled(1)
  const sql = shop.db('stock').sql
  const [letter] = await listDeadLetters(sql)
  expect(await discardDeadLetter(sql, 'stock', letter!.eventId)).toMatchObject({ key: 'bad' })
  expect(await discardDeadLetter(sql, 'stock', letter!.eventId)).toBeUndefined()
  await eventually(async () => expect(await effectsOf('bad')).toEqual([2]))
})

test('a broken business rule is not tried again, and equal errors make one pattern', async () => {
  for (const sale of ['x', 'y'])
    poison.set(sale, () => new DomainError('rule', 'stock/closed', `Sale '${sale}' was closed at 12:30.`))
  await consume()
  await bus.publish([sold('x', 1), sold('y', 1)])
  await settled(2)
  expect(tries.filter((entry) => entry === 'x/1').length).toBeLessThanOrEqual(2)
  const patterns = await deadLetterPatterns(shop.db('stock').sql)
  expect(patterns).toHaveLength(1)
  expect(patterns[0]).toMatchObject({ code: 'stock/closed', count: 2, pattern: 'Sale <text> was closed at <n>:<n>.' })
})

test('S33: an event with wrong data and a version from the future are kept as dead letters; a newer release picks the latter up', async () => {
  const SoldV2 = defineEvent('Sold.v2', 'sale', 'saleId', 'Sold, told better.', Sold.schema)
  await consume()
  const wrong = sold('wrong', 1)
  await bus.publish([
    { ...wrong, value: wrong.value.replace('"n":1', '"n":"one"') },
    record(SoldV2({ saleId: 'new', n: 1 })),
    sold('new', 2),
  ])
  await settled(2)
  const letters = await listDeadLetters(shop.db('stock').sql)
  expect(letters.map((letter) => letter.code).sort()).toEqual(['messaging/invalid-event', 'messaging/unknown-version'])
  await consumer!.stop()
  await consume([react, on(SoldV2, react.handle as never)])
  await eventually(async () => expect(await effectsOf('new')).toEqual([1, 2]))
  await eventually(async () =>
    expect(await parkedCounts(shop.db('stock').sql)).toMatchObject([{ dead: 1, retrying: 0, waiting: 0 }]),
  )
})

test('one sale in a hundred is poisoned: exactly those end in the dead letters, everything else is handled once', async () => {
  for (let n = 0; n < 10; n += 1) poison.set(`sale-${n * 100}`, () => new Error('poison'))
  await consume()
  const published = Array.from({ length: 1000 }, (_, n) => sold(`sale-${n}`, n))
  await bus.publish(published)
  await settled(10)
  // the dead letters may be written while other partitions are still being read
  await eventually(async () => {
    const [row] = await shop.admin<
      { effects: number; events: number }[]
    >`select count(*)::int as effects, count(distinct event_id)::int as events from stock.effects`
    expect({ ...row }).toEqual({ effects: 990, events: 990 })
  }, patiently)
})
