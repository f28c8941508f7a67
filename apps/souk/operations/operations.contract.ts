import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Principal } from '#kit/core/principal.ts'
import type { OpenedDb } from '#kit/db/open.ts'
import { buildApp } from '#kit/http/app.ts'
import { createMetrics } from '#kit/http/metrics.ts'
import { encodeEvent } from '#kit/messaging/event.ts'
import { createPostgresBus, type PostgresBus } from '#kit/messaging/postgres-bus.ts'
import { busMigrations } from '#kit/messaging/schema-sets.ts'
import { type Background, startBackground } from '#kit/service/background.ts'
import { createHost, type Host } from '#kit/service/host.ts'
import { silentLogger } from '#kit/service/logger.ts'
import { migrationSets } from '#kit/service/migrations.ts'
import { type TestDatabase, testDatabase } from '#kit/testing/database.ts'
import { eventually } from '#kit/testing/eventually.ts'
import { busHealth } from './bus-health.ts'
import { createEventFlow } from './event-flow.ts'
import { registerGauges } from './gauges.ts'
import { createOtherProcesses } from './other-processes.ts'
import { deliverProcess, ledger, poisoned, Sold } from './ledger.fixture.ts'
import { createLive } from './live.ts'
import { operationsService } from './operations.ts'
import { nodesOf } from './service-map.ts'
import { readSettings } from '../settings.ts'

/**
 * What staff see and do, with a real database. `apart`: they ask a process that runs none of the services, as the gateway of a shop whose
 * services run in processes of their own.
 */
export function operationsContract({ apart }: { readonly apart: boolean }): void {
  let database: TestDatabase
  let db: OpenedDb
  let bus: PostgresBus
  let host: Host
  let background: Background
  /** the one that staff ask */
  let app: FastifyInstance
  const opened: FastifyInstance[] = []
  const metrics = createMetrics({ process: false })
  const staff: Principal = {
    kind: 'user',
    id: 'ida',
    roles: ['ADMIN'],
    permissions: new Set(['events:operate', 'config:read']),
    sessionId: 's',
  }
  const shopper: Principal = { kind: 'user', id: 'carl', roles: ['CUSTOMER'], permissions: new Set(), sessionId: 't' }

  beforeAll(async () => {
    database = await testDatabase({
      schemas: [
        { schema: 'bus', sets: [busMigrations] },
        { schema: 'ledger', sets: migrationSets(ledger) },
      ],
    })
    db = database.db('ledger', { max: 10 })
    bus = createPostgresBus({ url: database.urlOf('bus'), log: silentLogger, rebalanceMs: 100 })
    host = createHost([ledger], [deliverProcess], {
      environment: 'test',
      publicUrl: 'http://shop.test',
      log: silentLogger,
      objects: undefined as never,
      mail: undefined as never,
      database: () => db,
      outbox: () => ({ append: async () => undefined, encode: () => '[]', rows: () => [], wake: () => undefined }),
      settings: () => ({}),
      secret: () => Buffer.alloc(32),
    })
    const platform = { host, bus, databases: new Map([['ledger', db]]), eachDatabase: [db] } as never
    const flow = createEventFlow({ host, bus })
    registerGauges(metrics, platform, flow, 'debezium_orders')
    const settings = readSettings(
      { HOST: '127.0.0.9', SOUK_SECRET: 'xJ4v9Qm2Lr7Tz0Bn5Wk8Ye3Hp6Gd1FcsUaR' },
      { root: new URL('../../../', import.meta.url) },
    )
    const live = createLive({ bus, authenticate: () => staff, log: silentLogger })
    const others = (here: string[], at: Record<string, string>) =>
      createOtherProcesses({
        here,
        peers: new Map(Object.entries(at).map(([service, url]) => [service, [{ url, version: 'main' }]])),
        secret: Buffer.alloc(32, 7),
        patienceMs: 20_000,
        commandPatienceMs: 20_000,
      })
    const faceOf = (deps: Pick<Parameters<typeof operationsService>[0], 'platform' | 'flow' | 'others'>) =>
      buildApp({
        services: [
          operationsService({
            ...deps,
            log: silentLogger,
            live,
            homes: new Map([['deliver', 'ledger']]),
            settings,
            services: [ledger],
            map: nodesOf(host, true),
            recent: async () => [],
          }),
        ],
        log: silentLogger,
        edge: {
          rateLimit: false,
          accessLog: 'off',
          authenticate: ({ authorization }) =>
            authorization === 'staff' ? staff : authorization === 'shopper' ? shopper : undefined,
        },
      })
    app = faceOf({ platform: { host, bus }, flow, others: apart ? others(['ledger'], {}) : undefined })
    opened.push(app)
    if (apart) {
      const url = await app.listen({ host: '127.0.0.1', port: 0 })
      const door = { host: { services: [] } as unknown as Host, bus }
      app = faceOf({ platform: door, flow: createEventFlow(door), others: others(['gateway'], { ledger: url }) })
      opened.push(app)
    }
    await app.ready()
    background = await startBackground({ host, bus, log: silentLogger })
  })

  afterAll(async () => {
    await background?.stop()
    await Promise.all(opened.map((one) => one.close()))
    await bus?.close()
    await database?.drop()
  })

  async function ask(method: 'GET' | 'POST', url: string, body?: object, who = 'staff') {
    const answer = await app.inject({ method, url, headers: { authorization: who }, ...(body ? { payload: body } : {}) })
    return { status: answer.statusCode, body: answer.body === '' ? undefined : answer.json() }
  }

  const publish = (...sales: [sale: string, n: number][]) =>
    bus.publish(
      sales.map(([saleId, n]) => {
        const event = Sold({ saleId, n })
        const value = encodeEvent(event, 'test').replace(/\}$/, ',"sequence":"1"}')
        return { topic: Sold.topic, key: saleId, eventId: event.id, type: Sold.type, value }
      }),
    )

  async function deadOnes(count: number, query = '') {
    return await eventually(
      async () => {
        const { body } = await ask('GET', `/api/events/dlq${query}`)
        expect(body.items).toHaveLength(count)
        return body as { items: { eventId: string; key: string }[]; next?: string }
      },
      { timeoutMs: 15_000 },
    )
  }

  describe('events and flows in the hands of staff', () => {
    it('are nothing for customers and strangers', async () => {
      for (const [method, url] of [
        ['GET', '/api/events/topics'],
        ['GET', '/api/events/dlq'],
        ['POST', '/api/events/dlq/redrive'],
        ['GET', '/api/processes'],
        ['GET', '/api/admin'],
        ['GET', '/api/admin/map'],
        ['GET', '/api/admin/jobs'],
        ['POST', '/api/admin/jobs/ledger/close-the-books/run'],
        ['GET', '/api/admin/settings'],
      ] as const) {
        expect((await ask(method, url, undefined, 'shopper')).status, url).toBe(403)
        expect((await ask(method, url, undefined, 'nobody')).status, url).toBe(401)
      }
    })

    it('show a dead letter with its error, count equal ones, and try it again once the cause is mended', async () => {
      for (const sale of ['a', 'b', 'c']) poisoned.add(sale)
      await publish(['a', 1], ['b', 2], ['c', 3], ['a', 4], ['fine', 5])
      const { items } = await deadOnes(3)
      const first = items.find(({ key }) => key === 'a')
      const whole = await ask('GET', `/api/events/dlq/ledger/${first?.eventId}`)
      expect(whole.body).toMatchObject({
        key: 'a',
        attempts: 3,
        message: 'no account for sale 1',
        waiting: 1,
        waitingEvents: [{ type: 'Sold.v1' }],
      })
      expect(JSON.parse(whole.body.event)).toMatchObject({ data: { saleId: 'a', n: 1 } })
      expect((await ask('GET', '/api/events/dlq/patterns')).body.items).toMatchObject([
        { count: 3, pattern: 'no account for sale <n>' },
      ])

      const pageOne = await deadOnes(2, '?limit=2')
      const pageTwo = await ask('GET', `/api/events/dlq?limit=2&cursor=${pageOne.next}`)
      expect(pageTwo.body.next).toBeUndefined()
      expect(new Set([...pageOne.items, ...pageTwo.body.items].map(({ eventId }) => eventId)).size).toBe(3)

      const { body: topics } = await ask('GET', '/api/events/topics')
      expect(topics.items.find(({ topic }: { topic: string }) => topic === 'sale.events')).toMatchObject({
        records: 5,
        groups: [{ group: 'ledger', lag: 0 }],
      })
      expect((await ask('GET', '/api/admin')).body.outboxes).toContainEqual({ service: 'ledger', rows: 0, seconds: 0 })
      const scraped = await metrics.registry.metrics()
      expect(scraped).toContain('dlq_messages{topic="sale.events",group="ledger"} 3')
      expect(scraped).toContain('outbox_rows{service="ledger"} 0')

      expect((await ask('POST', '/api/events/dlq/redrive', {})).status).toBe(400)
      poisoned.delete('a')
      expect((await ask('POST', `/api/events/dlq/ledger/${first?.eventId}/redrive`)).body).toEqual({ redriven: 1 })
      await deadOnes(2)
      const b = items.find(({ key }) => key === 'b')
      expect((await ask('POST', `/api/events/dlq/ledger/${b?.eventId}/discard`)).status).toBe(204)
      expect((await ask('POST', `/api/events/dlq/ledger/${b?.eventId}/discard`)).status).toBe(404)
      poisoned.clear()
      expect((await ask('POST', '/api/events/dlq/redrive', { all: true })).body).toMatchObject({ redriven: 1 })
      await deadOnes(0)
    }, 40_000)

    it('read a topic again, which takes no second effect, and refuse what would', async () => {
      await publish(['r', 1])
      const replayed = await ask('POST', '/api/events/replay', { group: 'ledger', topic: 'sale.events', from: 0 })
      expect(replayed.body).toMatchObject({ group: 'ledger', forgotten: 0 })
      expect((await ask('POST', '/api/events/replay', { group: 'ledger', topic: 'sale.events', again: true })).body.code).toBe(
        'operations/would-act-again',
      )
      expect((await ask('POST', '/api/events/replay', { group: 'nobody', topic: 'sale.events' })).status).toBe(404)
      expect((await ask('POST', '/api/events/replay', { group: 'ledger', topic: 'nothing.events' })).status).toBe(404)
    })

    it('show a flow that is stuck and finish it with another try, but do not push one that waits', async () => {
      const [stuck, waits] = ['018f0000-0000-7000-8000-000000000001', '018f0000-0000-7000-8000-000000000002']
      await database.admin`
      insert into ledger.processes (name, id, status, state, pending, attempts, due_at, lease_until, last_error)
      values ('deliver', ${stuck}, 'stuck', '{"type":"delivering","street":"Hill 1"}', '[{"type":"CallVan"}]', 50, 'infinity', now(), 'the van is broken'),
             ('deliver', ${waits}, 'waiting', '{"type":"delivering"}', '[]', 0, now() + interval '1 hour', now(), null)`
      const { body } = await ask('GET', '/api/processes?status=stuck')
      expect(body.items).toMatchObject([
        { id: stuck, home: 'ledger', state: 'delivering', pending: ['CallVan'], attempts: 50, lastError: 'the van is broken' },
      ])
      expect(JSON.stringify(body)).not.toContain('Hill 1')
      expect((await ask('POST', `/api/processes/deliver/${stuck}/retry`)).status).toBe(202)
      await eventually(async () =>
        expect((await ask('GET', `/api/processes/deliver/${stuck}`)).body).toMatchObject({ status: 'done', state: 'delivered' }),
      )
      expect((await ask('POST', `/api/processes/deliver/${stuck}/retry`)).body.code).toBe('operations/flow-ended')
      expect((await ask('POST', `/api/processes/deliver/${waits}/retry`)).body.code).toBe('operations/flow-waits')
      expect((await ask('GET', '/api/processes')).body.items).toMatchObject([{ id: waits }])
    })

    it('show what is done by the clock and how it went, and have a job run once more now', async () => {
      const closing = async () =>
        (await ask('GET', '/api/admin/jobs')).body.items.find(({ name }: { name: string }) => name === 'close-the-books')
      const failed = await eventually(async () => {
        const job = await closing()
        expect(job).toMatchObject({ service: 'ledger', everySeconds: 86_400, runs: 1, running: false })
        return job
      })
      expect(failed.lastError).toBe('a page is missing: ask [address]')
      expect(Date.parse(failed.nextAt)).toBeGreaterThan(Date.now() + 80_000_000)
      expect((await ask('POST', '/api/admin/jobs/ledger/close-the-books/run')).status).toBe(202)
      expect((await closing()).nextAt).toBeNull()
      expect((await ask('POST', '/api/admin/jobs/ledger/rob-the-bank/run')).body.code).toBe('operations/no-such-job')
      await database.admin`update ledger.jobs set lease_until = now() + interval '1 minute' where name = 'close-the-books'`
      expect((await ask('POST', '/api/admin/jobs/ledger/close-the-books/run')).body.code).toBe('operations/job-runs')
    })

    it('show which service writes and reads which topic', async () => {
      expect((await ask('GET', '/api/admin/map')).body.services).toMatchObject([
        { name: 'ledger', here: true, publishes: ['sale.events'], reads: ['sale.events'] },
      ])
    })

    it('show every setting and where it comes from, but no secret', async () => {
      const { body } = await ask('GET', '/api/admin/settings')
      const of = (wanted: string) => body.items.find(({ name }: { name: string }) => name === wanted)
      expect(of('HOST')).toMatchObject({ value: '127.0.0.9', source: 'environment', secret: false })
      expect(of('PORT')).toMatchObject({ value: '8080', source: 'default' })
      expect(of('SOUK_SECRET')).toMatchObject({ source: 'environment', secret: true })
      expect(JSON.stringify(body)).not.toContain('xJ4v9')
    })

    it('tell the health of the bus', async () => {
      const flow = createEventFlow({ host, bus })
      const settings = { eventsStrategy: 'relay', rowChanges: 'off', rowChangesSlot: 'debezium_orders' } as const
      const health = busHealth({ bus, eachDatabase: [db] } as never, settings, flow)
      expect(await health.check()).toMatchObject({ driver: 'postgres', strategy: 'relay', deadLetters: 0, unfinishedFlows: 1 })
    })
  })
}
