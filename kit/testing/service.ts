import { hkdfSync } from 'node:crypto'
import { tmpdir } from 'node:os'
import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { FastifyInstance, InjectOptions } from 'fastify'
import { currentContext, newTraceId, withContext } from '#kit/core/context.ts'
import { anonymous, type Principal } from '#kit/core/principal.ts'
import { createResponseCache } from '#kit/cache/response-cache.ts'
import type { DbTimeouts, OpenedDb } from '#kit/db/open.ts'
import { buildApp } from '#kit/http/app.ts'
import { singleChannel } from '#kit/http/negotiation.ts'
import type { Mail, MailPort } from '#kit/mail/mail.ts'
import { contextOf, type Event, type NewEvent } from '#kit/messaging/event.ts'
import { createOutbox } from '#kit/messaging/outbox.ts'
import { createFileStore } from '#kit/objects/file-store.ts'
import type { ObjectStore } from '#kit/objects/objects.ts'
import type { AnyProcess } from '#kit/process/process.ts'
import { defineRpc } from '#kit/rpc/rpc.ts'
import { createHost, type Host, type RunningService } from '#kit/service/host.ts'
import type { Memory } from '#kit/memory/memory.ts'
import { silentLogger } from '#kit/service/logger.ts'
import { migrationSets } from '#kit/service/migrations.ts'
import type { Service } from '#kit/service/service.ts'
import { type TestDatabase, testDatabase } from './database.ts'

type FakeMethods = Record<string, (input: never, call: never) => Promise<unknown>>

export interface StartServiceOptions {
  /** answers of other services: `{ inventory: { reserve: async () => ({ outcome: 'reserved', … }) } }` */
  readonly rpc?: Record<string, FakeMethods>
  readonly settings?: Record<string, unknown>
  /** processes whose home is this service */
  readonly processes?: readonly AnyProcess[]
  readonly environment?: 'development' | 'test' | 'production'
  /** instead of the one that fills `mails`: the mailbox, or one that fails */
  readonly mail?: MailPort
  /** default: the memory of this process */
  readonly memory?: Memory
  /** of the database, instead of limits that a busy machine does not reach */
  readonly timeouts?: Partial<DbTimeouts>
}

export interface TestAnswer {
  readonly status: number
  readonly headers: Record<string, string | string[] | number | undefined>
  /** parsed JSON, or undefined */
  // biome-ignore lint/suspicious/noExplicitAny: a test looks at whatever came back
  readonly body: any
  readonly raw: Buffer
}

export interface TestService {
  readonly running: RunningService
  readonly host: Host
  readonly app: FastifyInstance
  readonly db: OpenedDb
  readonly database: TestDatabase
  /** where the service keeps its files */
  readonly objects: ObjectStore
  /** mails the service handed to the mail port */
  readonly mails: Mail[]
  request(
    method: string,
    url: string,
    options?: { body?: unknown; as?: Principal; headers?: Record<string, string>; raw?: Buffer },
  ): Promise<TestAnswer>
  /** Calls the service's RPC as another service would. */
  call<T = unknown>(method: string, input: unknown): Promise<T>
  /** Events in the outbox, oldest first. */
  events(type?: string): Promise<Event[]>
  /** Hands an event to the reactions as the bus would: in the story that is running here, caused by the event. Kept answers know of it afterwards. */
  deliver(event: NewEvent): Promise<void>
  runJob(name: string): Promise<void>
  close(): Promise<void>
}

/** A shopper or member of staff for tests. */
export function testUser(id: string, permissions: readonly string[] = [], roles: readonly string[] = ['CUSTOMER']): Principal {
  return { kind: 'user', id, roles, permissions: new Set(permissions), sessionId: '00000000-0000-7000-8000-000000000001' }
}

/** Boots one service on a real PostgreSQL, with the rest of the world faked. Close it in `afterAll`. */
export async function startService(service: Service, options: StartServiceOptions = {}): Promise<TestService> {
  const database = await testDatabase({ schemas: [{ schema: service.name, sets: migrationSets(service) }] })
  const db = database.db(service.name, { max: 10, ...(options.timeouts ? { timeouts: options.timeouts } : {}) })
  const folder = await mkdtemp(join(tmpdir(), 'souk-objects-'))
  const mails: Mail[] = []
  const secret = (purpose: string) => Buffer.from(hkdfSync('sha256', 'only for tests', '', purpose, 32))
  const objects = createFileStore(folder)
  const host = createHost([service], options.processes ?? [], {
    environment: options.environment ?? 'test',
    alone: true,
    publicUrl: 'http://shop.test',
    log: silentLogger,
    objects,
    mail: options.mail ?? { send: async (mail) => void mails.push(mail), close: async () => undefined },
    database: () => db,
    outbox: () => createOutbox({ source: service.name, wakeUp: { ring() {} } }),
    settings: () => options.settings ?? {},
    secret,
    memory: options.memory,
  })
  for (const [name, methods] of Object.entries(options.rpc ?? {})) {
    host.rpc.serve({ contract: defineRpc(name, {}), methods: methods as never })
  }
  const running = host.service(service.name)
  await running.bootstrap()
  const cache = createResponseCache({ read: running.changes })
  const app = buildApp({
    services: [{ ...running, routes: running.routes, cache }],
    log: silentLogger,
    edge: {
      rateLimit: false,
      accessLog: 'off',
      channels: singleChannel('web'),
      authenticate: (headers) => principals.get(String(headers['x-test-principal'])) ?? anonymous,
    },
  })
  const principals = new Map<string, Principal>()
  await app.ready()
  const opened = await running.open()

  return {
    running,
    host,
    app,
    db,
    database,
    objects,
    mails,
    async request(method, url, { body, as, headers = {}, raw } = {}) {
      const key = as ? newTraceId() : 'nobody'
      if (as) principals.set(key, as)
      const answer = await app.inject({
        method: method as InjectOptions['method'] & string,
        url,
        headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers, 'x-test-principal': key },
        ...(raw ? { payload: raw } : body === undefined ? {} : { payload: JSON.stringify(body) }),
      } as InjectOptions)
      principals.delete(key)
      const isJson = /json/.test(String(answer.headers['content-type'])) && answer.headers['content-encoding'] === undefined
      return {
        status: answer.statusCode,
        headers: answer.headers,
        body: isJson ? JSON.parse(answer.body) : undefined,
        raw: answer.rawPayload,
      }
    },
    async call<T>(method: string, input: unknown) {
      const implementation = host.rpc.implementations().find(({ contract }) => contract.service === service.name)
      if (!implementation) throw new Error(`${service.name} answers no calls`)
      return (await host.rpc.client(implementation.contract, 'test')[method]!(input as never)) as T
    },
    async events(type) {
      const rows = await db.sql<
        { payload: string }[]
      >`select outbox.payload from outbox where ${type ?? null}::text is null or outbox.type = ${type ?? null} order by outbox.position`
      return rows.map((row) => JSON.parse(row.payload) as Event)
    },
    async deliver(event) {
      const { traceId, correlationId } = currentContext()
      const delivered: Event = {
        specversion: '1.0',
        id: event.id,
        source: 'test',
        type: event.type,
        subject: event.key,
        time: event.time,
        datacontenttype: 'application/json',
        traceid: traceId,
        correlationid: correlationId,
        sequence: '1',
        data: JSON.parse(JSON.stringify(event.data)),
      }
      for (const reaction of running.reactions.filter(({ event: { type } }) => type === event.type)) {
        await withContext(contextOf(delivered), () => db.tx((tx) => reaction.handle(delivered, { tx })))
      }
      await cache.catchUp()
    },
    async runJob(name) {
      const job = running.jobs.find((candidate) => candidate.name === name)
      if (!job) throw new Error(`no job ${name}; there are: ${running.jobs.map((candidate) => candidate.name).join(', ')}`)
      await job.run(AbortSignal.timeout(10_000))
      await cache.catchUp()
    },
    async close() {
      await host.flush()
      opened.letGo?.()
      await app.close()
      await opened.close()
      await database.drop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
