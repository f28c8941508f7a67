import { randomBytes } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually } from '#kit/testing/eventually.ts'
import { type Client, client, expectStatus, signIn } from './client.ts'
import { openShop } from './shop.ts'
import { openApart } from './shop-apart.ts'
import { address, sell } from './stock-the-shop.ts'
import { drawn, type StoredSpan, storedTrace } from './trace-store.ts'

const store = process.env['TRACES_QUERY_URL'] as string
const environment = {
  TRACES_URL: process.env['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'] ?? 'http://127.0.0.1:4318/v1/traces',
  TRACES_SHARE: '1',
}
const click = randomBytes(8).toString('hex')

async function orderInATrace(guest: Client, sku: string): Promise<string> {
  const traceId = randomBytes(16).toString('hex')
  const clicked = guest.with({ traceparent: `00-${traceId}-${click}-01` })
  const body = {
    items: [{ sku, quantity: 1 }],
    email: 'ann@example.com',
    shippingAddress: address,
    paymentMethodId: 'tok_approve',
  }
  expect(expectStatus(await clicked.post('/api/orders', body), 201).body.status).toBe('CONFIRMED')
  return traceId
}

/** A browser that traces its own click places an order; the trace it began is read back from the store. */
async function traceOfAnOrder(guest: Client, sku: string): Promise<StoredSpan[]> {
  // A machine that is busy may let the first orders of cold processes run into the gateway's limit: each try is a trace of its own.
  const traceId = await eventually(() => orderInATrace(guest, sku), { timeoutMs: 60_000, everyMs: 500 })
  return await storedTrace(store, traceId, (spans) => {
    for (const part of ['gateway', 'orders', 'inventory', 'payments', 'delivery', 'relay', 'notifications'])
      expect(
        spans.map(({ service }) => service),
        drawn(spans),
      ).toContain(part)
    expect(spans.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['POST /api/orders', 'payments.authorize', 'publish OrderConfirmed.v1', 'handle OrderConfirmed.v1']),
    )
    expect(spans.filter(({ name }) => name.startsWith('send order-')).length, drawn(spans)).toBeGreaterThanOrEqual(2)
  })
}

function expectOneTree(spans: readonly StoredSpan[]): void {
  const known = new Set(spans.map(({ id }) => id))
  const roots = spans.filter(({ parent }) => parent === undefined || !known.has(parent))
  expect(roots.map(({ service, name, parent }) => ({ service, name, parent }))).toEqual([
    { service: 'gateway', name: 'POST /api/orders', parent: click },
  ])
}

describe('a shop in one process', () => {
  let shop: Awaited<ReturnType<typeof openShop>>
  beforeAll(async () => {
    shop = await openShop(environment)
    await sell(await signIn(shop.url, shop.administrator.email, shop.administrator.password), 'traced')
  }, 120_000)
  afterAll(async () => await shop?.remove())

  it('shows an order as one trace, from the click to the mail', async () => {
    const spans = await traceOfAnOrder(client(shop.url), 'traced')
    expectOneTree(spans)
    const sent = spans.find(({ name }) => name.startsWith('send order-'))!
    const handled = spans.find(({ id }) => id === sent.parent)
    expect(handled, drawn(spans)).toMatchObject({ service: 'notifications', name: expect.stringMatching(/^handle /) })
    expect(JSON.stringify(spans)).not.toMatch(/ann@example|Main Street|tok_approve/)
  })

  it('traces what the gateway refuses, and keeps health checks out', async () => {
    const traceId = randomBytes(16).toString('hex')
    const asked = client(shop.url, { traceparent: `00-${traceId}-${click}-01` })
    expectStatus(await asked.get('/actuator/health'), 200)
    expectStatus(await asked.get('/api/users'), 401)
    const spans = await storedTrace(store, traceId, (found) => expect(found.length).toBeGreaterThan(0))
    expect(spans.map(({ service, name, tags }) => [service, name, tags['http.response.status_code']])).toEqual([
      ['gateway', 'GET /api/users', 401],
    ])
  })

  it('shows work by the clock as traces of their own', async () => {
    await eventually(
      async () => {
        const answer = await fetch(new URL('/api/traces?service=orders&lookback=1h&limit=200', store))
        const { data } = (await answer.json()) as { data: { spans: { operationName: string }[] }[] }
        expect(data.flatMap(({ spans }) => spans.map(({ operationName }) => operationName)).join()).toMatch(/job /)
      },
      { timeoutMs: 30_000, everyMs: 500 },
    )
  })
})

const kafka = process.env['KAFKA_URL']
const buses: readonly { bus: string; driver: string; settings: Record<string, string> }[] = [
  { bus: 'PostgreSQL', driver: 'postgres', settings: {} },
  ...(kafka ? [{ bus: 'Kafka', driver: 'kafka', settings: { BUS_URL: `${kafka}/traced-${click}` } }] : []),
]
for (const { bus, driver, settings } of buses)
  describe(`a shop in four processes, its events on ${bus}`, () => {
    let shop: Awaited<ReturnType<typeof openApart>>
    const sku = `apart-${driver}-${click}`
    beforeAll(async () => {
      const own = ['gateway', 'orders', 'payments']
      const names = await readdir(new URL('../../services/', import.meta.url))
      const parts = {
        gateway: ['gateway'],
        orders: ['orders'],
        payments: ['payments'],
        others: names.filter((name) => !own.includes(name)),
      }
      shop = await openApart(parts, { environment: { ...environment, ...settings } })
      const { email, password } = shop.administrator
      const staff = await eventually(() => signIn(shop.url('gateway'), email, password), { timeoutMs: 30_000 })
      await eventually(() => sell(staff, sku), { timeoutMs: 30_000 })
    }, 180_000)
    afterAll(async () => await shop?.remove())

    it('shows an order as one trace through all of them', async () => {
      const spans = await traceOfAnOrder(client(shop.url('gateway')), sku)
      expectOneTree(spans)
      const health = expectStatus(await client(shop.url('orders')).get('/actuator/health/bus'), 200)
      expect(health.body.details.driver).toBe(driver)
      // asked by one process, answered by another
      const asked = spans.find(({ service, name }) => service === 'orders' && name === 'payments.authorize')
      const answered = spans.find(({ service, name }) => service === 'payments' && name === 'payments.authorize')
      expect(answered?.parent, drawn(spans)).toBe(asked?.id)
    })
  })
