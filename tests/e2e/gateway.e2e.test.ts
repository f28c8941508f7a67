// topology: its own
import { randomBytes } from 'node:crypto'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type EmbeddedPostgres, startPostgres } from '#kit/db/embedded.ts'
import { eventually } from '#kit/testing/eventually.ts'
import { type Client, client, expectStatus } from './client.ts'
import { type Apart, openApart } from './shop-apart.ts'
import { address } from './stock-the-shop.ts'

let folder: string
let database: EmbeddedPostgres
let shop: Apart
let guest: Client
let staff: Client

/** The gateway alone; the catalogue twice; everything else in a process of its own. */
beforeAll(async () => {
  const names = (await readdir(new URL('../../services/', import.meta.url))).filter(
    (name) => name !== 'products' && name !== 'gateway',
  )
  folder = await mkdtemp(join(tmpdir(), 'souk-gateway-'))
  database = await startPostgres({ dir: join(folder, 'postgres'), disposable: true })
  const environment = {
    DATABASE_URL: database.adminUrl,
    DATABASE_CONNECTIONS: '24',
    SOUK_SECRET: randomBytes(36).toString('base64'),
    GATEWAY_BREAKER_OPEN_MS: '200',
    // nobody gets there, but budgets are counted
    RATE_LIMIT_PER_MINUTE: '1000000',
  }
  shop = await openApart(
    { front: ['gateway'], rest: names, one: ['products'], two: ['products'] },
    { environment, ownFolders: true },
  )
  guest = client(shop.url('front'))
  const { email, password } = shop.administrator
  const answer = await eventually(async () => expectStatus(await guest.post('/api/auth/login', { email, password }), 200), {
    timeoutMs: 20_000,
  })
  staff = guest.with({ authorization: `Bearer ${answer.body.accessToken}` })
  for (const part of ['front', 'rest', 'one', 'two'])
    await eventually(async () => expectStatus(await client(shop.url(part)).get('/actuator/health/readiness'), 200), {
      timeoutMs: 20_000,
    })
  const variants = [{ sku: 'afar', price: { amount: 1995, currency: 'EUR' } }]
  expectStatus(await staff.post('/api/products', { texts: { en: { title: 'afar' } }, status: 'ACTIVE', variants }), 201)
}, 120_000)
afterAll(async () => {
  await shop?.remove()
  await database?.stop()
  await rm(folder, { recursive: true, force: true })
})

interface InstanceState {
  service: string
  url: string
  version: string
  breaker: string
  requests: number
  failures: number
}
const instances = async (): Promise<InstanceState[]> =>
  expectStatus(await staff.get('/actuator/gateway/upstreams'), 200).body.instances.filter(
    (instance: InstanceState) => instance.service === 'products',
  )
const stateOf = async (part: string) => (await instances()).find(({ url }) => url === shop.url(part))!

describe('one entry to a shop in several processes', () => {
  it('answers for a service that runs elsewhere as if it ran here', async () => {
    const list = expectStatus(await guest.get('/api/products'), 200)
    expect(list.body.items.map((item: { title: string }) => item.title)).toContain('afar')
    expect(list.headers.get('etag')).not.toBeNull()
    expectStatus(await guest.get('/api/v1/products'), 200)
    expectStatus(await guest.get('/api/products/'), 200)
    expectStatus(await guest.post('/api/products', {}), 401)
    expectStatus(await staff.post('/api/products', { surprise: 1 }), 400)
    expectStatus(await guest.get('/internal/products'), 404)
    expect((await guest.get('/api/products/v3/api-docs')).body.paths).toHaveProperty('/api/products')
    const { routes } = expectStatus(await staff.get('/actuator/gateway/routes'), 200).body
    expect(routes.filter(({ service }: { service: string }) => service === 'products').length).toBeGreaterThan(20)
  })

  it('counts a client once, at the door, and nobody becomes another one by headers', async () => {
    const left = async (at: Client, headers: Record<string, string> = {}) =>
      Number((await at.get('/api/products', headers)).headers.get('ratelimit-remaining'))
    const forged = (n: number) => ({
      'x-forwarded-for': `203.0.113.${n}`,
      forwarded: `for=203.0.113.${n}`,
      'x-real-ip': `203.0.113.${n}`,
      'x-souk-client': `${Math.floor(Date.now() / 1000)} 203.0.113.${n} ${'A'.repeat(43)}`,
    })
    for (const part of ['front', 'one']) {
      const at = client(shop.url(part))
      // a minute may end between two of them
      await eventually(async () => {
        const before = await left(at)
        for (let n = 1; n < 5; n += 1) expect(await left(at, forged(n))).toBe(before - n)
      })
    }
    const behind = client(shop.url('one'))
    await eventually(async () => {
      const before = await left(behind)
      for (let n = 0; n < 10; n += 1) expectStatus(await guest.get('/api/products'), 200)
      expect(await left(behind)).toBe(before - 1)
    })
  })

  it('takes an order through all of them', async () => {
    expectStatus(await staff.post('/api/inventory/adjustments', { sku: 'afar', delta: 5, reason: 'first delivery' }), 200, 201)
    const order = {
      items: [{ sku: 'afar', quantity: 1 }],
      email: 'ann@example.com',
      shippingAddress: address,
      paymentMethodId: 'tok_approve',
    }
    const key = { 'idempotency-key': 'one-order-through-the-door' }
    const placed = expectStatus(await guest.post('/api/orders', order, key), 201)
    expect(placed.body.status).toBe('CONFIRMED')
    expect(expectStatus(await guest.post('/api/orders', order, key), 201).text).toBe(placed.text)
  })

  it('loses no read when a process is killed while many are under way, and lets it in again when it is back', async () => {
    const statuses = new Map<number, number>()
    let going = true
    const reader = async () => {
      while (going) {
        const { status } = await guest.get('/api/products')
        statuses.set(status, (statuses.get(status) ?? 0) + 1)
      }
    }
    const asked = () => [...statuses.values()].reduce((sum, count) => sum + count, 0)
    const readers = Array.from({ length: 8 }, reader)
    let attempts: number
    try {
      await eventually(() => expect(asked()).toBeGreaterThan(100), { timeoutMs: 20_000 })
      await shop.kill('two')
      const killedAt = asked()
      await eventually(async () => expect((await stateOf('two')).breaker).toBe('open'), { timeoutMs: 10_000 })
      await eventually(() => expect(asked()).toBeGreaterThan(killedAt + 200), { timeoutMs: 20_000 })
      attempts = (await instances()).reduce((sum, { requests }) => sum + requests, 0)
    } finally {
      going = false
      await Promise.all(readers)
    }
    expect([...statuses.keys()]).toEqual([200])
    expect(attempts).toBeLessThan(asked() * 1.1 + 30)
    const health = await staff.get('/actuator/health/gateway')
    expect(health.body.details).toMatchObject({ open: 1 })
    const metrics = (await guest.get('/actuator/prometheus')).text
    expect(metrics).toMatch(/gateway_breaker_state\{service="products",instance="[^"]+",version="main",state="open"[^}]*\} 1/)
    expect(metrics).toMatch(/gateway_retries_total\{service="products"[^}]*\} [1-9]/)
    await shop.start('two')
    await eventually(
      async () => {
        await guest.get('/api/products')
        expect((await stateOf('two')).breaker).toBe('closed')
      },
      { timeoutMs: 30_000, everyMs: 100 },
    )
  }, 90_000)
})
