import { existsSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { startPostgres } from '#kit/db/embedded.ts'
import { openDb, type OpenedDb } from '#kit/db/open.ts'
import { withDatabase } from '#kit/db/url.ts'
import { eventually } from '#kit/testing/eventually.ts'
import { shopFolder } from '#kit/testing/shop-folder.ts'
import { type Client, client, expectStatus, signIn } from '../tests/e2e/client.ts'
import { openShop, type Shop } from '../tests/e2e/shop.ts'
import { recordingSettings } from './recorded-sql.ts'
import { type Layout, launchOf } from './layouts.ts'
import { type CpuByPart, cpuByPart, cpuMsOf, familyOf, nodeMemoryMb } from './measure.ts'

export interface BenchShop {
  readonly shop: Shop
  /** its data are those of an earlier run, so `skus` and `productIds` are empty */
  readonly kept: boolean
  readonly staff: Client
  readonly guest: Client
  readonly skus: readonly string[]
  readonly productIds: string[]
  readonly admin: OpenedDb
  /** undefined: that of `npm start` */
  readonly layout: Layout | undefined
  /** superuser's URL of every database with schemas of the shop, the one of `admin` first */
  readonly databaseUrls: readonly string[]
  /** superuser's URL */
  readonly adminUrl: string
  readonly folder: string
  /** statements that services have run so far (the bus, the relay and jobs not counted) */
  statements(): Promise<number>
  /** statements so far by role, without those of administrators */
  statementsByRole(): Promise<Map<string, number>>
  cpuMs(): number
  cpuByPart(): CpuByPart
  memoryMb(): ReturnType<typeof nodeMemoryMb>
  close(): Promise<void>
}

export interface BenchOptions {
  readonly logToFile?: boolean
  /** where its data stay, and are found again by the next run; else they are gone at the end */
  readonly keptIn?: string
  /** default: that of `npm start` */
  readonly layout?: Layout
  /** it takes requests; what it sells comes now */
  readonly opened?: () => void
}

/** A shop as `npm start` makes it, with `products` × 2 variants on sale and plenty in stock, and statement counting switched on. */
export async function openBenchShop(
  products: number,
  environment: Record<string, string> = {},
  options: BenchOptions = {},
): Promise<BenchShop> {
  const { keptIn } = options
  const kept = keptIn !== undefined && existsSync(join(keptIn, 'souk', 'postgres', 'data'))
  const parent = await shopFolder('bench', keptIn)
  const folder = join(parent, 'souk')
  await mkdir(join(folder, 'postgres'), { recursive: true })
  await writeFile(
    join(folder, 'postgres', 'local.conf'),
    `shared_preload_libraries = 'pg_stat_statements'\npg_stat_statements.track = 'top'\n${recordingSettings}`,
  )
  const shop = await openShop(
    {
      SOUK_DIR: folder,
      LOG_LEVEL: 'error',
      // no warehouse picks a parcel up while its order is measured
      DELIVERY_SIMULATED_DISPATCH_MS: '3600000',
      // its pages are built while the shop starts, by processes that would count as the shop's
      WEB_PAGES: 'false',
      // as in production
      TRACES_KEPT: '0',
      ...environment,
      ...options.layout?.environment,
    },
    options.logToFile ? join(parent, 'shop.log') : undefined,
    options.layout ? launchOf(options.layout) : undefined,
  )
  options.opened?.()
  const staff = await signIn(shop.url, shop.administrator.email, shop.administrator.password)
  const server = await startPostgres({ dir: join(folder, 'postgres') })
  const admin = openDb({
    url: server.adminUrl,
    schema: 'public',
    applicationName: 'bench',
    max: 2,
    timeouts: { statement: 60_000 },
  })
  await admin.sql`create extension if not exists pg_stat_statements`
  process.once('uncaughtException', (error) => {
    console.error(error, shop.output.slice(-4).join('\n'))
    process.exit(1)
  })
  const skus: string[] = []
  const productIds: string[] = []
  const numbers = Array.from({ length: kept ? 0 : products }, (_, index) => index)
  await Promise.all(
    Array.from({ length: 8 }, async () => {
      for (let index = numbers.shift(); index !== undefined; index = numbers.shift()) {
        const pair = [`bench-${index}-s`, `bench-${index}-l`]
        const answer = expectStatus(
          await staff.post('/api/products', {
            texts: { en: { title: `Bench product ${index}`, description: `A thing of number ${index}, made for measuring.` } },
            status: 'ACTIVE',
            options: [{ key: 'size', values: [{ key: 's' }, { key: 'l' }] }],
            variants: pair.map((sku, size) => ({
              sku,
              options: { size: size === 0 ? 's' : 'l' },
              price: { amount: 995 + index, currency: 'EUR' },
              weightGrams: 250,
            })),
          }),
          201,
        )
        productIds.push(answer.body.id)
        skus.push(...pair)
      }
    }),
  )
  for (let index = 0; index < skus.length; index += 100) {
    const changes = skus.slice(index, index + 100).map((sku) => ({ sku, delta: 1_000_000, reason: 'bench' }))
    // what the new products set off may be at the same rows
    await eventually(async () => expectStatus(await staff.post('/api/inventory/batch', { items: changes }), 200, 201, 207), {
      timeoutMs: 60_000,
      everyMs: 500,
    })
  }
  const others = await admin.sql<{ name: string }[]>`
    select datname as name from pg_database where datname like 'souk\\_%' and not datistemplate`
  const databaseUrls = [server.adminUrl, ...others.map(({ name }) => withDatabase(server.adminUrl, name))]
  if (!kept) for (const url of databaseUrls) await cleanUp(url)
  return {
    shop,
    kept,
    staff,
    guest: client(shop.url),
    skus,
    productIds,
    admin,
    layout: options.layout,
    databaseUrls,
    adminUrl: server.adminUrl,
    folder,
    async statements() {
      const [row] = await admin.sql<{ calls: bigint }[]>`
        select coalesce(sum(s.calls), 0)::bigint as calls from pg_stat_statements s join pg_roles r on r.oid = s.userid
        where r.rolname like 'souk\\_%' and r.rolname not in ('souk_bus', 'souk_relay', 'souk_admin')`
      return Number(row!.calls)
    },
    async statementsByRole() {
      const rows = await admin.sql<{ role: string; calls: number }[]>`
        select replace(r.rolname, 'souk_', '') as role, sum(s.calls)::float8 as calls from pg_stat_statements s join pg_roles r on r.oid = s.userid
        where r.rolname like 'souk\\_%' and r.rolname <> 'souk_admin' group by r.rolname`
      return new Map(rows.map(({ role, calls }) => [role, calls]))
    },
    cpuByPart: () => cpuByPart(familyOf(shop.pid)),
    cpuMs: () => cpuMsOf(familyOf(shop.pid)),
    memoryMb: () => nodeMemoryMb(familyOf(shop.pid)),
    async close() {
      await admin.close()
      await shop.remove()
      if (!keptIn) await rm(parent, { recursive: true, force: true })
    },
  }
}

/**
 * What autovacuum would have done by now: tables that are empty it leaves alone. Told that they are empty, the planner would make plans for that, and sessions
 * would keep them while thousands of orders come.
 */
async function cleanUp(url: string): Promise<void> {
  const db = openDb({ url, schema: 'public', applicationName: 'bench', max: 1, timeouts: { statement: 60_000 } })
  const { sql } = db
  const filled = await sql<{ name: string }[]>`
    select c.oid::regclass::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind = 'r' and pg_relation_size(c.oid) > 0 and n.nspname not like 'pg\\_%' and n.nspname <> 'information_schema'`
  if (filled.length > 0) await sql.unsafe(`vacuum analyze ${filled.map(({ name }) => name).join(', ')}`)
  await db.close()
}
