import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { client, expectStatus } from '../e2e/client.ts'
import { openShop, type Shop } from '../e2e/shop.ts'
import { address, sell } from '../e2e/stock-the-shop.ts'
import { type Inside, lookInside } from './inside.ts'
import { administrator, newCustomer, type Person } from './people.ts'

/** Requests a client has in a minute. */
const BUDGET = 400

let shop: Shop
let inside: Inside
let admin: Person
let ann: Person
let bob: Person

beforeAll(async () => {
  shop = await openShop({ TRUST_PROXY: 'loopback', RATE_LIMIT_PER_MINUTE: String(BUDGET) })
  inside = await lookInside(shop)
  admin = await administrator(shop)
  ;[ann, bob] = [await newCustomer(shop), await newCustomer(shop)]
}, 120_000)
afterAll(async () => {
  await inside?.end()
  await shop?.remove()
})

const from = (ip: string) => client(shop.url, { 'x-forwarded-for': ip })
const keptOf = async (schema: string) =>
  Number((await inside.sql`select count(*) as n from ${inside.sql(`${schema}.idempotency_keys`)}`)[0]!['n'])

describe('S34: idempotency keys', () => {
  it('are the caller’s own: nobody gets somebody else’s answer, and a guess learns nothing', async () => {
    const { sku } = await sell(admin.client, 'key-mug')
    const key = { 'idempotency-key': 'the-same-key-for-all' }
    const buy = { items: [{ sku, quantity: 1 }], shippingAddress: address, paymentMethodId: 'tok_approve' }
    const anns = expectStatus(await ann.client.post('/api/orders', buy, key), 201)
    const bobs = expectStatus(await bob.client.post('/api/orders', buy, key), 201)
    const asGuest = { ...buy, email: 'k@example.com' }
    const guests = expectStatus(await from('198.51.100.80').post('/api/orders', asGuest, key), 201)
    expect(new Set([anns.body.id, bobs.body.id, guests.body.id]).size).toBe(3)
    expect(expectStatus(await ann.client.post('/api/orders', buy, key), 201).body.id).toBe(anns.body.id)
    const other = await from('198.51.100.81').post('/api/orders', asGuest, key)
    expect(expectStatus(other, 201).body.id).not.toBe(guests.body.id)
    expect((await ann.client.post('/api/users/me/addresses', address, key)).status).toBe(201)
  })

  it('of somebody else bring back nothing of theirs: no address, no mail, no means of payment', async () => {
    const secret = { ...address, name: 'Ann Canary', line1: '1 Canary Wharf' }
    const asks: [string, object][] = [
      ['/api/users/me/addresses', secret],
      ['/api/payments/methods', { token: 'pm_canary_of_ann', kind: 'card' }],
    ]
    for (const [path, body] of asks) {
      const key = { 'idempotency-key': `guessed${path.replaceAll('/', '-')}` }
      const first = expectStatus(await ann.client.post(path, body, key), 200, 201)
      // her own comes back to her
      expect((await ann.client.post(path, body, key)).body.id).toBe(first.body.id)
      // with her own body, with one of one's own, and with somebody else's claim beside it
      const attempts = [
        await bob.client.post(path, body, key),
        await bob.client.post(path, path.endsWith('methods') ? { token: 'pm_of_bob', kind: 'card' } : address, {
          'idempotency-key': `"guessed${path.replaceAll('/', '-')}"`,
        }),
        await bob.client.post(path, body, { ...key, 'x-guest-token': ann.id, 'x-user-id': ann.id }),
        await from('198.51.100.82').post(path, body, key),
      ]
      for (const { status, headers, text } of attempts) {
        expect(headers.get('idempotency-replayed') === 'true' && text.includes(first.body.id)).toBe(false)
        expect(text).not.toContain(first.body.id)
        expect([200, 201, 401, 422]).toContain(status)
      }
    }
  })

  it('cost whoever sends many of them their budget like any request, and only requests that did something are kept', async () => {
    const before = await keptOf('cart')
    const spammer = from('198.51.100.83')
    const answers = []
    for (let round = 0; round < 10; round += 1)
      answers.push(
        ...(await Promise.all(
          Array.from({ length: BUDGET / 8 }, (_, n) =>
            spammer.post('/api/cart/items', { sku: 'key-mug', quantity: 1 }, { 'idempotency-key': `spam-${round}-${n}` }),
          ),
        )),
      )
    const done = answers.filter(({ status }) => status < 300)
    expect(answers.filter(({ status }) => status >= 500 && status !== 503)).toEqual([])
    expect(answers.some(({ status }) => status === 429)).toBe(true)
    expect((await keptOf('cart')) - before).toBe(done.length)
    expect(done.length).toBeLessThanOrEqual(BUDGET)
    // refusals leave nothing
    const refused = await Promise.all(
      Array.from({ length: 50 }, (_, n) =>
        from('198.51.100.84').post('/api/cart/items', { sku: 'key-mug', quantity: -1 }, { 'idempotency-key': `refused-${n}` }),
      ),
    )
    expect(refused.every(({ status }) => status === 400)).toBe(true)
    expect((await keptOf('cart')) - before).toBe(done.length)
  })

  it('of any size and form are keys or refused, never an error', async () => {
    const statuses: number[] = []
    for (const [n, key] of [
      'short',
      'x'.repeat(256),
      'a b c d e f',
      "'; drop table x --",
      'ümläüt-ümläüt',
      'x'.repeat(7000),
    ].entries()) {
      const header = { 'idempotency-key': Buffer.from(key).toString('latin1') }
      statuses.push((await ann.client.post('/api/payments/methods', { token: `pm_key_${n}`, kind: 'card' }, header)).status)
    }
    expect(statuses).toEqual([400, 400, 400, 400, 400, 400])
  })

  it('of a megabyte end at the door', async () => {
    const { hostname, port } = new URL(shop.url)
    const socket = connect({ host: hostname === 'localhost' ? '127.0.0.1' : hostname, port: Number(port) })
    let text = ''
    socket.on('data', (part) => (text += part.toString('latin1')))
    socket.on('error', () => undefined)
    const closed = new Promise((resolve) => socket.once('close', resolve))
    socket.write(
      `POST /api/cart/items HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 2\r\nidempotency-key: ${'k'.repeat(1_000_000)}\r\n\r\n{}`,
    )
    await closed
    expect(text).toMatch(/^HTTP\/1\.1 431 /)
  })
})
