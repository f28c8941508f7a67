/** Catalogue, reviews and search in one process on a PostgreSQL of their own, without the rest of the shop: for measurements of search. */
import { hkdfSync } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { productsRpc } from '#contracts/rpc/products.ts'
import { createResponseCache } from '#kit/cache/response-cache.ts'
import { startPostgres } from '#kit/db/embedded.ts'
import { migrate } from '#kit/db/migrate.ts'
import { openDb, type OpenedDb } from '#kit/db/open.ts'
import { provisionService } from '#kit/db/roles.ts'
import { buildApp } from '#kit/http/app.ts'
import { singleChannel } from '#kit/http/negotiation.ts'
import { anonymous } from '#kit/core/principal.ts'
import { createOutbox } from '#kit/messaging/outbox.ts'
import { createFileStore } from '#kit/objects/file-store.ts'
import type { RpcClient } from '#kit/rpc/rpc.ts'
import { createHost, type Host } from '#kit/service/host.ts'
import { silentLogger } from '#kit/service/logger.ts'
import { migrationSets, roleOf } from '#kit/service/migrations.ts'
import { shopFolder } from '#kit/testing/shop-folder.ts'
import { loadServices } from '../apps/souk/load.ts'

export interface SearchHost {
  readonly app: FastifyInstance
  /** the same without a memory for answers: each is made anew */
  readonly unkept: FastifyInstance
  readonly host: Host
  /** where the database is */
  readonly folder: string
  readonly admin: OpenedDb
  readonly products: RpcClient<typeof productsRpc>
  /** Runs a job of a service once. */
  job(service: string, name: string): Promise<void>
  close(): Promise<void>
}

export interface SearchHostOptions {
  readonly channel?: string
  readonly locales?: readonly string[]
  readonly settings?: Record<string, unknown>
  /** of PostgreSQL */
  readonly database?: Record<string, string | boolean>
  /** where the database stays for the next run; default: a temporary folder that goes with it */
  readonly folder?: string | undefined
}

const PATIENT = { statement: 600_000, lock: 60_000, poolWait: 60_000, idleInTransaction: 600_000, answer: 0 }

export async function openSearchHost(options: SearchHostOptions = {}): Promise<SearchHost> {
  const dir = await shopFolder('search', options.folder)
  const server = await startPostgres({
    dir: join(dir, 'postgres'),
    disposable: true,
    settings: { max_connections: 150, shared_buffers: '1GB', fsync: false, full_page_writes: false, ...options.database },
  })
  const admin = openDb({ url: server.adminUrl, schema: 'public', applicationName: 'bench', max: 2, timeouts: PATIENT })
  const services = (await loadServices({ root: new URL('../', import.meta.url) }))
    .map(({ service }) => service)
    .filter(({ name }) => ['products', 'search', 'reviews'].includes(name))
  const databases = new Map<string, OpenedDb>()
  for (const service of services) {
    const plan = { schema: service.name, role: roleOf(service), sets: migrationSets(service) }
    await provisionService(admin.sql, { ...plan, password: 'bench' })
    await migrate(admin.sql, plan)
    const url = new URL(server.adminUrl)
    url.username = plan.role
    url.password = 'bench'
    databases.set(
      service.name,
      openDb({ url: String(url), schema: service.name, applicationName: `bench ${service.name}`, max: 30, timeouts: PATIENT }),
    )
  }
  const host = createHost(services, [], {
    environment: 'production',
    publicUrl: 'http://localhost',
    log: silentLogger,
    objects: createFileStore(join(dir, 'objects')),
    mail: { send: async () => undefined, close: async () => undefined },
    database: (service) => databases.get(service.name)!,
    outbox: (service) => createOutbox({ source: service.name, wakeUp: { ring() {} } }),
    settings: (service) =>
      service.name === 'search' ? { cacheSeconds: 300, url: 'postgres:', replicas: '0-1', ...options.settings } : {},
    secret: (purpose) => Buffer.from(hkdfSync('sha256', 'only for measurements', '', purpose, 32)),
  })
  for (const service of host.services) await service.bootstrap()
  const build = (kept: boolean) =>
    buildApp({
      services: host.services.map((service) => ({
        ...service,
        routes: service.routes,
        ...(kept ? { cache: createResponseCache({ read: service.changes }) } : {}),
      })),
      log: silentLogger,
      edge: {
        rateLimit: false,
        accessLog: 'off',
        channels: singleChannel(options.channel ?? 'web', options.locales ?? ['en', 'de']),
        authenticate: () => anonymous,
      },
    })
  const [app, unkept] = [build(true), build(false)]
  await Promise.all([app.ready(), unkept.ready()])
  return {
    app,
    folder: dir,
    unkept,
    host,
    admin,
    products: host.rpc.client(productsRpc, 'bench'),
    async job(service, name) {
      const found = host.service(service).jobs.find((job) => job.name === name)
      if (!found) throw new Error(`${service} has no job ${name}`)
      await found.run(AbortSignal.timeout(3_600_000))
    },
    async close() {
      await Promise.all([app.close(), unkept.close()])
      await Promise.all([...databases.values(), admin].map((db) => db.close()))
      await server.stop()
      if (!options.folder) await rm(dir, { recursive: true, force: true })
    },
  }
}
