import { randomBytes } from 'node:crypto'
import { createClient } from '@redis/client'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually } from '#kit/testing/eventually.ts'
import { type Client, client, expectStatus, signIn } from './client.ts'
import { embeddedDatabaseUrl } from './embedded-database.ts'
import { openShop, type Shop } from './shop.ts'
import { orderOf, sell } from './stock-the-shop.ts'

const prefix = `e2e-${randomBytes(6).toString('hex')}:`
/** orders are in the logical database 2 */
const redis = createClient({ url: process.env.REDIS_URL as string, database: 2 })
const patience = { timeoutMs: 20_000, everyMs: 100 }
let shop: Shop
let sql: postgres.Sql
let staff: Client

beforeAll(async () => {
  await redis.connect()
  shop = await openShop({ ROW_CHANGES: 'on', CACHE_URL: `${process.env.REDIS_URL as string}/?prefix=${prefix}` })
  sql = postgres(await embeddedDatabaseUrl(shop.folder), { max: 1, onnotice() {} })
  staff = await signIn(shop.url, shop.administrator.email, shop.administrator.password)
  await sell(staff, 'mug')
}, 120_000)
afterAll(async () => {
  await sql?.end()
  await shop?.remove()
  redis.destroy()
}, 60_000)

interface Copy {
  readonly version: number
  readonly status: string
  readonly number: string
}

const keyOf = (id: string) => `${prefix}order:${id}`
const textOf = async (id: string) => (await redis.hGet(keyOf(id), 'value')) ?? undefined
async function copyOf(id: string): Promise<Copy | undefined> {
  const text = await textOf(id)
  return text === undefined ? undefined : (JSON.parse(text) as Copy)
}
const looked = async (id: string): Promise<Copy> => expectStatus(await staff.get(`/api/orders/${id}`), 200).body

async function buy(): Promise<string> {
  return expectStatus(await client(shop.url).post('/api/orders', orderOf('mug')), 201).body.id
}

/** What another program does to the row of an order. */
const writePast = (id: string, status: string) =>
  sql`update orders.orders set status = ${status}, version = version + 1 where id = ${id}`

/** The rows that were written with the order have been followed: its lines come on a way of their own, and the copy is forgotten with them. */
async function settled(id: string): Promise<void> {
  const [{ told, open } = { told: 0, open: 1 }] = await sql<{ told: number; open: number }[]>`
    select (select count(*)::int from bus.log where topic = 'orders.order_items' and starts_with(key, ${`{"order_id":"${id}"`})) as told,
           (select count(*)::int from bus.heads h left join orders.cursors c on c.consumer = 'orders' and c.topic = h.topic and c.partition = h.partition
             where starts_with(h.topic, 'orders.') and h.next_offset > coalesce(c.next_offset, 0)) as open`
  expect({ told, open }).toEqual({ told: 1, open: 0 })
}

/** An order whose copy was made because its row changed: nobody has looked at it. */
async function warmed(status = 'SHIPPED'): Promise<string> {
  const id = await buy()
  await eventually(() => settled(id), patience)
  await writePast(id, status)
  await eventually(async () => expect(await copyOf(id)).toMatchObject({ status }), patience)
  return id
}

describe('a shop that follows the rows of its orders (ROW_CHANGES=on) and has Redis', () => {
  it('has a copy of an order that changed before anybody looks at it, without what names a person', async () => {
    const id = await warmed()
    expect(await textOf(id)).not.toMatch(/ann@example|Ann Example|Main Street/)
    expect(await redis.ttl(keyOf(id))).toBeGreaterThan(3_000)
    expect(await looked(id)).toMatchObject({ status: 'SHIPPED', email: 'ann@example.com' })
  }, 60_000)

  it('shows the copy only as long as it is of the version that stands in the database', async () => {
    const id = await warmed()
    const copy = (await copyOf(id))!
    await redis.hSet(keyOf(id), 'value', JSON.stringify({ ...copy, number: 'from the copy' }))
    expect((await looked(id)).number).toBe('from the copy')
    await redis.hSet(keyOf(id), 'value', JSON.stringify({ ...copy, number: 'from the copy', version: copy.version - 1 }))
    expect((await looked(id)).number).toBe(copy.number)
  }, 60_000)

  it('makes a new copy of an order that changes again', async () => {
    const id = await warmed()
    const { version } = (await copyOf(id))!
    await writePast(id, 'DELIVERED')
    await eventually(async () => expect(await copyOf(id)).toMatchObject({ status: 'DELIVERED', version: version + 1 }), patience)
    expect(await redis.hGet(keyOf(id), 'version')).toBe(String(version + 1))
    expect((await looked(id)).status).toBe('DELIVERED')
  }, 60_000)

  it('forgets the copy of an order whose lines were changed, and of one that was deleted', async () => {
    const [changed, deleted] = [await warmed(), await warmed()]
    await sql`update orders.order_items set title = 'A better mug' where order_id = ${changed}`
    await sql`delete from orders.orders where id = ${deleted}`
    for (const id of [changed, deleted]) await eventually(async () => expect(await copyOf(id)).toBeUndefined(), patience)
    expectStatus(await staff.get(`/api/orders/${deleted}`), 404)
  }, 60_000)
})
