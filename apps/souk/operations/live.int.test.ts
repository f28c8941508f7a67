import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { OrderCancelled } from '#contracts/events/orders.ts'
import { buildApp } from '#kit/http/app.ts'
import { createLoadShedding } from '#kit/http/load-shedding.ts'
import { aUser } from '#kit/http/testing.ts'
import { encodeEvent } from '#kit/messaging/event.ts'
import { createPostgresBus, type PostgresBus } from '#kit/messaging/postgres-bus.ts'
import { busMigrations } from '#kit/messaging/schema-sets.ts'
import { silentLogger } from '#kit/service/logger.ts'
import { type TestDatabase, testDatabase } from '#kit/testing/database.ts'
import { eventually } from '#kit/testing/eventually.ts'
import { createLive } from './live.ts'
import { liveRoutes } from './live-routes.ts'

let database: TestDatabase
const closing: (() => Promise<unknown>)[] = []
const ida = aUser('ida', ['orders:read-any'])

beforeAll(async () => {
  database = await testDatabase({ schemas: [{ schema: 'bus', sets: [busMigrations] }] })
})
afterAll(async () => {
  for (const close of closing.reverse()) await close()
  await database?.drop()
})

/** One of the processes that answer requests. */
async function worker() {
  const bus = createPostgresBus({ url: database.urlOf('bus'), log: silentLogger, rebalanceMs: 100 })
  const live = createLive({ bus, authenticate: () => ida, log: silentLogger, limits: { gatherMs: 5 } })
  const load = createLoadShedding()
  const ended: string[] = []
  const app = buildApp({
    services: [{ name: 'operations', routes: liveRoutes({ live }) }],
    log: silentLogger,
    edge: { rateLimit: false, accessLog: 'off', shed: load.shed, authenticate: () => ida },
    onRequestEnd: ({ facts }) => ended.push(facts.label),
  })
  await app.listen({ port: 0, host: '127.0.0.1' })
  closing.push(async () => {
    await live.close()
    await app.close()
    load.close()
    await bus.close()
  })
  const { port } = app.server.address() as { port: number }
  const follow = async (lastEventId?: string) => {
    const leaving = new AbortController()
    const answer = await fetch(`http://127.0.0.1:${port}/api/live`, {
      headers: { accept: 'text/event-stream', ...(lastEventId ? { 'last-event-id': lastEventId } : {}) },
      signal: leaving.signal,
    })
    const page = { answer, text: '', leave: () => leaving.abort() }
    closing.push(async () => page.leave())
    void (async () => {
      for await (const chunk of answer.body!.pipeThrough(new TextDecoderStream())) page.text += chunk
    })().catch(() => undefined)
    await eventually(() => expect(page.text).toContain('retry:'))
    return page
  }
  return { bus, live, load, ended, follow, url: `http://127.0.0.1:${port}` }
}

async function cancel(bus: PostgresBus, orderId: string): Promise<string> {
  const event = OrderCancelled({ orderId } as never)
  const value = encodeEvent(event, 'orders').replace(/\}$/, ',"sequence":"1"}')
  await bus.publish([{ topic: OrderCancelled.topic, key: orderId, eventId: event.id, type: OrderCancelled.type, value }])
  return event.id
}

describe('pages that follow the shop, by different processes of it', () => {
  it('hear the same, and go on in one where they broke off in the other', async () => {
    const [one, other] = [await worker(), await worker()]
    const [first, second] = [await one.follow(), await other.follow()]
    expect(first.answer.headers.get('content-type')).toBe('text/event-stream')
    const id = await cancel(one.bus, 'order-1')
    await eventually(() => expect([first.text, second.text]).toEqual([expect.stringContaining(id), expect.stringContaining(id)]))
    first.leave()
    await eventually(() => expect(one.live.count()).toBe(0))
    await cancel(one.bus, 'order-2')
    await eventually(() => expect(second.text).toContain('order-2'))
    const again = await other.follow(id)
    await eventually(() => expect(again.text).toContain('order-2'))
    expect(again.text).not.toContain('resync')
  })

  it('count neither as work in hand nor as slow answers', async () => {
    const { load, ended, live, follow } = await worker()
    const page = await follow()
    expect(load.stats().inFlight).toBe(0)
    page.leave()
    await eventually(() => expect(live.count()).toBe(0))
    expect(ended).toEqual([])
  })

  it('answer whoever does not stay with the opening alone, and HEAD with nothing', async () => {
    const { url, live } = await worker()
    expect(await (await fetch(`${url}/api/live`)).text()).toContain('event: resync')
    const head = await fetch(`${url}/api/live`, { method: 'HEAD', headers: { accept: 'text/event-stream' } })
    expect([head.status, await head.text()]).toEqual([200, ''])
    await eventually(() => expect(live.count()).toBe(0))
  })
})
