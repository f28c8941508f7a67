import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { Webhook } from 'standardwebhooks'
import { Create } from 'typebox/value'
import { OrderConfirmed, OrderCreated } from '#contracts/events/orders.ts'
import { UserAuthenticated } from '#contracts/events/users.ts'
import { uuidv7 } from '#kit/core/ids.ts'
import { startService, type TestService, testUser } from '#kit/testing/service.ts'
import { webhooks } from './service.ts'
import { Settings } from './settings.ts'
import { startReceiver } from './testing/receiver.ts'

const staff = testUser(uuidv7(), ['webhooks:write'])
const settings = { ...(Create(Settings) as Settings), allowPrivate: true, timeoutMs: 400 }

let shop: TestService
const open: { close(): void }[] = []
beforeAll(async () => {
  shop = await startService(webhooks, { settings })
})
afterAll(() => shop.close())
beforeEach(() => shop.db.sql`delete from endpoints`)
afterEach(() => {
  for (const receiver of open.splice(0)) receiver.close()
})

const receiver: typeof startReceiver = async (answer) => {
  const started = await startReceiver(answer)
  open.push(started)
  return started
}

async function endpoint(url: string, events = ['order.*']): Promise<string> {
  const answer = await shop.request('POST', '/api/webhooks', { as: staff, body: { url, events } })
  expect(answer.status, JSON.stringify(answer.body)).toBe(201)
  return answer.body.id
}
const secretOf = async (id: string) => (await shop.request('GET', `/api/webhooks/${id}/secret`, { as: staff })).body
const deliveriesOf = async (id: string) => (await shop.request('GET', `/api/webhooks/${id}/deliveries`, { as: staff })).body.items
const facts = (more: object = {}) => ({
  orderId: uuidv7(),
  number: 'ORD-0123456789',
  channel: 'web',
  customerId: uuidv7(),
  locale: 'en',
  imported: false,
  ...more,
})
const confirmed = (more: object = {}) => OrderConfirmed({ ...facts(more), total: { amount: 1995, currency: 'EUR' }, lines: [] })
const send = () => shop.runJob('webhooks-send')
const makeDue = () => shop.db.sql`update deliveries set next_at = now() where state = 'pending'`

describe('an endpoint', () => {
  it('S22: hears of what it asked for, signed so that the standard library accepts it, once', async () => {
    const merchant = await receiver()
    const id = await endpoint(merchant.url)
    const event = confirmed()
    await shop.deliver(event)
    await shop.deliver(event)
    await send()
    await send()
    expect(merchant.received).toHaveLength(1)
    const [{ headers, body }] = merchant.received as [{ headers: Record<string, string>; body: string }]
    expect(headers['webhook-id']).toBe(event.id)
    const { secret } = await secretOf(id)
    expect(new Webhook(secret).verify(body, headers)).toEqual({
      type: 'OrderConfirmed.v1',
      timestamp: event.time,
      data: event.data,
    })
    expect(await deliveriesOf(id)).toMatchObject([
      { state: 'delivered', attempts: 1, lastStatus: 200, type: 'OrderConfirmed.v1', messageId: event.id },
    ])
  })

  it('hears nothing else, nothing while it is switched off, and nothing of imported history', async () => {
    const merchant = await receiver()
    const id = await endpoint(merchant.url, ['OrderCreated.v1'])
    await shop.deliver(confirmed())
    await shop.deliver(UserAuthenticated({ userId: uuidv7(), sessionId: uuidv7(), method: 'password' }))
    const created = (more: object) =>
      OrderCreated({ ...facts(more), placedAt: new Date().toISOString(), total: { amount: 1, currency: 'EUR' }, lines: [] })
    await shop.deliver(created({ imported: true }))
    await shop.request('PATCH', `/api/webhooks/${id}`, { as: staff, body: { enabled: false } })
    await shop.deliver(created({}))
    await send()
    expect(merchant.received).toEqual([])
    expect(await shop.db.sql`select 1 from deliveries`).toHaveLength(0)
  })

  it('can change its secret without missing anything: both sign for a day', async () => {
    const merchant = await receiver()
    const id = await endpoint(merchant.url)
    const before = (await secretOf(id)).secret
    const rotated = await shop.request('POST', `/api/webhooks/${id}/secret/rotate`, { as: staff })
    expect(JSON.stringify(rotated.body)).not.toContain('whsec_')
    const { secret, previous } = await secretOf(id)
    expect(previous).toBe(before)
    expect(secret).not.toBe(before)
    await shop.deliver(confirmed())
    await send()
    await shop.db.sql`update endpoints set previous_until = now() - interval '1 second' where id = ${id}`
    await shop.deliver(confirmed())
    await send()
    const [during, after] = merchant.received
    for (const known of [before, secret]) expect(() => new Webhook(known).verify(during!.body, during!.headers)).not.toThrow()
    expect(() => new Webhook(secret).verify(after!.body, after!.headers)).not.toThrow()
    expect(() => new Webhook(before).verify(after!.body, after!.headers)).toThrow()
  })

  it('keeps its secrets sealed', async () => {
    const id = await endpoint('http://127.0.0.1:9/')
    const [row] = await shop.db.sql<{ secret: Buffer }[]>`select secret from endpoints where id = ${id}`
    expect(row!.secret.toString('latin1')).not.toContain('whsec_')
    const answer = await shop.request('GET', '/api/webhooks', { as: staff })
    expect(JSON.stringify(answer.body)).not.toContain('whsec_')
  })

  it('can be tried out, and what went wrong can be sent again', async () => {
    let healthy = false
    const merchant = await receiver((response) => response.writeHead(healthy ? 200 : 500).end('<b>oops</b>\0'))
    const id = await endpoint(merchant.url)
    const ping = await shop.request('POST', `/api/webhooks/${id}/ping`, { as: staff })
    expect(ping.status).toBe(202)
    await send()
    healthy = true
    expect((await shop.request('POST', `/api/webhooks/deliveries/${ping.body.id}/resend`, { as: staff })).status).toBe(202)
    await send()
    expect(merchant.received.map(({ headers }) => headers['webhook-id'])).toEqual([ping.body.messageId, ping.body.messageId])
    const { body: details } = await shop.request('GET', `/api/webhooks/deliveries/${ping.body.id}`, { as: staff })
    expect(details).toMatchObject({
      state: 'delivered',
      type: 'webhook.ping',
      log: [
        { number: 1, status: 500, response: '<b>oops</b>\uFFFD' },
        { number: 2, status: 200 },
      ],
    })
  })

  it.each([
    'http://10.0.0.1/',
    'https://169.254.169.254/',
    'https://[::ffff:127.0.0.1]/',
    'https://user:pw@example.com/',
    'https://example.com:22/',
  ])('is not accepted where it would lead into our own network: %s', async (url) => {
    const strict = await startService(webhooks, { settings: Create(Settings) as Settings })
    try {
      const answer = await strict.request('POST', '/api/webhooks', { as: staff, body: { url, events: ['*'] } })
      expect([answer.status, answer.body.code, answer.body.errors[0].pointer]).toEqual([400, 'webhooks/bad-url', '/url'])
    } finally {
      await strict.close()
    }
  })

  it('must ask for something that exists, and only staff with the right may see it', async () => {
    const answer = await shop.request('POST', '/api/webhooks', {
      as: staff,
      body: { url: 'http://127.0.0.1/', events: ['order.*', 'Nonsense.v1', 'UserAuthenticated.v1'] },
    })
    expect(answer.body.errors.map((error: { pointer: string }) => error.pointer)).toEqual(['/events/1', '/events/2'])
    expect((await shop.request('GET', '/api/webhooks', { as: testUser(uuidv7()) })).status).toBe(403)
    expect((await shop.request('GET', '/api/webhooks')).status).toBe(401)
  })

  it('can be changed by one at a time', async () => {
    const id = await endpoint('http://127.0.0.1:9/')
    const change = (version: number) =>
      shop.request('PATCH', `/api/webhooks/${id}`, {
        as: staff,
        body: { description: 'ERP' },
        headers: { 'if-match': `"${version}"` },
      })
    expect((await change(1)).status).toBe(200)
    expect((await change(1)).status).toBe(412)
    expect((await shop.request('DELETE', `/api/webhooks/${id}`, { as: staff })).status).toBe(204)
    expect((await shop.request('GET', `/api/webhooks/${id}`, { as: staff })).status).toBe(404)
  })
})

describe('an endpoint that fails', () => {
  it('is tried again on schedule, and given up after the tenth time', async () => {
    const merchant = await receiver((response) => response.writeHead(503).end())
    const id = await endpoint(merchant.url)
    await shop.deliver(confirmed())
    await send()
    const [first] = await shop.db.sql<
      { seconds: number }[]
    >`select extract(epoch from next_at - now())::float8 as seconds from deliveries`
    expect(first!.seconds).toBeGreaterThan(4)
    expect(first!.seconds).toBeLessThan(6)
    await send()
    expect(merchant.received).toHaveLength(1)
    for (let attempt = 2; attempt <= 10; attempt += 1) {
      await makeDue()
      await send()
    }
    await makeDue()
    await send()
    expect(merchant.received).toHaveLength(10)
    expect(await deliveriesOf(id)).toMatchObject([{ state: 'failed', attempts: 10, lastError: 'answered 503' }])
    expect((await shop.request('GET', `/api/webhooks/${id}`, { as: staff })).body).toMatchObject({
      enabled: false,
      disabledReason: 'failing',
    })
  })

  it('is left alone when it says that it is gone', async () => {
    const merchant = await receiver((response) => response.writeHead(410).end())
    const id = await endpoint(merchant.url)
    await shop.deliver(confirmed())
    await send()
    expect((await shop.request('GET', `/api/webhooks/${id}`, { as: staff })).body).toMatchObject({
      enabled: false,
      disabledReason: 'gone',
    })
    expect(await deliveriesOf(id)).toMatchObject([{ state: 'failed', attempts: 1 }])
    expect((await shop.request('POST', `/api/webhooks/${id}/ping`, { as: staff })).status).toBe(409)
  })

  it('S22: is not followed elsewhere', async () => {
    const inside = await receiver()
    const merchant = await receiver((response) => response.writeHead(307, { location: inside.url }).end())
    const id = await endpoint(merchant.url)
    await shop.deliver(confirmed())
    await send()
    expect(inside.received).toEqual([])
    expect(await deliveriesOf(id)).toMatchObject([{ state: 'pending', lastStatus: 307 }])
  })

  it('delays nobody else while it hangs', async () => {
    const hanging = await receiver(() => undefined)
    const merchant = await receiver()
    const bad = await endpoint(hanging.url)
    await endpoint(merchant.url)
    for (let count = 0; count < 12; count += 1) await shop.deliver(confirmed())
    const sending = send()
    await expect.poll(() => merchant.received.length, { timeout: 390, interval: 5 }).toBe(12)
    expect(hanging.received.length).toBeLessThanOrEqual(settings.endpointConcurrency)
    await sending
    // which of the twelve were tried is nobody's promise
    const tried = (await deliveriesOf(bad)).filter(({ attempts }: { attempts: number }) => attempts > 0)
    expect(tried.length).toBeGreaterThan(0)
    for (const delivery of tried) expect(delivery).toMatchObject({ lastError: 'no answer within 400 ms' })
  })

  it('gets everything that was taken by a process that died', async () => {
    const merchant = await receiver()
    await endpoint(merchant.url)
    await shop.deliver(confirmed())
    await shop.db.sql`update deliveries set attempts = 1, next_at = now() - interval '1 second'`
    await send()
    expect(merchant.received).toHaveLength(1)
    const [row] = await shop.db.sql`select state, attempts from deliveries`
    expect(row).toMatchObject({ state: 'delivered', attempts: 2 })
  })
})

it('tells every endpoint, and forgets old messages', async () => {
  const [one, two] = [await receiver(), await receiver()]
  await endpoint(one.url, ['*'])
  await endpoint(two.url, ['OrderConfirmed.v1'])
  await shop.deliver(confirmed())
  await send()
  expect([one.received.length, two.received.length]).toEqual([1, 1])
  expect(one.received[0]!.headers['webhook-signature']).not.toBe(two.received[0]!.headers['webhook-signature'])
  await shop.db.sql`update deliveries set finished_at = now() - interval '31 days'`
  await shop.db.sql`update messages set created_at = now() - interval '31 days'`
  await shop.runJob('webhooks-clean-up')
  expect(await shop.db.sql`select 1 from messages`).toHaveLength(0)
})
