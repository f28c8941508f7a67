import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type EmbeddedPostgres, startPostgres } from '#kit/db/embedded.ts'
import type { BusRecord } from '#kit/messaging/bus.ts'
import { createKafkaBus } from '#kit/messaging/kafka/kafka-bus.ts'
import type { LogBus } from '#kit/messaging/log-bus.ts'
import { silentLogger } from '#kit/service/logger.ts'
import { eventually } from '#kit/testing/eventually.ts'
import { type Client, client, expectStatus, signIn } from '../e2e/client.ts'
import { openShop, type Shop } from '../e2e/shop.ts'
import { orderOf, sell } from '../e2e/stock-the-shop.ts'
import { register, unregister } from './connector.ts'

/** A whole shop with `ROW_CHANGES=debezium`: the rows of its orders reach its services through a real Debezium and nothing else. */
const unique = `shop_${randomBytes(5).toString('hex')}`
const busUrl = `${process.env.KAFKA_URL as string}/${unique}`
const publication = 'debezium_publication'
/** made before anything is sold: whoever reads it later gets everything once more */
const earlier = `${unique}_earlier`
const patience = { timeoutMs: 30_000, everyMs: 200 }
let folder: string
let server: EmbeddedPostgres
let shop: Shop
let staff: Client
let sql: postgres.Sql
let bus: LogBus

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'souk-debezium-'))
  server = await startPostgres({ dir: join(folder, 'postgres'), disposable: true })
  sql = postgres(server.adminUrl, { max: 1, onnotice() {} })
  shop = await openShop({
    DATABASE_URL: server.adminUrl,
    SOUK_SECRET: randomBytes(36).toString('base64'),
    BUS_URL: busUrl,
    ROW_CHANGES: 'debezium',
  })
  bus = createKafkaBus({ url: busUrl, log: silentLogger, clientId: unique, pollMs: 200 })
  staff = await signIn(shop.url, shop.administrator.email, shop.administrator.password)
  await sell(staff, 'mug')
  await sql`select pg_create_logical_replication_slot(${earlier}, 'pgoutput')`
}, 240_000)
afterAll(async () => {
  for (const name of [unique, earlier]) await unregister(name)
  await shop?.remove()
  await bus?.close()
  await sql?.end()
  await server?.stop()
  await rm(folder, { recursive: true, force: true })
}, 120_000)

const connect = (name: string, more: Record<string, string> = {}) =>
  register('rows.json', {
    name,
    database: server.adminUrl,
    settings: {
      'slot.name': name,
      'publication.name': publication,
      'transforms.route.replacement': `${unique}.orders.$1`,
      ...more,
    },
  })

async function buy(): Promise<string> {
  const { status, id } = expectStatus(await client(shop.url).post('/api/orders', orderOf('mug')), 201).body
  expect(status).toBe('CONFIRMED')
  return id
}

/** What another program does, or somebody by hand: no command of ours, no event. */
const writePast = (id: string, status: string) =>
  sql`update orders.orders set status = ${status}, version = version + 1 where id = ${id}`

async function recordsOf(topic: string, id: string): Promise<BusRecord[]> {
  const positions = (await bus.heads([topic])).map(({ partition, first }) => ({ topic, partition, next: first }))
  const slices = await bus.fetch({ positions, budget: 10_000, exact: true })
  return slices.flatMap(({ records }) => records).filter(({ key }) => key.includes(id))
}

/** Statuses that the shop's other services were told the order came to. */
async function told(id: string): Promise<string[]> {
  const records = await recordsOf('order.events', id)
  return records
    .filter(({ type }) => type === 'OrderStatusUpdated.v1')
    .map(({ value }) => JSON.parse(value.toString()).data.to as string)
}

/** Who brought the order to each of its statuses. */
async function history(id: string): Promise<string[]> {
  const { items } = expectStatus(await staff.get(`/api/orders/${id}/timeline`), 200).body
  return items.map(({ to, actor }: { to: string; actor: string }) => (actor === 'database' ? `${to} by the database` : to))
}

describe('a shop whose rows are read by a real Debezium', () => {
  let before: string
  let order: string

  it('tells a status that was written past it once, and those it wrote itself no second time', async () => {
    before = await buy()
    await writePast(before, 'SHIPPED')
    await connect(unique)
    await eventually(async () => expect(await recordsOf('orders.orders', before)).toHaveLength(1), patience)
    order = await buy()
    await writePast(order, 'SHIPPED')
    await eventually(async () => expect(await told(order)).toEqual(['CONFIRMED', 'SHIPPED']), patience)
    expect(await history(order)).toEqual(['PENDING', 'CONFIRMED', 'SHIPPED by the database'])
  }, 120_000)

  it('takes what was so when Debezium came for how it is, and tells nothing of it', async () => {
    const [snapshot] = await recordsOf('orders.orders', before)
    expect(JSON.parse(snapshot!.value.toString())).toMatchObject({ op: 'r', after: { status: 'SHIPPED' } })
    await writePast(before, 'DELIVERED')
    await eventually(async () => expect(await history(before)).toContain('DELIVERED by the database'), patience)
    expect(await history(before)).toEqual(['PENDING', 'CONFIRMED', 'DELIVERED by the database'])
  }, 60_000)

  it('does nothing twice when a connector is made anew and everything comes once more', async () => {
    const first = await recordsOf('orders.orders', order)
    await unregister(unique)
    await connect(earlier, { 'snapshot.mode': 'no_data' })
    await eventually(async () => expect(await recordsOf('orders.orders', order)).toHaveLength(2 * first.length), patience)
    const again = (await recordsOf('orders.orders', order)).slice(first.length)
    expect(again.map(({ eventId }) => eventId)).toEqual(first.map(({ eventId }) => eventId))
    await writePast(order, 'DELIVERED')
    await eventually(async () => expect(await told(order)).toContain('DELIVERED'), patience)
    expect(await told(order)).toEqual(['CONFIRMED', 'SHIPPED', 'DELIVERED'])
    expect(await history(order)).toEqual(['PENDING', 'CONFIRMED', 'SHIPPED by the database', 'DELIVERED by the database'])
  }, 120_000)
})
