import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, inject, it } from 'vitest'
import { OrderItemRows, OrderRows } from '#contracts/rows/orders.ts'
import { openDb, type OpenedDb } from '#kit/db/open.ts'
import { type BusRecord, on } from '#kit/messaging/bus.ts'
import { createEventDecoder } from '#kit/messaging/event-decoder.ts'
import { createKafkaBus } from '#kit/messaging/kafka/kafka-bus.ts'
import type { LogBus } from '#kit/messaging/log-bus.ts'
import { type RowCdc, startRowCdc } from '#kit/messaging/rows/row-cdc.ts'
import { prepareRows } from '#kit/messaging/rows/row-slot.ts'
import { silentLogger } from '#kit/service/logger.ts'
import { eventually } from '#kit/testing/eventually.ts'
import { register, unregister } from './connector.ts'

/**
 * A real Debezium with the connector of deploy/debezium beside our own reader, on the same tables: consumers must not be able to tell them apart.
 * Wants DEBEZIUM_URL (Kafka Connect) and the KAFKA_URL it writes to.
 */
const unique = `rows_${randomBytes(5).toString('hex')}`
const tables = [
  { schema: 'orders', table: 'orders' },
  { schema: 'orders', table: 'order_items' },
]
const id = '0190a000-0000-7000-8000-000000000001'
const topics = ['orders.orders', 'orders.order_items']
const kafka = (prefix: string) =>
  createKafkaBus({ url: `${process.env.KAFKA_URL as string}/${prefix}`, log: silentLogger, clientId: prefix, pollMs: 200 })
const [theirs, ours] = [kafka(`${unique}-theirs`), kafka(`${unique}-ours`)]
const decoder = createEventDecoder([on(OrderRows, async () => undefined), on(OrderItemRows, async () => undefined)])
let admin: OpenedDb
let db: OpenedDb
let reader: RowCdc

beforeAll(async () => {
  const server = inject('postgresUrl')
  admin = openDb({ url: server, schema: 'public', applicationName: 'test debezium', max: 1 })
  await admin.sql.unsafe(`create database ${unique}`)
  const url = new URL(server)
  url.pathname = `/${unique}`
  db = openDb({ url: url.href, schema: 'public', applicationName: 'test debezium', max: 2 })
  await db.sql.unsafe(`
    create schema orders;
    create table orders.orders (id uuid primary key, number text not null, status text not null, version bigint not null default 1, paid boolean,
      attributes jsonb not null default '{}', placed_at timestamptz not null default '2026-11-29 10:00:00.25+02') partition by range (id);
    create table orders.orders_rest partition of orders.orders default;
    alter table orders.orders_rest alter column attributes set storage external;
    create table orders.order_items (order_id uuid, line_no integer, sku text not null, quantity integer not null, primary key (order_id, line_no));
    insert into orders.orders (id, number, status) values ('${id}', 'ORD-1', 'PENDING')`)
  await prepareRows(db.sql, { role: url.username, tables, publication: unique })
  // so that the topics have the partitions of the shop before anybody writes
  for (const bus of [theirs, ours]) await (await bus.join('test', topics)).leave()
  reader = await startRowCdc({
    url: url.href,
    tables,
    bus: ours,
    log: silentLogger,
    publication: unique,
    slot: `${unique}_ours`,
    name: 'orders',
  })
  const settings = {
    'slot.name': unique,
    'publication.name': unique,
    'transforms.route.replacement': `${unique}-theirs.orders.$1`,
  }
  await register('rows.json', { name: unique, database: url.href, settings })
  await eventually(async () => expect(await changes(theirs, 'orders.orders')).toHaveLength(1), {
    timeoutMs: 40_000,
    everyMs: 200,
  })
  await eventually(async () => expect(await changes(ours, 'orders.orders')).toHaveLength(1), { timeoutMs: 20_000, everyMs: 200 })
}, 120_000)
afterAll(async () => {
  await unregister(unique)
  await reader?.stop()
  await theirs.close()
  await ours.close()
  await eventually(async () => {
    await admin.sql`select pg_drop_replication_slot(slot_name) from pg_replication_slots where starts_with(slot_name::text, ${unique}) and not active`
    expect(await admin.sql`select 1 from pg_replication_slots where starts_with(slot_name::text, ${unique})`).toHaveLength(0)
  })
  await db.close()
  await admin.sql.unsafe(`drop database ${unique} with (force)`)
  await admin.close()
}, 60_000)

async function recordsOf(bus: LogBus, topic: string): Promise<BusRecord[]> {
  const positions = Array.from({ length: 12 }, (_, partition) => ({ topic, partition, next: 0n }))
  const slices = await bus.fetch({ positions, names: decoder.names, budget: 5_000 })
  return slices.flatMap(({ records }) => [...records])
}

/** What a reaction would get, without what tells when and where it was read. */
async function changes(bus: LogBus, topic: string) {
  return (await recordsOf(bus, topic)).map((record) => {
    const decoded = decoder.decode(record)
    if (decoded.kind !== 'event') return { key: record.key, kind: decoded.kind }
    const { op, before, after } = decoded.event.data as { op: string; before: unknown; after: unknown }
    return { key: record.key, op, before, after }
  })
}

it('what happens to an order comes from Debezium in the same words as from our reader', async () => {
  const { sql } = db
  await sql`update orders.orders set attributes = ${JSON.stringify({ text: randomBytes(5_000).toString('hex') })}::text::jsonb where id = ${id}`
  await sql`update orders.orders set status = 'CONFIRMED', version = 2, paid = true where id = ${id}`
  await sql.unsafe('alter table orders.orders add column gift boolean not null default true')
  await sql`insert into orders.order_items values (${id}, 1, 'mug', 2)`
  await sql`update orders.orders set status = 'SHIPPED', version = 3 where id = ${id}`
  await sql`delete from orders.order_items where order_id = ${id}`
  await sql`delete from orders.orders where id = ${id}`
  await eventually(async () => expect(await changes(ours, 'orders.orders')).toHaveLength(6), { timeoutMs: 20_000, everyMs: 200 })
  await eventually(
    async () => {
      for (const topic of topics) expect(await changes(theirs, topic)).toEqual(await changes(ours, topic))
    },
    { timeoutMs: 20_000, everyMs: 200 },
  )
  const kinds = (await changes(theirs, 'orders.orders')).map((change) => change.op ?? change.kind)
  expect(kinds).toEqual(['r', 'u', 'u', 'u', 'd', 'ignored'])
}, 60_000)

it('a change has an id of its own, the same however often it is read', async () => {
  const ids = async () => (await recordsOf(theirs, 'orders.orders')).map(({ eventId }) => eventId)
  const first = await ids()
  expect(new Set(first).size).toBe(6)
  expect(await ids()).toEqual(first)
})
