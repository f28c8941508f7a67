// topology: its own
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Code } from '@connectrpc/connect'
import { SignJWT } from 'jose'
import { inventoryRpc } from '#contracts/rpc/inventory.ts'
import { eventually } from '#kit/testing/eventually.ts'
import { type Client, client, expectStatus } from './client.ts'
import { grpcClient } from './grpc-client.ts'
import { type Apart, openApart } from './shop-apart.ts'
import { orderOf } from './stock-the-shop.ts'

let shop: Apart
let staff: Client
let guest: Client
let warehouse: Client
let token: string

beforeAll(async () => {
  const names = (await readdir(new URL('../../services/', import.meta.url))).filter((name) => name !== 'inventory')
  shop = await openApart({ others: names, inventory: ['inventory'] }, { environment: { LOG_LEVEL: 'info', ACCESS_LOG: 'all' } })
  const { email, password } = shop.administrator
  guest = client(shop.url('others'))
  // Each process learns the keys of auth by itself, so staff are known to both as soon as both are ready.
  const answer = await eventually(async () => expectStatus(await guest.post('/api/auth/login', { email, password }), 200), {
    timeoutMs: 20_000,
  })
  token = answer.body.accessToken
  const shown = { authorization: `Bearer ${token}` }
  staff = guest.with(shown)
  warehouse = client(shop.url('inventory'), shown)
  await eventually(async () => expectStatus(await warehouse.get('/actuator/health/readiness'), 200), { timeoutMs: 20_000 })
}, 120_000)
afterAll(async () => await shop?.remove())

const available = async (sku: string) => (await warehouse.get(`/api/inventory/${sku}`)).body.available as number

async function sell(sku: string, units: number): Promise<void> {
  const variants = [{ sku, price: { amount: 1995, currency: 'EUR' }, weightGrams: 300 }]
  expectStatus(await staff.post('/api/products', { texts: { en: { title: sku } }, status: 'ACTIVE', variants }), 201)
  expectStatus(await warehouse.post('/api/inventory/adjustments', { sku, delta: units, reason: 'first delivery' }), 200, 201)
}

describe('a shop whose stock is kept by a process of its own', () => {
  it('sells as one', async () => {
    await sell('apart', 10)
    const placed = expectStatus(await guest.post('/api/orders', orderOf('apart')), 201)
    expect(placed.body.status).toBe('CONFIRMED')
    await eventually(async () => expect(await available('apart')).toBe(9))
  })

  it('has the id of a story in the lines of every process that took part, each line one JSON', async () => {
    const correlationId = `story-${randomBytes(6).toString('hex')}`
    const told = staff.with({ 'x-correlation-id': correlationId })
    await sell('apart-found', 1)
    expectStatus(await told.post('/api/inventory/adjustments', { sku: 'apart-found', delta: 1, reason: 'found one' }), 200, 201)
    await eventually(() => {
      for (const part of ['others', 'inventory']) {
        const lines = shop.lines(part).map((line) => JSON.parse(line) as { msg?: string; correlationId?: string })
        expect(
          lines.filter((line) => line.correlationId === correlationId),
          part,
        ).not.toEqual([])
      }
    })
  })

  it('hears of missing stock in the same words', async () => {
    await sell('apart-empty', 1)
    expectStatus(await guest.post('/api/orders', orderOf('apart-empty')), 201)
    const refused = expectStatus(await guest.post('/api/orders', orderOf('apart-empty')), 409)
    expect(refused.body.code).toBe('orders/out-of-stock')
  })

  it('answers gRPC to whoever may ask, and to nobody else', async () => {
    const inventory = (token?: string) => grpcClient(inventoryRpc, shop.grpc('inventory'), token)
    const question = { skus: ['apart'] }
    const [head = '', claims = ''] = token.split('.')
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const ours = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString('utf8'))
    const forged = await new SignJWT(ours(claims)).setProtectedHeader(ours(head)).sign(privateKey)
    for (const shown of [undefined, forged])
      await expect(inventory(shown).availability(question)).rejects.toMatchObject({ code: Code.Unauthenticated })
    expect(await inventory(token).availability(question)).toMatchObject({ levels: [{ sku: 'apart', available: 9n }] })
    await expect(inventory(token).giveBack({ orderId: 'x', lines: [], reason: 'mine' })).rejects.toMatchObject({
      code: Code.PermissionDenied,
    })
  })

  it('lets a program in by its API key, through the gateway and directly, until the key is revoked', async () => {
    const made = await staff.post('/api/auth/api-keys', {
      name: 'Counting machine',
      permissions: ['inventory:read'],
      password: shop.administrator.password,
    })
    const { id, key } = expectStatus(made, 201).body
    const shown = { authorization: `Bearer ${key}` }
    const doors = [client(shop.url('others'), shown), client(shop.url('inventory'), shown)]
    for (const door of doors) {
      expectStatus(await door.get('/api/inventory'), 200)
      expectStatus(await door.post('/api/inventory/adjustments', { sku: 'apart', delta: 1, reason: 'mine' }), 403)
    }
    expectStatus(await staff.delete(`/api/auth/api-keys/${id}`), 204)
    for (const door of doors)
      await eventually(async () => expectStatus(await door.get('/api/inventory'), 401), { timeoutMs: 15_000 })
  }, 60_000)

  it('tells every change of the stock to whoever watches', async () => {
    await sell('apart-watched', 5)
    const seen: bigint[] = []
    for await (const { levels } of grpcClient(inventoryRpc, shop.grpc('inventory'), token).watch({ skus: ['apart-watched'] })) {
      seen.push(levels[0].available)
      if (seen.length === 1) expectStatus(await guest.post('/api/orders', orderOf('apart-watched')), 201)
      if (levels[0].available === 4n) break
    }
    expect(seen[0]).toBe(5n)
  }, 30_000)

  it('keeps an order waiting while the stock cannot be asked, and finishes it once it can', async () => {
    await sell('apart-later', 3)
    await shop.kill('inventory')
    const key = { 'idempotency-key': 'ordered-while-the-stock-was-away' }
    const away = await guest.post('/api/orders', orderOf('apart-later'), key)
    expect([201, 202, 503], away.text).toContain(away.status)
    if (away.status === 201) expect(away.body.status).toBe('PENDING')
    await shop.start('inventory')
    const placed = await eventually(async () => expectStatus(await guest.post('/api/orders', orderOf('apart-later'), key), 201), {
      timeoutMs: 60_000,
      everyMs: 500,
    })
    await eventually(async () => expect((await staff.get(`/api/orders/${placed.body.id}`)).body.status).toBe('CONFIRMED'), {
      timeoutMs: 30_000,
    })
    await eventually(async () => expect(await available('apart-later')).toBe(2), { timeoutMs: 30_000 })
  }, 120_000)

  it('runs each service once on one folder', async () => {
    const second = await shop.command('serve', 'inventory')
    expect(second.code).toBe(1)
    expect(second.errors).toMatch(/The service inventory already runs/)
    expect((await shop.command('start')).errors).toMatch(/already runs/)
  })
})
