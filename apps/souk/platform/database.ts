import { join } from 'node:path'
import type { Sql } from '#kit/db/db.ts'
import { startPostgres, type EmbeddedPostgres } from '#kit/db/embedded.ts'
import type { PostgresSettings } from '#kit/db/embedded-config.ts'
import { createDatabases, ownDatabaseUrl } from '#kit/db/own-database.ts'
import { migrate } from '#kit/db/migrate.ts'
import { refuseUnsafe } from '#kit/db/migration-sizes.ts'
import { pendingMigrations } from '#kit/db/migrations.ts'
import { openDb, type OpenedDb } from '#kit/db/open.ts'
import { limitRoles, provisionService, unprovisioned } from '#kit/db/roles.ts'
import { dropCdcSlot, prepareCdc } from '#kit/messaging/cdc-slot.ts'
import { forgetRows, prepareRows, type RowTable } from '#kit/messaging/rows/row-slot.ts'
import { limitOutboxes, type OutboxOwner } from '#kit/messaging/own-events.ts'
import { grantRelay } from '#kit/messaging/schema-sets.ts'
import type { Logger } from '#kit/service/logger.ts'
import type { Secrets } from '../secrets.ts'
import type { Settings } from '../settings.ts'
import {
  asRole,
  type DatabaseUrls,
  type OutboxDatabase,
  planOf,
  type PlanOptions,
  RELAY_ROLE,
  type Target,
  urlsOf,
} from './database-plan.ts'

export interface PreparedDatabases {
  readonly urls: DatabaseUrls
  readonly embedded: EmbeddedPostgres | undefined
  /** names of the migrations that ran now */
  readonly migrated: readonly string[]
}

export interface PrepareOptions extends PlanOptions {
  readonly log: Logger
  /** nobody uses the databases: migrations that lock large tables may run */
  readonly stopped?: boolean
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

async function prepareOne(
  adminUrl: string,
  targets: readonly Target[],
  outbox: OutboxDatabase | undefined,
  { secrets, settings, services, stopped = false, log }: PrepareOptions,
): Promise<string[]> {
  const admin: OpenedDb = openDb({
    url: adminUrl,
    schema: 'public',
    applicationName: 'souk prepare',
    max: 2,
    // no limits: a file sets its own for locks, and an index of a large table takes as long as it takes
    timeouts: { connect: 5_000, statement: 0, lock: 0, idleInTransaction: 60_000, answer: 12 * 3_600_000 },
  })
  try {
    const missing = await unprovisioned(admin.sql, targets)
    const known = targets.find((target) => !missing.includes(target))
    if (known) await checkSecret(adminUrl, known, secrets)
    for (const target of missing)
      await provisionService(admin.sql, { ...target, password: secrets.password(`database ${target.role}`) })
    await limitRoles(admin.sql, targets)
    const pending = await pendingMigrations(admin.sql, targets)
    const names: string[] = []
    // all of them before any: half of the services on new tables is nobody's wish
    if (!stopped) for (const schema of pending) await refuseUnsafe(admin.sql, schema)
    const onBusy = (file: string) => log.info({ migration: file }, 'a table is in use; the migration tries again')
    for (const { plan } of pending) names.push(...(await migrate(admin.sql, plan, { stopped, onBusy })))
    if (outbox) {
      const changed = missing.length > 0 || pending.length > 0
      const bus = targets.some(({ schema }) => schema === 'bus')
      if (changed) await prepareRelay(admin.sql, outbox, secrets, bus)
      await limitOutboxes(admin.sql, ownersOf(services, outbox))
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

const ownersOf = (services: PlanOptions['services'], { schemas }: OutboxDatabase): OutboxOwner[] =>
  services.filter(({ name }) => schemas.includes(name)).map(({ name, publishes = [] }) => ({ schema: name, publishes }))

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
