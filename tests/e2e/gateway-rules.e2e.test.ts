// topology: its own
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { type IncomingMessage, request as httpRequest } from 'node:http'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { signWebhook } from '#kit/http/webhook-signature.ts'
import { eventually } from '#kit/testing/eventually.ts'
import { type Client, client, expectStatus } from './client.ts'
import { type Apart, openApart } from './shop-apart.ts'
import { answers, hangsUp, type StubService, stubService } from './stub-service.ts'

let shop: Apart
let v1: StubService
let v2: StubService
let guest: Client
let staff: Client
let token: Record<string, string>
const faultsKey = randomBytes(30).toString('base64')

/** A real gateway; behind it stubs of two versions of the catalogue, which break as the tests want it. */
beforeAll(async () => {
  ;[v1, v2] = await Promise.all([stubService(), stubService()])
  shop = await openApart(
    { front: ['gateway', 'auth', 'users'] },
    {
      peers: [`products@v1=${v1.url}`, `products@v2=${v2.url}`],
      environment: {
        GATEWAY_WEIGHTS: 'products@v1=80,products@v2=20',
        GATEWAY_BREAKER_OPEN_MS: '100',
        GATEWAY_FAULTS_KEY: faultsKey,
        // the tests' own address stands for a load balancer, so that they can come as many clients
        TRUST_PROXY: 'loopback',
      },
    },
  )
  guest = client(shop.url('front'))
  const { email, password } = shop.administrator
  const answer = await eventually(async () => expectStatus(await guest.post('/api/auth/login', { email, password }), 200), {
    timeoutMs: 20_000,
  })
  token = { authorization: `Bearer ${answer.body.accessToken}` }
  staff = guest.with(token)
}, 90_000)
afterAll(async () => {
  await shop?.remove()
  await Promise.all([v1?.close(), v2?.close()])
})

interface InstanceState {
  service: string
  breaker: string
}
const breakers = async () =>
  expectStatus(await staff.get('/actuator/gateway/upstreams'), 200)
    .body.instances.filter(({ service }: InstanceState) => service === 'products')
    .map(({ breaker }: InstanceState) => breaker) as string[]

beforeEach(async () => {
  for (const stub of [v1, v2]) {
    Object.assign(stub, { behaviour: answers, ready: true })
    stub.seen.length = 0
  }
  await eventually(
    async () => {
      for (let n = 0; n < 40; n += 1) await fromClient(n)
      expect(await breakers()).toEqual(['closed', 'closed'])
      // the weights of the settings hold
      expect(Math.min(v1.seen.length, v2.seen.length)).toBeGreaterThan(0)
    },
    { timeoutMs: 20_000, everyMs: 100 },
  )
  for (const { seen } of [v1, v2]) seen.length = 0
}, 40_000)

const fromClient = (n: number, headers: Record<string, string> = {}) =>
  guest.get('/api/products', { 'x-forwarded-for': `203.0.${n >> 8}.${n & 255}`, ...headers })
const weigh = async (weights: Record<string, number>, reason: string) =>
  expectStatus(
    await staff.put('/api/gateway/traffic/products', {
      weights: Object.entries(weights).map(([version, weight]) => ({ version, weight })),
      reason,
    }),
    200,
  )
const traffic = async () =>
  expectStatus(await staff.get('/api/gateway/traffic'), 200).body.services.find(
    ({ service }: { service: string }) => service === 'products',
  )

describe('two versions of a service', () => {
  it('share the clients by weight, and each client stays', async () => {
    const served = async () => {
      const list: string[] = []
      for (let n = 0; n < 200; n += 1) {
        const before = v2.seen.length
        expectStatus(await fromClient(n), 200)
        list.push(v2.seen.length > before ? 'v2' : 'v1')
      }
      return list
    }
    const first = await served()
    expect(await served()).toEqual(first)
    const share = first.filter((version) => version === 'v2').length / 200
    // 20 % of 200, three standard deviations to each side
    expect(share).toBeGreaterThan(0.115)
    expect(share).toBeLessThan(0.285)
  })

  it('change their shares while the shop runs, noted with who and why', async () => {
    await weigh({ v1: 0, v2: 100 }, 'green is fine')
    await eventually(
      async () => {
        v1.seen.length = 0
        for (let n = 0; n < 20; n += 1) await fromClient(n)
        expect(v1.seen).toEqual([])
      },
      { timeoutMs: 10_000 },
    )
    expect(await traffic()).toMatchObject({
      decidedBy: 'staff',
      weights: [
        { version: 'v1', weight: 0 },
        { version: 'v2', weight: 100 },
      ],
    })
    const { changes } = expectStatus(await staff.get('/api/gateway/traffic/products/changes'), 200).body
    expect(changes[0]).toMatchObject({ reason: 'green is fine', changedBy: expect.stringMatching(/^[0-9a-f-]{36}$/) })
    expect(
      (await staff.put('/api/gateway/traffic/products', { weights: [{ version: 'v9', weight: 1 }], reason: 'x' })).body.code,
    ).toBe('gateway/no-such-version')
    expectStatus(await guest.put('/api/gateway/traffic/products', { weights: [{ version: 'v1', weight: 1 }], reason: 'x' }), 401)
    expectStatus(await staff.delete('/api/gateway/traffic/products'), 200)
    await eventually(async () => expect((await traffic()).decidedBy).toBe('settings'))
  })

  it('can be chosen by staff, not by others', async () => {
    const wish = { 'x-souk-version': 'v2' }
    for (let n = 0; n < 10; n += 1) await guest.get('/api/products', { ...token, ...wish })
    expect([v1.seen.length, v2.seen.length]).toEqual([0, 10])
    expect(v2.seen[0]!.headers).not.toHaveProperty('x-souk-version')
    const clients = Array.from({ length: 30 }, (_, n) => n)
    for (const n of clients) await fromClient(n, wish)
    expect(v1.seen.length).toBeGreaterThan(0)
    expect((await guest.get('/api/products', { ...token, 'x-souk-version': 'v9' })).body.code).toBe('gateway/no-such-version')
  })

  it('stand in for each other when one does not answer', async () => {
    v1.behaviour = hangsUp
    for (let n = 0; n < 50; n += 1) expectStatus(await fromClient(n), 200)
    expect(await breakers()).toContain('open')
  })
})

describe('a service that is down', () => {
  it('is not flooded with second attempts, is left alone after a few failures, and comes back by itself', async () => {
    for (const stub of [v1, v2]) Object.assign(stub, { behaviour: hangsUp, ready: false })
    const asked = 300
    const statuses: number[] = []
    let retryAfter = ''
    for (let n = 0; n < asked; n += 1) {
      const answer = await fromClient(n)
      statuses.push(answer.status)
      retryAfter = answer.headers.get('retry-after') ?? retryAfter
    }
    expect(new Set(statuses)).toEqual(new Set([503]))
    expect(Number(retryAfter)).toBeGreaterThanOrEqual(1)
    const attempts = v1.seen.length + v2.seen.length
    expect(attempts / asked).toBeLessThanOrEqual(1.1)
    // five in a row for each of them, and the rest was refused at the door
    expect(attempts).toBeLessThan(30)
    expect(await breakers()).toEqual(['open', 'open'])
    expect((await guest.get('/actuator/health/gateway')).body.details).toMatchObject({
      unavailable: expect.arrayContaining(['products']),
    })
    for (const stub of [v1, v2]) Object.assign(stub, { behaviour: answers, ready: true })
    await eventually(async () => expectStatus(await fromClient(1), 200), { timeoutMs: 10_000, everyMs: 50 })
  })

  it('gets a POST without a key once', async () => {
    for (const stub of [v1, v2]) stub.behaviour = hangsUp
    const body = { texts: { en: { title: 'once' } } }
    expectStatus(await staff.post('/api/products', body), 503)
    expect(v1.seen.length + v2.seen.length).toBe(1)
    expectStatus(await staff.post('/api/products', body, { 'idempotency-key': 'twice-if-need-be' }), 503)
    expect(v1.seen.length + v2.seen.length).toBe(3)
  })
})

describe('the way through', () => {
  it('streams an upload: it arrives before it has ended', async () => {
    const chunk = Buffer.alloc(100_000, 1)
    const upload = httpRequest(`${shop.url('front')}/api/products/0199a000-0000-7000-8000-000000000000/images`, {
      method: 'POST',
      headers: { ...token, 'content-type': 'image/png' },
    })
    for (const stub of [v1, v2])
      stub.behaviour = (request, answer) => void request.on('end', () => answer.writeHead(201).end()).resume()
    upload.write(chunk)
    const arrived = () => [...v1.seen, ...v2.seen].reduce((sum, { bytes }) => sum + bytes, 0)
    await eventually(() => expect(arrived()).toBe(100_000))
    upload.end(chunk)
    const [answer] = (await once(upload, 'response')) as [IncomingMessage]
    answer.resume()
    expect(answer.statusCode).toBe(201)
    expect(arrived()).toBe(200_000)
  })

  it('fails on purpose for the test that holds the key, until it lets go', async () => {
    const set = async (faults: unknown[], key: string, id: string) => {
      const body = JSON.stringify({ faults })
      const headers = {
        'content-type': 'application/json',
        ...signWebhook([Buffer.from(key)], id, Buffer.from(body), new Date()),
      }
      return (await fetch(`${shop.url('front')}/api/gateway/faults`, { method: 'PUT', body, headers })).status
    }
    const fault = { prefix: '/api/products', percent: 100, abort: 503, seconds: 60 }
    expect(await set([fault], 'not the key of this installation', 'first')).toBe(404)
    expectStatus(await guest.get('/api/products'), 200)
    expect(await set([fault, { prefix: '/api/users', percent: 100, abort: 'reset', seconds: 60 }], faultsKey, 'second')).toBe(200)
    expect(await guest.get('/api/products')).toMatchObject({ status: 503, body: { code: 'gateway/fault' } })
    await expect(staff.get('/api/users/me')).rejects.toThrow()
    expect(await set([], faultsKey, 'third')).toBe(200)
    expectStatus(await guest.get('/api/products'), 200)
    expectStatus(await staff.get('/api/users/me'), 200)
  })
})
