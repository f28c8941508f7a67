import { someMorePublished } from './testing/spread-kills.ts'
import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { silentLogger } from '#kit/service/logger.ts'
import { eventually } from '#kit/testing/eventually.ts'
import { type Cdc, startCdc } from './cdc.ts'
import { dropCdcSlot, prepareCdc, slotState } from './cdc-slot.ts'
import { startRelay } from './relay.ts'
import { grantRelay } from './schema-sets.ts'
import { killChildren, startChild } from './testing/child.ts'
import { Sold, type TestShop, testShop } from './testing/shop.ts'
import { flawless, judgeLog, writeSales } from './testing/writers.ts'

let shop: TestShop
let url: string
/** slots and roles belong to the server, which other tests use too */
const unique = `souk_cdc_${randomBytes(6).toString('hex')}`
const schemas = ['sales']
const names = { slot: unique, publication: unique }

beforeEach(async () => {
  shop = await testShop()
  await shop.admin.unsafe(`create role ${unique} login password 'only-for-tests'`)
  await grantRelay(shop.admin, { role: unique, schemas, bus: true })
  await prepareCdc(shop.admin, { role: unique, schemas, publication: unique })
  const own = new URL(shop.urlOf('bus'))
  own.username = unique
  url = own.href
})
afterEach(async () => {
  await killChildren()
  for (const cdc of running) await cdc.stop()
  running.clear()
  await eventually(async () => {
    await dropCdcSlot(shop.admin, unique)
    expect((await slotState(shop.admin, unique)).state).toBe('missing')
  })
  await shop.admin.unsafe(`drop owned by ${unique}; drop role ${unique}`)
  await shop.close()
})

const busy = { writers: 20, sales: 20, transactions: 2000, rollbackShare: 0.05 }
const logged = async () => (await shop.admin`select 1 from bus.log`).length
const committed = async () => (await shop.admin`select 1 from sales.effects`).length
const everythingPublished = () =>
  eventually(
    async () => {
      expect(await logged()).toBe(await committed())
      expect(await shop.admin`select 1 from sales.outbox limit 1`).toHaveLength(0)
    },
    { timeoutMs: 15_000, everyMs: 50 },
  )
const running = new Set<Cdc>()
const start = async () => {
  const cdc = await startCdc({ url, schemas, bus: shop.bus(), log: silentLogger, janitorMs: 20, ...names })
  running.add(cdc)
  return cdc
}

const stop = async (cdc: Cdc) => {
  running.delete(cdc)
  await cdc.stop()
}

test('I7 with CDC: readers that are killed and fight publish every committed event once and in order', async () => {
  const { outbox, db } = shop.outbox('sales')
  const child = () => startChild('./publisher-process.ts', { busUrl: shop.busUrl, url, schemas, strategy: 'cdc', ...names })
  const readers = [await child(), await child()]
  let writing = true
  const writers = writeSales(db, outbox, busy).finally(() => {
    writing = false
  })
  while (writing) {
    await someMorePublished(shop.admin, () => writing)
    await readers.shift()!.kill()
    readers.push(await child())
  }
  await writers
  await everythingPublished()
  expect(await judgeLog(shop.admin, shop.admin, 'sales')).toEqual(flawless)
})

test('events committed while nobody reads are published later, and the server may forget what was published', async () => {
  const { outbox, db } = shop.outbox('sales')
  const first = await start()
  await db.tx((tx) => outbox.append(tx, [Sold({ saleId: 'a', n: 1 })]))
  await eventually(async () => expect(await logged()).toBe(1))
  await stop(first)
  await writeSales(db, outbox, { ...busy, transactions: 100 })
  expect(await logged()).toBe(1)
  const second = await start()
  await eventually(async () => expect(await logged()).toBe(1 + (await committed())))
  const [now] = await shop.admin<{ lsn: string }[]>`select pg_current_wal_lsn()::text as lsn`
  await eventually(async () => {
    const [slot] = await shop.admin<{ passed: boolean }[]>`
      select confirmed_flush_lsn >= ${now!.lsn}::text::pg_lsn as passed from pg_replication_slots where slot_name = ${unique}`
    expect(slot!.passed).toBe(true)
  })
  expect(await second.lagBytes()).toBeGreaterThanOrEqual(0n)
  await stop(second)
})

test('when the slot is lost, what it would have brought is taken from the outbox in order, nothing twice', async () => {
  const { outbox, db } = shop.outbox('sales')
  const first = await start()
  await writeSales(db, outbox, { ...busy, transactions: 300 })
  await everythingPublished()
  await stop(first)
  await eventually(async () => expect(await dropCdcSlot(shop.admin, unique)).toBe(true))
  // several batches, with positions of three and of four digits
  await writeSales(db, outbox, { ...busy, transactions: 1500 })
  // a row that was published and not deleted: the last reader died in between
  const [record] = await shop.admin<{ event_id: string }[]>`select event_id from bus.log order by appended_at desc limit 1`
  await shop.admin`
    insert into sales.outbox (id, aggregatetype, aggregateid, type, payload, seq)
    select event_id, 'sale', key, type, value, 0 from bus.log where event_id = ${record!.event_id}`
  const writers = writeSales(db, outbox, { ...busy, transactions: 500 })
  const second = await start()
  await writers
  await everythingPublished()
  await stop(second)
  expect(await judgeLog(shop.admin, shop.admin, 'sales')).toEqual(flawless)
})

test('a shop can change from relay to CDC and back without losing or repeating an event', async () => {
  const { outbox, db } = shop.outbox('sales')
  for (const strategy of ['relay', 'cdc', 'relay', 'cdc'] as const) {
    await writeSales(db, outbox, { ...busy, transactions: 100 })
    const publisher = strategy === 'cdc' ? await start() : await startRelay({ url, schemas, bus: shop.bus(), log: silentLogger })
    await writeSales(db, outbox, { ...busy, transactions: 100 })
    await everythingPublished()
    running.delete(publisher as Cdc)
    await publisher.stop()
    if (strategy === 'cdc') await eventually(async () => expect(await dropCdcSlot(shop.admin, unique)).toBe(true))
  }
  expect(await judgeLog(shop.admin, shop.admin, 'sales')).toEqual(flawless)
})
