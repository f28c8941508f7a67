// topology: its own
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type EmbeddedPostgres, startPostgres } from '#kit/db/embedded.ts'
import { withDatabase } from '#kit/db/url.ts'
import { eventually } from '#kit/testing/eventually.ts'
import { killServer } from '#kit/testing/replica.ts'
import { startBuyers } from './buyers.ts'
import { client, expectStatus, signIn } from './client.ts'
import { openShop, type Shop } from './shop.ts'
import { address, sell } from './stock-the-shop.ts'

let folder: string
let server: EmbeddedPostgres
let shop: Shop
let orders: postgres.Sql
let main: postgres.Sql
const secret = randomBytes(36).toString('base64')

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'souk-databases-'))
  server = await startPostgres({ dir: join(folder, 'postgres'), disposable: true })
  main = postgres(server.adminUrl, { max: 1, onnotice() {} })
  await main.unsafe('create database apart')
  const apart = server.adminUrl.replace(/\/souk$/, '/apart')
  orders = postgres(apart, { max: 1, onnotice() {} })
  shop = await openShop({ DATABASE_URL: server.adminUrl, ORDERS_DATABASE_URL: apart, SOUK_SECRET: secret })
}, 120_000)
afterAll(async () => {
  await shop?.remove()
  await Promise.all([orders?.end(), main?.end()])
  await server?.stop()
  await rm(folder, { recursive: true, force: true })
})

describe('a shop whose orders lie in a database of their own', () => {
  it('sells, and the events of both databases reach the log', async () => {
    const staff = await signIn(shop.url, shop.administrator.email, shop.administrator.password)
    await sell(staff, 'far', { units: 5 })
    const body = {
      items: [{ sku: 'far', quantity: 1 }],
      email: 'ann@example.com',
      shippingAddress: address,
      paymentMethodId: 'tok_approve',
    }
    const placed = expectStatus(await client(shop.url).post('/api/orders', body), 201)
    expect(placed.body.status).toBe('CONFIRMED')
    await eventually(
      async () => {
        expect((await orders`select 1 from orders.outbox`).length).toBe(0)
        const types = (await main`select distinct l.type from bus.log l where l.key = ${placed.body.id as string}`).map(
          (row) => row.type,
        )
        expect(types).toContain('OrderConfirmed.v1')
      },
      { timeoutMs: 15_000 },
    )
    expect((await orders`select 1 from orders.orders`).length).toBe(1)
    expect((await main`select 1 from pg_namespace where nspname = 'orders'`).length).toBe(0)
    const { code, lines } = await shop.command('invariants')
    expect({ code, lines }).toMatchObject({ code: 0 })
  }, 60_000)

  it('says what to do when the master secret is another one', async () => {
    await shop.stop()
    const other = await openShop({ DATABASE_URL: server.adminUrl, SOUK_SECRET: randomBytes(36).toString('base64') }).catch(
      (error: unknown) => String(error),
    )
    expect(other).toMatch(/made with another master secret/)
    await shop.start()
  }, 60_000)
})

describe('a shop whose services have databases of their own, on two servers', () => {
  let second: EmbeddedPostgres
  let apart: Shop
  let first: postgres.Sql
  let distant: postgres.Sql

  beforeAll(async () => {
    second = await startPostgres({ dir: join(folder, 'second'), disposable: true })
    await main.unsafe('create database fleet')
    const own = withDatabase(server.adminUrl, 'fleet')
    first = postgres(own, { max: 1, onnotice() {} })
    distant = postgres(second.adminUrl, { max: 1, onnotice() {} })
    apart = await openShop({
      DATABASE_URL: own,
      DATABASE_PER_SERVICE: 'true',
      ORDERS_DATABASE_URL: second.adminUrl,
      SOUK_SECRET: secret,
    })
  }, 240_000)
  afterAll(async () => {
    await apart?.remove()
    await Promise.all([first?.end(), distant?.end({ timeout: 1 })])
    await second?.stop()
  }, 120_000)

  it('keeps nothing of one service in the database of another', async () => {
    const databases = (await first`select datname::text as name from pg_database where datname like 'fleet_%'`).map(
      ({ name }) => name as string,
    )
    expect(databases).toEqual(expect.arrayContaining(['fleet_payments', 'fleet_inventory', 'fleet_cart']))
    expect(databases).not.toContain('fleet_orders')
    const schemasOf = (sql: postgres.Sql) =>
      sql`select nspname::text as name from pg_namespace where nspname !~ '^(pg_|information_schema$|public$|relay$)' order by 1`
    expect((await schemasOf(distant)).map(({ name }) => name)).toEqual(['orders'])
    const payments = postgres(withDatabase(server.adminUrl, 'fleet_payments'), { max: 1, onnotice() {} })
    expect((await schemasOf(payments)).map(({ name }) => name)).toEqual(['payments'])
    await payments.end()
  })

  it('sells across them, and loses nothing when the server of the orders is killed', async () => {
    const staff = await signIn(apart.url, apart.administrator.email, apart.administrator.password)
    await sell(staff, 'fleet', { units: 5000 })
    const buyers = startBuyers(apart.url, 'fleet', 2)
    await eventually(() => expect(buyers.acknowledged.size).toBeGreaterThan(5), { timeoutMs: 60_000 })
    await killServer(second)
    await eventually(() => expect(buyers.refusals.length).toBeGreaterThan(3), { timeoutMs: 30_000 })
    second = await startPostgres({ dir: join(folder, 'second'), disposable: true })
    const before = buyers.acknowledged.size
    await eventually(() => expect(buyers.acknowledged.size).toBeGreaterThan(before + 5), { timeoutMs: 60_000 })
    await buyers.stop()
    const ids = [...buyers.acknowledged.keys()]
    await eventually(
      async () => {
        const again = postgres(second.adminUrl, { max: 1, onnotice() {} })
        const rows = await again`select status from orders.orders where id = any(${ids}::uuid[])`.finally(() => again.end())
        expect(rows.length).toBe(ids.length)
        expect(rows.filter(({ status }) => status === 'PENDING' || status === 'CANCELLED')).toEqual([])
        const told = await first`select distinct key from bus.log where type = 'OrderConfirmed.v1' and key = any(${ids}::text[])`
        expect(told.length).toBe(ids.length)
      },
      { timeoutMs: 60_000, everyMs: 200 },
    )
    const { code, errors } = await apart.command('invariants')
    expect({ code, errors }).toMatchObject({ code: 0 })
  }, 240_000)
})
