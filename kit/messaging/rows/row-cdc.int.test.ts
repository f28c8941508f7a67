import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Logger, silentLogger } from '#kit/service/logger.ts'
import { eventually } from '#kit/testing/eventually.ts'
import { grantRelay } from '../schema-sets.ts'
import { type TestShop, testShop } from '../testing/shop.ts'
import { type Envelope, UNAVAILABLE } from './row-envelope.ts'
import { type RowCdc, type RowCdcOptions, startRowCdc } from './row-cdc.ts'
import { prepareRows } from './row-slot.ts'

/** slots and roles belong to the server, which other tests use too */
const unique = `souk_rows_${randomBytes(6).toString('hex')}`
const tables = [
  { schema: 'sales', table: 'orders' },
  { schema: 'sales', table: 'order_items' },
]
let shop: TestShop
let url: string
const running = new Set<RowCdc>()

beforeEach(async () => {
  shop = await testShop()
  await shop.admin.unsafe(`
    create table sales.orders (id uuid primary key, status text not null, total bigint not null, paid boolean not null default false,
      note text, attributes jsonb not null default '{}', placed_at timestamptz not null default '2026-11-29 10:00:00.25+02') partition by range (id);
    create table sales.orders_rest partition of sales.orders default;
    alter table sales.orders_rest alter column attributes set storage external;
    create table sales.order_items (order_id uuid, line_no integer, sku text not null, primary key (order_id, line_no));
    create role ${unique} login password 'only-for-tests'`)
  await grantRelay(shop.admin, { role: unique, schemas: ['sales'], bus: true })
  await prepareRows(shop.admin, { role: unique, tables, publication: unique })
  const own = new URL(shop.urlOf('bus'))
  own.username = unique
  url = own.href
})
afterEach(async () => {
  for (const cdc of running) await cdc.stop()
  running.clear()
  await eventually(dropSlots)
  await shop.admin.unsafe(`drop publication ${unique}; drop owned by ${unique}; drop role ${unique}`)
  await shop.close()
})

async function dropSlots(): Promise<void> {
  await shop.admin`select pg_drop_replication_slot(slot_name) from pg_replication_slots where starts_with(slot_name::text, ${unique}) and not active`
  expect(await shop.admin`select 1 from pg_replication_slots where starts_with(slot_name::text, ${unique})`).toHaveLength(0)
}
async function start(more: Partial<RowCdcOptions> = {}): Promise<RowCdc> {
  const options = { url, tables, bus: shop.bus(), log: silentLogger, slot: unique, publication: unique, name: 'sales' }
  const cdc = await startRowCdc({ ...options, ...more })
  running.add(cdc)
  await eventually(() => expect([...running].some((one) => one.stats().leading)).toBe(true))
  return cdc
}
async function stop(cdc: RowCdc): Promise<void> {
  running.delete(cdc)
  await cdc.stop()
}

const id = (n: number): string => `0190a000-0000-7000-8000-${String(n).padStart(12, '0')}`
const place = (n: number, more = '') =>
  shop.admin.unsafe(`insert into sales.orders (id, status, total) values ('${id(n)}', 'PENDING', ${n * 100}) ${more}`)
interface Logged {
  topic: string
  key: string
  event_id: string
  value: string
}
const logged = async (topic = 'sales.orders') =>
  (await shop.admin<Logged[]>`
    select topic, key, event_id, value from bus.log where topic = ${topic} order by key, partition, "offset"`) as Logged[]
const changes = async (topic = 'sales.orders') =>
  (await logged(topic)).map((record) => (record.value === '' ? null : (JSON.parse(record.value) as Envelope)))
const operations = async (topic?: string) => (await changes(topic)).map((change) => change?.op ?? 'tombstone')

test('rows that are there are read first, then every change follows, with the old row and the new one', async () => {
  await place(1)
  await start()
  await eventually(async () => expect(await operations()).toEqual(['r']))
  await shop.admin`update sales.orders set status = 'CONFIRMED', paid = true where id = ${id(1)}`
  await shop.admin`delete from sales.orders where id = ${id(1)}`
  await eventually(async () => expect(await operations()).toEqual(['r', 'u', 'd', 'tombstone']))
  const [read, updated, deleted] = await changes()
  const row = {
    id: id(1),
    status: 'PENDING',
    total: 100,
    paid: false,
    note: null,
    attributes: '{}',
    placed_at: '2026-11-29T08:00:00.250000Z',
  }
  expect(read).toMatchObject({
    before: null,
    after: row,
    source: { snapshot: 'true', schema: 'sales', table: 'orders', name: 'sales' },
  })
  expect(updated).toMatchObject({
    before: row,
    after: { ...row, status: 'CONFIRMED', paid: true },
    source: { snapshot: 'false' },
  })
  expect(updated!.source.txId).toBeGreaterThan(0)
  expect(updated!.source.lsn).toBeGreaterThan(read!.source.lsn)
  expect(deleted).toMatchObject({ before: { ...row, status: 'CONFIRMED', paid: true }, after: null })
  expect(new Set((await logged()).map(({ key }) => key))).toEqual(new Set([JSON.stringify({ id: id(1) })]))
})

test('a row of several key columns is named by all of them', async () => {
  await start()
  await shop.admin`insert into sales.order_items values (${id(1)}, 2, 'mug')`
  await eventually(async () => expect(await operations('sales.order_items')).toEqual(['c']))
  expect((await logged('sales.order_items'))[0]!.key).toBe(JSON.stringify({ order_id: id(1), line_no: 2 }))
})

test('what is rolled back is never told', async () => {
  await start()
  await shop.admin
    .begin(async (tx) => {
      await tx.unsafe(`insert into sales.orders (id, status, total) values ('${id(7)}', 'PENDING', 1)`)
      throw new Error('changed my mind')
    })
    .catch(() => undefined)
  await place(8)
  await eventually(async () => expect(await operations()).toEqual(['c']))
})

test('changes made while nobody reads are told after the restart, once', async () => {
  const first = await start()
  await place(1)
  await eventually(async () => expect(await operations()).toEqual(['c']))
  await stop(first)
  await place(2)
  await shop.admin`update sales.orders set status = 'CONFIRMED' where id = ${id(1)}`
  await start()
  await eventually(async () => expect(await operations()).toEqual(['c', 'u', 'c']))
})

test('when the slot was lost, all rows are read anew and their changes go on', async () => {
  const first = await start()
  await place(1)
  await eventually(async () => expect(await operations()).toEqual(['c']))
  await stop(first)
  await eventually(dropSlots)
  await shop.admin`update sales.orders set status = 'CONFIRMED' where id = ${id(1)}`
  const second = await start()
  await eventually(async () => expect(second.stats().snapshots).toBe(1))
  await shop.admin`update sales.orders set status = 'SHIPPED' where id = ${id(1)}`
  await eventually(async () => expect(await operations()).toEqual(['c', 'r', 'u']))
  expect((await changes())[1]!.after).toMatchObject({ status: 'CONFIRMED' })
})

test('a snapshot that was interrupted is begun anew', async () => {
  await place(1)
  await shop.admin`select pg_create_logical_replication_slot(${`${unique}_snapshot`}, 'pgoutput')`
  await start()
  await eventually(async () => expect(await operations()).toEqual(['r']))
  await place(2)
  await eventually(async () => expect(await operations()).toEqual(['r', 'c']))
})

test('a large value that a change does not touch is not lost; without old rows it is said to be unavailable', async () => {
  const large = { text: randomBytes(6_000).toString('hex') }
  await start()
  await place(1)
  await shop.admin`update sales.orders set attributes = ${JSON.stringify(large)}::text::jsonb where id = ${id(1)}`
  await shop.admin`update sales.orders set status = 'CONFIRMED' where id = ${id(1)}`
  await eventually(async () => expect(await operations()).toEqual(['c', 'u', 'u']))
  expect(JSON.parse((await changes())[2]!.after!.attributes as string)).toEqual(large)
  await shop.admin.unsafe(
    'alter table sales.orders replica identity default; alter table sales.orders_rest replica identity default',
  )
  await shop.admin`update sales.orders set status = 'SHIPPED' where id = ${id(1)}`
  await eventually(async () => expect(await operations()).toEqual(['c', 'u', 'u', 'u']))
  expect((await changes())[3]).toMatchObject({ before: null, after: { status: 'SHIPPED', attributes: UNAVAILABLE } })
})

test('a column that is added, and one that is dropped, while changes flow are in the next change and not in it', async () => {
  await start()
  await place(1)
  await shop.admin.unsafe(
    'alter table sales.orders add column gift boolean not null default false; alter table sales.orders drop column note',
  )
  await shop.admin`update sales.orders set gift = true where id = ${id(1)}`
  await eventually(async () => expect(await operations()).toEqual(['c', 'u']))
  const [before, after] = await changes()
  expect(before!.after).not.toHaveProperty('gift')
  expect(after!.after).toMatchObject({ gift: true })
  expect(after!.after).not.toHaveProperty('note')
})

test('a partition that is made later is published under the name of its table', async () => {
  await start()
  await shop.admin.unsafe(`
    create table sales.orders_late partition of sales.orders for values from ('ffff0000-0000-7000-8000-000000000000') to (maxvalue);
    insert into sales.orders (id, status, total) values ('ffff0000-0000-7000-8000-000000000001', 'PENDING', 5)`)
  await eventually(async () => expect((await changes())[0]).toMatchObject({ op: 'c', source: { table: 'orders' } }))
})

test('a transaction of thousands of rows is told in pieces, whole and in order, also when the reader dies in the middle', async () => {
  const first = await start({ pieceRows: 50, batchSize: 50 })
  await place(9_999)
  await eventually(async () => expect(await operations()).toHaveLength(1))
  await shop.admin.unsafe(`
    insert into sales.order_items select '${id(1)}', n, 'sku-' || n from generate_series(1, 1000) n`)
  await eventually(async () => expect((await logged('sales.order_items')).length).toBeGreaterThan(0))
  await stop(first)
  await start({ pieceRows: 50, batchSize: 50 })
  await eventually(async () => expect(await logged('sales.order_items')).toHaveLength(1_000), { timeoutMs: 15_000, everyMs: 100 })
  const lines = (await logged('sales.order_items')).map(({ event_id }) => event_id)
  expect(new Set(lines).size).toBe(1_000)
})

test('two readers take turns: nothing is told twice, and the second goes on where the first ended', async () => {
  const [first, second] = [await start(), await start()]
  await place(1)
  await eventually(async () => expect(await operations()).toEqual(['c']))
  const leader = first.stats().leading ? first : second
  await stop(leader)
  await place(2)
  await eventually(async () => expect(await operations()).toEqual(['c', 'c']), { timeoutMs: 10_000 })
})

test('whoever watches the log is told when the server has to hold too much back, and no more once it is read again', async () => {
  const alarms: { slot: string; bytes: number }[] = []
  const log: Logger = {
    ...silentLogger,
    error: (fields, message) => {
      if (message.startsWith('changes of rows are not read')) alarms.push(fields as { slot: string; bytes: number })
    },
  }
  let away = false
  const bus = shop.bus()
  const unsteady: typeof bus = {
    ...bus,
    async publishFenced(...args) {
      if (away) throw new Error('the bus is away')
      return await bus.publishFenced(...args)
    },
  }
  const alarmBytes = 1_000_000
  const cdc = await start({ bus: unsteady, log, alarmBytes, alarmEveryMs: 50 })
  await place(1)
  await eventually(async () => expect(await operations()).toEqual(['c']))
  // a little is behind all the time
  expect(alarms).toEqual([])
  away = true
  await shop.admin`update sales.orders set note = ${randomBytes(1_000_000).toString('base64')} where id = ${id(1)}`
  await eventually(() => expect(alarms.length).toBeGreaterThan(1))
  expect(alarms[0]!.slot).toBe(unique)
  expect(alarms[0]!.bytes).toBeGreaterThan(alarmBytes)
  away = false
  await eventually(async () => {
    expect(await operations()).toEqual(['c', 'u'])
    expect(await cdc.lagBytes()).toBeLessThan(BigInt(alarmBytes))
  })
})
