// topology: its own
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type EmbeddedPostgres, startPostgres } from '#kit/db/embedded.ts'
import { eventually } from '#kit/testing/eventually.ts'
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
