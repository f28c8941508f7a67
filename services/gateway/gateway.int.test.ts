import { createHmac } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { service } from './service.ts'
import { changesOf, shiftTraffic, Traffic } from './traffic.ts'
import { silentLogger } from '#kit/service/logger.ts'
import { startService, type TestService, testUser } from '#kit/testing/service.ts'
import { signWebhook } from '#kit/http/webhook-signature.ts'

let gateway: TestService
beforeAll(async () => {
  gateway = await startService(service)
})
afterAll(() => gateway?.close())

const shift = (weights: Record<string, number> | null, expectedVersion?: number) =>
  gateway.db.tx((tx) =>
    shiftTraffic(tx, gateway.running.outbox, {
      service: 'orders',
      weights,
      reason: 'try the new one',
      changedBy: 'ann',
      expectedVersion,
    }),
  )

describe('shifting traffic', () => {
  it('is noted with who and why, told as an event, and cannot be rewritten', async () => {
    expect(await shift({ v1: 90, v2: 10 })).toMatchObject({ version: 1, changedBy: 'ann', reason: 'try the new one' })
    const [event] = await gateway.events('TrafficShifted.v1')
    expect(event).toMatchObject({
      subject: 'orders',
      data: {
        weights: [
          { version: 'v1', weight: 90 },
          { version: 'v2', weight: 10 },
        ],
        changedBy: 'ann',
      },
    })
    await expect(gateway.db.sql`update traffic_changes set reason = 'another'`).rejects.toThrow(/permission denied/)
    await expect(gateway.db.sql`delete from traffic_changes`).rejects.toThrow(/permission denied/)
  })

  it('of two at once, one is told to look again', async () => {
    const { version } = await shift({ v1: 90, v2: 10 })
    const outcomes = await Promise.allSettled([shift({ v1: 50, v2: 50 }, version), shift({ v1: 0, v2: 100 }, version)])
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    await expect(shift({ v1: 1 }, version)).rejects.toMatchObject({ code: 'gateway/version-conflict' })
    expect((await changesOf(gateway.db.sql, 'orders', 2)).map((change) => change.version)).toEqual([version + 1, version])
  })

  it('holds until staff go back to the settings, also while the database does not answer', async () => {
    const settings = new Map([['orders', { v1: 100 }]])
    let down = false
    const sql = new Proxy(gateway.db.sql, {
      apply: (target, self, args) => {
        if (down) throw new Error('no database')
        return Reflect.apply(target as never, self, args)
      },
    })
    const traffic = new Traffic({ sql }, () => settings, silentLogger)
    expect(traffic.weights('orders')).toEqual({ v1: 100 })
    await shift({ v1: 0, v2: 100 })
    await traffic.refresh()
    expect(traffic.weights('orders')).toEqual({ v1: 0, v2: 100 })
    down = true
    await traffic.refresh()
    expect(traffic.weights('orders')).toEqual({ v1: 0, v2: 100 })
    down = false
    await shift(null)
    await traffic.refresh()
    expect(traffic.weights('orders')).toEqual({ v1: 100 })
  })

  it('is for staff who operate the gateway, and only where services run apart', async () => {
    const body = { weights: [{ version: 'v1', weight: 1 }], reason: 'because' }
    const put = (...permissions: string[]) =>
      gateway.request('PUT', '/api/gateway/traffic/orders', { body, as: testUser('ann', permissions) })
    expect((await put('gateway:read')).status).toBe(403)
    expect((await put('gateway:operate')).body).toMatchObject({ status: 404, code: 'gateway/no-such-service' })
  })
})

describe('S35: making requests fail on purpose', () => {
  const key = 'k'.repeat(40)
  const body = JSON.stringify({ faults: [{ prefix: '/api/gateway/traffic', percent: 100, abort: 503, seconds: 60 }] })
  const signed = (withKey: string, id: string, text = body, at = new Date()) => ({
    'content-type': 'application/json',
    ...signWebhook([Buffer.from(withKey)], id, Buffer.from(text), at),
  })
  const send = (to: TestService, headers: Record<string, string>, remoteAddress = '127.0.0.1') =>
    to.app.inject({ method: 'PUT', url: '/api/gateway/faults', payload: body, headers, remoteAddress })

  it('needs the key in the environment, a caller on this machine and a fresh signature', async () => {
    const open = await startService(service, { settings: { faultsKey: key } })
    try {
      const statuses = [
        await send(open, signed(key, 'one'), '192.0.2.1'),
        await send(open, signed('x'.repeat(40), 'two')),
        await send(open, signed(key, 'three', '{"faults":[]}')),
        await send(open, signed(key, 'four', body, new Date(Date.now() - 3_600_000))),
        await send(open, { 'content-type': 'application/json' }),
        await send(open, signed(key, 'five')),
        await send(open, signed(key, 'five')),
        await send(gateway, signed(key, 'six')),
      ].map(({ statusCode }) => statusCode)
      expect(statuses).toEqual([404, 404, 404, 404, 404, 200, 404, 404])
    } finally {
      await open.close()
    }
  })

  it('is for one request too, whose header is signed; one with another header is refused', async () => {
    const open = await startService(service, { settings: { faultsKey: key } })
    try {
      const told = `abort=599,until=${Math.floor(Date.now() / 1000) + 60}`
      const signature = createHmac('sha256', key).update(`GET /api/products\n${told}`).digest('base64url')
      const faultOf = (url: string, header?: string) =>
        open.running.door!.faults!({ url, method: 'GET', headers: { 'x-souk-fault': header } } as never)
      expect(faultOf('/api/products?page=2', `${told},signature=${signature}`)).toEqual({ abort: 599 })
      for (const [url, header] of [
        ['/api/orders', `${told},signature=${signature}`],
        ['/api/products', told],
      ] as const)
        expect(() => faultOf(url, header)).toThrow(expect.objectContaining({ code: 'gateway/not-found' }))
      expect(faultOf('/api/products')).toBeUndefined()
    } finally {
      await open.close()
    }
  })

  it('does not exist in production, whatever the environment says', async () => {
    const shop = await startService(service, { settings: { faultsKey: key }, environment: 'production' })
    try {
      const answer = await send(shop, signed(key, 'seven'))
      expect([answer.statusCode, answer.json().code]).toEqual([404, 'http/no-such-route'])
      expect(shop.running.door?.faults).toBeUndefined()
    } finally {
      await shop.close()
    }
  })
})
