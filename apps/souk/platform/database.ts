import { createHash } from 'node:crypto'
import type { Logger } from '#kit/service/logger.ts'
import type { Sql } from '#kit/db/db.ts'
import { startPostgres, type EmbeddedPostgres } from '#kit/db/embedded.ts'
import type { PostgresSettings } from '#kit/db/embedded-config.ts'
import { createDatabases, ownDatabaseUrl } from '#kit/db/own-database.ts'
import { migrate, pendingMigrations } from '#kit/db/migrate.ts'
import { openDb, type OpenedDb } from '#kit/db/open.ts'
import { provisionService, unprovisioned } from '#kit/db/roles.ts'
import { DEFAULT_SLOT, dropCdcSlot, prepareCdc } from '#kit/messaging/cdc-slot.ts'
import { forgetRows, prepareRows, type RowTable } from '#kit/messaging/rows/row-slot.ts'
import { busMigrations, grantRelay } from '#kit/messaging/schema-sets.ts'
import { migrationSets, roleOf } from '#kit/service/migrations.ts'
import type { Service } from '#kit/service/service.ts'
import { join } from 'node:path'
import type { Secrets } from '../secrets.ts'
import type { Settings } from '../settings.ts'

const BUS_ROLE = 'souk_bus'
const RELAY_ROLE = 'souk_relay'
const PLATFORM_ROLE = 'souk_platform'
/** Schemas that belong to no service. */
const ownSchemas: ReadonlySet<string> = new Set(['bus', 'platform'])
const platformMigrations = { name: 'platform', folder: new URL('./migrations/', import.meta.url) }

/** A database with outboxes: it gets a relay (or a reader of its write-ahead log) of its own. */
export interface OutboxDatabase {
  /** the relay's name in the bus */
  readonly name: string
  readonly url: string
  readonly schemas: readonly string[]
  /** replication slot and publication, where the write-ahead log is read */
  readonly slot: string
  /** tables whose changes are published row by row */
  readonly rows: readonly RowTable[]
}

/** URLs with the least rights each user needs; everything a process of the platform has to know of the databases. */
export interface DatabaseUrls {
  readonly bus: string
  /** the log of the installation's own, for a bus that keeps none */
  readonly archive: string
  /** schema `platform`: what was done once */
  readonly platform: string
  readonly outboxes: readonly OutboxDatabase[]
  readonly services: Readonly<Record<string, string>>
  /** all services run here, and whatever they and the log write lies in one database */
  readonly oneDatabase: boolean
}

export interface PreparedDatabases {
  readonly urls: DatabaseUrls
  readonly embedded: EmbeddedPostgres | undefined
  /** names of the migrations that ran now */
  readonly migrated: readonly string[]
}

export interface PrepareOptions {
  readonly settings: Settings
  readonly secrets: Secrets
  readonly services: readonly Service[]
  /** these are not all services: the others run elsewhere and have their own relay */
  readonly part?: boolean
  readonly log: Logger
  /** the embedded server ended without being asked to */
  readonly onExit?: (reason: string) => void
  /** of the embedded server, beside its usual ones */
  readonly server?: PostgresSettings
}

/** The embedded server where DATABASE_URL asks for one, else nothing. */
export async function startDatabase({
  settings,
  log,
  onExit,
  server = {},
}: Pick<PrepareOptions, 'settings' | 'log' | 'onExit' | 'server'>): Promise<EmbeddedPostgres | undefined> {
  if (settings.databaseUrl !== 'embedded') return undefined
  return await startPostgres({ dir: join(settings.dir, 'postgres'), log, settings: server, ...(onExit ? { onExit } : {}) })
}

interface Plan {
  readonly main: string
  readonly busAdminUrl: string
  readonly targets: readonly (Target & { readonly adminUrl: string })[]
}

type PlanOptions = Pick<PrepareOptions, 'settings' | 'secrets' | 'services' | 'part'>

/** Which schema lies in which database. */
function planOf({ settings, services }: PlanOptions, embedded: EmbeddedPostgres | undefined): Plan {
  const main = embedded?.adminUrl ?? settings.databaseUrl
  const busAdminUrl = /^postgres(ql)?:\/\//.test(settings.busUrl) ? settings.busUrl : main
  const ownOrMain = (name: string) => (settings.databasePerService ? ownDatabaseUrl(main, name) : main)
  const targets = services.map((service) => ({
    adminUrl: settings.services[service.name]?.databaseUrl ?? ownOrMain(service.name),
    schema: service.name,
    role: roleOf(service),
    sets: migrationSets(service),
  }))
  return {
    main,
    busAdminUrl,
    targets: [
      ...targets,
      { adminUrl: busAdminUrl, schema: 'bus', role: BUS_ROLE, sets: [busMigrations] },
      { adminUrl: main, schema: 'platform', role: PLATFORM_ROLE, sets: [platformMigrations] },
    ],
  }
}

/**
 * The name of a database's relay. `main` for the whole shop on the main database: two hosts of the same shop elect one leader by it. A
 * process with some of the services has a relay of its own for just these.
 */
function relayName(adminUrl: string, main: string, schemas: readonly string[], part: boolean): string {
  const { host, pathname } = new URL(adminUrl)
  const database = adminUrl === main ? 'main' : `${host}${pathname}`
  return part ? `${database} ${schemas.join('+')}` : database
}

/** Names of slots are short and plain. */
function slotName(relay: string): string {
  return relay === 'main' ? DEFAULT_SLOT : `${DEFAULT_SLOT}_${createHash('sha256').update(relay).digest('hex').slice(0, 12)}`
}

function asRole(adminUrl: string, role: string, secrets: Secrets): string {
  const url = new URL(adminUrl)
  url.username = role
  url.password = secrets.password(`database ${role}`)
  return url.href
}

/** The events go by another engine than PostgreSQL. */
const isElsewhere = (busUrl: string): boolean => /^(kafkas?|sns\+sqs):/.test(busUrl)

/** The URLs alone, for commands that must not change anything. */
export function urlsOf(options: PlanOptions, embedded: EmbeddedPostgres | undefined): DatabaseUrls {
  const { main, busAdminUrl, targets } = planOf(options, embedded)
  const urlOf = (adminUrl: string, role: string) => asRole(adminUrl, role, options.secrets)
  const services = targets.filter(({ schema }) => !ownSchemas.has(schema))
  const outboxes = [...Map.groupBy(services, (target) => target.adminUrl)].map(([adminUrl, group]): OutboxDatabase => {
    const schemas = group.map(({ schema }) => schema)
    const name = relayName(adminUrl, main, schemas, options.part === true)
    const rows = options.services.flatMap(({ name: schema, rowChanges = [] }) =>
      schemas.includes(schema) ? rowChanges.map((table) => ({ schema, table })) : [],
    )
    return { name, url: urlOf(adminUrl, RELAY_ROLE), schemas, slot: slotName(name), rows }
  })
  return {
    bus: isElsewhere(options.settings.busUrl) ? options.settings.busUrl : urlOf(busAdminUrl, BUS_ROLE),
    archive: urlOf(busAdminUrl, BUS_ROLE),
    platform: urlOf(main, PLATFORM_ROLE),
    oneDatabase:
      options.part !== true &&
      /^postgres(ql)?:/.test(options.settings.busUrl) &&
      targets.every(({ adminUrl }) => adminUrl === main),
    outboxes,
    services: Object.fromEntries(services.map(({ schema, adminUrl, role }) => [schema, urlOf(adminUrl, role)])),
  }
}

/** Names of the migrations that are due; changes nothing. */
export async function pendingOf(options: PlanOptions, embedded: EmbeddedPostgres | undefined): Promise<string[]> {
  const names: string[] = []
  for (const [adminUrl, group] of Map.groupBy(planOf(options, embedded).targets, (target) => target.adminUrl)) {
    const admin = openDb({
      url: adminUrl,
      schema: 'public',
      applicationName: 'souk pending',
      max: 1,
      timeouts: { connect: 5_000 },
    })
    try {
      for (const { plan, files } of await pendingMigrations(admin.sql, group))
        names.push(...files.map((file) => `${plan.schema}: ${file.set}/${file.name}`))
    } finally {
      await admin.close()
    }
  }
  return names
}

/** Makes roles and schemas that are missing and runs the migrations that are due. Quick when there is nothing to do. */
export async function prepareDatabases(
  options: PrepareOptions,
  embedded: EmbeddedPostgres | undefined,
): Promise<PreparedDatabases> {
  const migrated: string[] = []
  const urls = urlsOf(options, embedded)
  const { main, targets } = planOf(options, embedded)
  if (options.settings.databasePerService) {
    const own = options.services.map(({ name }) => ownDatabaseUrl(main, name))
    await createDatabases(
      main,
      own.filter((url) => targets.some(({ adminUrl }) => adminUrl === url)),
    )
  }
  for (const [adminUrl, group] of Map.groupBy(targets, (target) => target.adminUrl)) {
    const outbox = urls.outboxes.find(({ schemas }) => group.some(({ schema }) => schemas.includes(schema)))
    migrated.push(...(await prepareOne(adminUrl, group, outbox, options)))
  }
  return { embedded, migrated, urls }
}

interface Target {
  readonly schema: string
  readonly role: string
  readonly sets: ReturnType<typeof migrationSets>
}

async function prepareOne(
  adminUrl: string,
  targets: readonly Target[],
  outbox: OutboxDatabase | undefined,
  { secrets, settings }: PrepareOptions,
): Promise<string[]> {
  const admin: OpenedDb = openDb({
    url: adminUrl,
    schema: 'public',
    applicationName: 'souk prepare',
    max: 2,
    // a migration may take longer than any other statement: it lifts the server's limit for itself
    timeouts: { connect: 5_000, statement: 600_000, lock: 30_000, idleInTransaction: 60_000, answer: 12 * 3_600_000 },
  })
  try {
    const missing = await unprovisioned(admin.sql, targets)
    const known = targets.find((target) => !missing.includes(target))
    if (known) await checkSecret(adminUrl, known, secrets)
    for (const target of missing)
      await provisionService(admin.sql, { ...target, password: secrets.password(`database ${target.role}`) })
    const pending = await pendingMigrations(admin.sql, targets)
    const names: string[] = []
    for (const { plan } of pending) names.push(...(await migrate(admin.sql, plan)))
    if (outbox) {
      const changed = missing.length > 0 || pending.length > 0
      const bus = targets.some(({ schema }) => schema === 'bus')
      if (changed) await prepareRelay(admin.sql, outbox, secrets, bus)
      await prepareStrategy(admin.sql, outbox, settings)
      await prepareRowChanges(admin.sql, outbox.rows, settings)
    }
    return names
  } finally {
    await admin.close()
  }
}

/**
 * Logs in once as a role that was there before. With another master secret this fails, before anything is changed: new passwords would lock
 * out the shop that works.
 */
async function checkSecret(adminUrl: string, { role, schema }: Target, secrets: Secrets): Promise<void> {
  const url = asRole(adminUrl, role, secrets)
  const db = openDb({ url, schema, applicationName: 'souk prepare', max: 1, timeouts: { connect: 5_000 } })
  try {
    await db.sql`select 1`
  } finally {
    await db.close()
  }
}

async function prepareRelay(admin: Sql, { schemas }: OutboxDatabase, secrets: Secrets, bus: boolean): Promise<void> {
  // The relay owns no schema of its own; `relay` exists so that its role can be made like every other.
  await provisionService(admin, { schema: 'relay', role: RELAY_ROLE, password: secrets.password(`database ${RELAY_ROLE}`) })
  await grantRelay(admin, { role: RELAY_ROLE, schemas, bus })
}

/** Change data capture needs a publication; the relay needs that no slot of an earlier choice keeps the write-ahead log for ever. */
async function prepareStrategy(admin: Sql, { schemas, slot }: OutboxDatabase, { eventsStrategy }: Settings): Promise<void> {
  if (eventsStrategy === 'cdc') await prepareCdc(admin, { role: RELAY_ROLE, schemas, publication: slot })
  else await dropCdcSlot(admin, slot)
}

/** Where nobody reads rows, no slot may hold the write-ahead log back, and old rows are not written into it. */
async function prepareRowChanges(admin: Sql, tables: readonly RowTable[], settings: Settings): Promise<void> {
  if (tables.length === 0) return
  const { rowChanges, rowChangesPublication: publication, rowChangesSlot: slot } = settings
  if (rowChanges === 'off') await forgetRows(admin, tables, slot)
  else await prepareRows(admin, { role: RELAY_ROLE, tables, publication })
}
