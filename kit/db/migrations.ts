import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { Sql, Tx } from './db.ts'
import { quoteIdentifier } from './roles.ts'

/** A folder of numbered plain SQL files (`001_orders.sql`) that grows together: the kit's own, or a service's. */
export interface MigrationSet {
  name: string
  folder: URL
}

/** What one schema has to become. `role` stands where a file says `:"role"`, `schema` where it says `:"schema"`. */
export interface MigrationPlan {
  schema: string
  role: string
  sets: readonly MigrationSet[]
}

export interface MigrationFile {
  set: string
  number: number
  /** `001_orders.sql` */
  name: string
  /** SHA-256 of the text, line ends normalised */
  checksum: string
  text: string
}

export interface PendingSchema {
  plan: MigrationPlan
  /** in the order they will run */
  files: MigrationFile[]
}

/** Reads a set in order of its numbers. Refuses names that do not fit and numbers used twice. */
export async function readMigrations(set: MigrationSet): Promise<MigrationFile[]> {
  const names = (await readdir(set.folder)).filter((name) => name.endsWith('.sql')).sort()
  const files: MigrationFile[] = []
  for (const name of names) {
    const number = Number(/^(\d{3,})_[a-z0-9_-]+\.sql$/.exec(name)?.[1] ?? Number.NaN)
    const path = new URL(name, folderUrl(set.folder))
    if (Number.isNaN(number)) throw new Error(`${fileURLToPath(path)}: a migration is named like 001_what-it-does.sql`)
    const twin = files.find((file) => file.number === number)
    if (twin) throw new Error(`${fileURLToPath(path)}: number ${number} is taken by ${twin.name}`)
    const text = (await readFile(path, 'utf8')).replaceAll('\r\n', '\n')
    files.push({ set: set.name, number, name, text, checksum: createHash('sha256').update(text).digest('hex') })
  }
  return files.sort((a, b) => a.number - b.number)
}

const folderUrl = (folder: URL) => (folder.href.endsWith('/') ? folder : new URL(`${folder.href}/`))

interface AppliedRow {
  schema: string
  set_name: string
  number: number
  checksum: string
}

/**
 * What is still to run, for all schemas in two round trips; empty when everything is up to date.
 * Throws when a file that has run was edited or has disappeared: the database would no longer be what the files say.
 */
export async function pendingMigrations(admin: Sql, plans: readonly MigrationPlan[]): Promise<PendingSchema[]> {
  const applied = await readApplied(
    admin,
    plans.map(({ schema }) => schema),
  )
  const pending: PendingSchema[] = []
  // every schema has the kit's own sets
  const read = new Map<string, Promise<MigrationFile[]>>()
  const readOnce = (set: MigrationSet) => {
    const key = `${set.name} ${set.folder.href}`
    const files = read.get(key) ?? readMigrations(set)
    read.set(key, files)
    return files
  }
  for (const plan of plans) {
    const rows = applied.filter((row) => row.schema === plan.schema)
    const files = (await Promise.all(plan.sets.map(readOnce))).flat()
    const toRun = compare(plan, files, rows)
    if (toRun.length > 0) pending.push({ plan, files: toRun })
  }
  return pending
}

async function readApplied(sql: Sql | Tx, schemas: readonly string[]): Promise<AppliedRow[]> {
  const found = await sql<{ schema: string }[]>`
    select n.nspname::text as schema from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relname = 'schema_migrations' and c.relkind = 'r' and n.nspname = any(${[...schemas]})`
  if (found.length === 0) return []
  const parts = found.map(({ schema }) => {
    const literal = schema.replaceAll("'", "''")
    return `select '${literal}' as schema, set_name, number, checksum from ${quoteIdentifier(schema)}.schema_migrations`
  })
  return await sql.unsafe<AppliedRow[]>(parts.join(' union all '))
}

function compare(plan: MigrationPlan, files: readonly MigrationFile[], applied: readonly AppliedRow[]): MigrationFile[] {
  const known = new Map(applied.map((row) => [`${row.set_name}/${row.number}`, row]))
  const toRun: MigrationFile[] = []
  for (const file of files) {
    const row = known.get(`${file.set}/${file.number}`)
    if (!row) toRun.push(file)
    else if (row.checksum !== file.checksum) {
      throw new Error(
        `Migration ${file.set}/${file.name} was edited after it had run in schema ${plan.schema}. ` +
          'Put its text back and write a new file with the next number.',
      )
    }
    known.delete(`${file.set}/${file.number}`)
  }
  for (const row of known.values()) {
    if (!plan.sets.some((set) => set.name === row.set_name)) continue
    const newest = Math.max(0, ...files.filter((file) => file.set === row.set_name).map((file) => file.number))
    if (row.number > newest)
      throw new Error(
        `The database is newer than this Souk: ${row.set_name}/${row.number} has run in schema ${plan.schema}, here ${newest} is the last. ` +
          'Nothing was changed. Start the Souk that wrote it, or a newer one.',
      )
    throw new Error(
      `Migration ${row.set_name}/${row.number} has run in schema ${plan.schema} but its file is gone. Restore the file.`,
    )
  }
  return toRun
}
