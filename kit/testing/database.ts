import { createHash, randomBytes } from 'node:crypto'
import { inject } from 'vitest'
import './global-setup.ts'
import { eventually } from './eventually.ts'
import type { Sql } from '#kit/db/db.ts'
import { migrate } from '#kit/db/migrate.ts'
import { type MigrationSet, readMigrations } from '#kit/db/migrations.ts'
import { type OpenDbOptions, openDb, type OpenedDb } from '#kit/db/open.ts'
import { provisionService, quoteIdentifier } from '#kit/db/roles.ts'

export interface TestSchema {
  schema: string
  sets: readonly MigrationSet[]
}

export interface TestDatabase {
  /** superuser's URL of this database */
  readonly url: string
  readonly admin: Sql
  /** The door the service gets: its own role, its own schema. Closed by `drop`. */
  db(schema: string, options?: Partial<OpenDbOptions>): OpenedDb
  /** URL with the role of `schema` */
  urlOf(schema: string): string
  /** Closes what `db` opened and removes the database. Fails when the test left other connections open. */
  drop(): Promise<void>
}

export interface TestDatabaseOptions {
  schemas: readonly TestSchema[]
  /** superuser's URL of the server; default: the one of the test run */
  server?: string
}

const password = 'only-for-tests'
// tests share a small machine with each other; the limits of production would make them fail by chance
const patience = { connect: 10_000, poolWait: 10_000, lock: 10_000, statement: 20_000, brief: 20_000 }

/**
 * A fresh database with the given schemas, migrated. Migrations run once per distinct set of files in a test run; every test
 * file then gets a copy (about 30 ms).
 */
export async function testDatabase(options: TestDatabaseOptions): Promise<TestDatabase> {
  const serverUrl = options.server ?? inject('postgresUrl')
  const server = openDb({
    url: serverUrl,
    schema: 'public',
    applicationName: 'test server',
    max: 2,
    timeouts: { ...patience, statement: 60_000, lock: 60_000, idleInTransaction: 60_000 },
  })
  const name = `test_${randomBytes(8).toString('hex')}`
  try {
    const template = await ensureTemplate(server, serverUrl, options.schemas)
    await server.sql.unsafe(`create database ${name} template ${template} strategy wal_log`)
    // rights on the database itself are not copied
    await server.sql.unsafe(`revoke create, temporary on database ${name} from public`)
  } finally {
    await server.close()
  }
  const url = withPath(serverUrl, name)
  const open = (schema: string, target: string, more: Partial<OpenDbOptions> = {}) =>
    openDb({
      url: target,
      schema,
      applicationName: `test ${schema}`,
      max: 5,
      ...more,
      timeouts: { ...patience, ...more.timeouts },
    })
  const adminDb = open('public', url, { max: 2 })
  const opened: OpenedDb[] = []
  const urlOf = (schema: string) => withUser(url, roleOf(schema), password)
  return {
    url,
    admin: adminDb.sql,
    urlOf,
    db(schema, more) {
      const db = open(schema, urlOf(schema), more)
      opened.push(db)
      return db
    },
    async drop() {
      await Promise.all(opened.map((db) => db.close()))
      await adminDb.close()
      await dropDatabase(serverUrl, name)
    },
  }
}

const roleOf = (schema: string) => `souk_${schema}`

/** Name of the migrated template for exactly these files; made by whoever comes first, the others wait for it. */
async function ensureTemplate(server: OpenedDb, serverUrl: string, schemas: readonly TestSchema[]): Promise<string> {
  const parts = await Promise.all(
    schemas.map(async ({ schema, sets }) => [
      schema,
      ...(await Promise.all(sets.map(readMigrations))).flat().map((file) => `${file.set} ${file.number} ${file.checksum}`),
    ]),
  )
  const template = `template_${createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16)}`
  await server.tx(async (tx) => {
    // roles belong to the server, so one template is made at a time
    await tx`select pg_advisory_xact_lock(7211)`
    const [ready] = await tx`select 1 from pg_database where datname = ${template} and datistemplate`
    if (ready) return
    // the second connection of the pool, on purpose: databases cannot be created inside a transaction
    await server.sql.unsafe(`drop database if exists ${template}`)
    await server.sql.unsafe(`create database ${template} strategy wal_log`)
    const inside = openDb({
      url: withPath(serverUrl, template),
      schema: 'public',
      applicationName: 'test template',
      // as `souk` has: what is built concurrently needs a connection beside the one with the lock
      max: 2,
      timeouts: patience,
    })
    try {
      for (const { schema, sets } of schemas) {
        const plan = { schema, role: roleOf(schema), sets }
        await provisionService(inside.sql, { ...plan, password })
        await migrate(inside.sql, plan)
      }
    } finally {
      await inside.close()
    }
    await server.sql.unsafe(`alter database ${quoteIdentifier(template)} with is_template true`)
  })
  return template
}

async function dropDatabase(serverUrl: string, name: string): Promise<void> {
  const server = openDb({
    url: serverUrl,
    schema: 'public',
    applicationName: 'test server',
    max: 1,
    timeouts: { ...patience, statement: 60_000 },
  })
  try {
    // a connection that was closed a moment ago may still be on its way out
    const leaks = async () => {
      const left = await server.sql<{ application: string; query: string }[]>`
        select application_name as application, left(query, 80) as query from pg_stat_activity where datname = ${name} and backend_type = 'client backend'`
      if (left.length > 0)
        throw new Error(`the test left connections open: ${left.map((c) => `"${c.application}" after: ${c.query}`).join('; ')}`)
    }
    try {
      await eventually(leaks, { timeoutMs: 10_000 })
    } finally {
      await server.sql.unsafe(`drop database if exists ${name} with (force)`)
    }
  } finally {
    await server.close()
  }
}

function withPath(url: string, database: string): string {
  const changed = new URL(url)
  changed.pathname = `/${database}`
  return changed.href
}

function withUser(url: string, user: string, secret: string): string {
  const changed = new URL(url)
  changed.username = user
  changed.password = secret
  return changed.href
}
