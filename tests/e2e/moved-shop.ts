import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import postgres from 'postgres'
import { expect } from 'vitest'
import { eventually } from '#kit/testing/eventually.ts'
import { client, expectStatus, signIn } from './client.ts'
import type { Shop } from './shop.ts'
import { orderOf, sell } from './stock-the-shop.ts'

/** What a shop had before its data moved. */
export interface Belongings {
  readonly orders: readonly { readonly id: string; readonly number: string; readonly total: object; readonly status: string }[]
  readonly available: number
  readonly cart: object
  /** events that were committed and not yet in the log */
  readonly unsent: readonly string[]
}

const sku = 'moved'
const shopper = { email: 'mover@example.com', password: 'teal-otter-hums-41', fullName: 'Mo Ver' }
const soon = { timeoutMs: 60_000, everyMs: 200 }

/** Its master secret, as SOUK_SECRET has to say it elsewhere. */
export async function masterOf({ folder }: Pick<Shop, 'folder'>): Promise<string> {
  const { master } = JSON.parse(await readFile(join(folder, 'secrets.json'), 'utf8')) as { master: string }
  return `base64:${master}`
}

/** Stock, orders and a cart; then no relay can write the log any more, one more order is taken, and the shop is stopped. `url`: of an administrator of its database. */
export async function fillAndStop(shop: Shop, url: string): Promise<Belongings> {
  const main = postgres(url, { max: 2, onnotice() {} })
  const staff = await signIn(shop.url, shop.administrator.email, shop.administrator.password)
  await sell(staff, sku, { units: 50 })
  const guest = client(shop.url)
  expectStatus(await guest.post('/api/users/register', shopper), 200, 201)
  const me = await signIn(shop.url, shopper.email, shopper.password)
  expectStatus(await me.post('/api/cart/items', { sku, quantity: 2 }), 200, 201)
  const orders: Belongings['orders'][number][] = []
  const order = async () => orders.push(expectStatus(await guest.post('/api/orders', orderOf(sku)), 201).body)
  await order()
  await order()
  await eventually(async () => expect(await unsentIn(main)).toEqual([]), soon)

  try {
    const holder = await main.reserve()
    await holder.unsafe('begin; lock table bus.log in share row exclusive mode')
    await order()
    const unsent = await unsentIn(main)
    expect(unsent.length).toBeGreaterThan(0)
    const { cart, available } = await seen(shop.url)
    expect(await shop.stop()).toBe(0)
    return { orders, unsent, cart, available }
  } finally {
    // without a goodbye: the embedded database is gone by now
    await main.end({ timeout: 0 })
  }
}

async function seen(url: string) {
  const me = await signIn(url, shopper.email, shopper.password)
  const { lines, units, total } = expectStatus(await me.get('/api/cart'), 200).body
  const { available } = expectStatus(await me.get(`/api/inventory/${sku}`), 200).body
  const inCart = (lines as { sku: string; quantity: number }[]).map(({ sku, quantity }) => ({ sku, quantity }))
  return { cart: { lines: inCart, units, total }, available }
}

const unsentIn = async (sql: postgres.Sql): Promise<string[]> =>
  (await sql<{ id: string }[]>`select o.id from orders.outbox o order by o.position`).map(({ id }) => id)

/**
 * The same orders can be read, money and stock add up, the cart is there, what was not sent is sent once, and somebody buys: answers what there is then.
 * `sql`: of an administrator of its database.
 */
export async function expectBelongings(
  shop: Pick<Shop, 'url' | 'command'>,
  { email, password }: Shop['administrator'],
  had: Belongings,
  sql: postgres.Sql,
): Promise<Belongings> {
  const staff = await eventually(() => signIn(shop.url, email, password), soon)
  for (const { id, number, total, status } of had.orders) {
    expect(expectStatus(await staff.get(`/api/orders/${id}`), 200).body).toMatchObject({ id, number, total, status })
    const { items } = expectStatus(await staff.get(`/api/payments?orderId=${id}`), 200).body
    expect(items).toMatchObject([{ state: 'captured', captured: total }])
  }
  expect(await seen(shop.url)).toEqual({ cart: had.cart, available: had.available })

  const placed = expectStatus(await client(shop.url).post('/api/orders', orderOf(sku)), 201).body
  expect(placed.status).toBe('CONFIRMED')
  expect((await seen(shop.url)).available).toBe(had.available - 1)
  await eventually(async () => {
    expect(await unsentIn(sql)).toEqual([])
    const events = await sql<{ type: string }[]>`select l.type from bus.log l where l.key = ${placed.id as string}`
    expect(events.map(({ type }) => type)).toContain('OrderConfirmed.v1')
  }, soon)
  const told = await sql<
    { id: string }[]
  >`select l.event_id as id from bus.log l where l.event_id = any(${[...had.unsent]}::uuid[])`
  expect(told.map(({ id }) => id).sort()).toEqual([...had.unsent].sort())
  const { code, lines } = await shop.command('invariants')
  expect({ code, lines }).toMatchObject({ code: 0 })
  return { ...had, available: had.available - 1 }
}
