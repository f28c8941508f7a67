import type { Sql, Tx } from './db.ts'
import { refuseUnsafe } from './migration-sizes.ts'
import { type MigrationFile, type MigrationPlan, pendingMigrations } from './migrations.ts'
import { quoteIdentifier } from './roles.ts'
import { statementsOf } from './sql-statements.ts'
import { untilFree } from './until-free.ts'

export interface MigrateOptions {
  /** Nobody uses the database: what would lock or rewrite a large table runs too. */
  readonly stopped?: boolean
  /** How long a statement may wait for a table, in milliseconds, and everybody else behind it. Default 500: less than a request waits. */
  readonly lockMs?: number
  /** how long to try again while a table is in use, in milliseconds; default ten minutes */
  readonly patienceMs?: number
  /** told of every try that found a table in use */
  readonly onBusy?: (file: string) => void
}

/**
 * Brings one schema up to date and returns the names of the files that ran (`orders/001_orders.sql`). The schema and role must
 * exist (`provisionService`). Each file is one transaction together with its entry, under a lock of its schema, so hosts may do this at the
 * same time and a crash leaves whole files. Beside running traffic: a file that waits for a table longer than `lockMs` is undone and tried
 * again, and what would keep people away from a large table is refused (`migration-safety.ts`).
 */
export async function migrate(admin: Sql, plan: MigrationPlan, options: MigrateOptions = {}): Promise<string[]> {
  const [pending] = await pendingMigrations(admin, [plan])
  if (!pending) return []
  if (!options.stopped) await refuseUnsafe(admin, pending)
  const applied: string[] = []
  const { lockMs = 500, patienceMs } = options
  for (const file of pending.files) {
    const run = isOutside(file) ? runOutside : runFile
    const ran = await untilFree(() => run(admin, plan, file, lockMs), {
      patienceMs,
      onBusy: () => options.onBusy?.(nameOf(file)),
      atWork: (error) => error instanceof SchemaBusy,
    })
    if (ran) applied.push(nameOf(file))
  }
  return applied
}

const nameOf = (file: MigrationFile): string => `${file.set}/${file.name}`

/** Such a file has statements that cannot be in a transaction, like `create index concurrently`. */
const isOutside = ({ text }: MigrationFile): boolean => text.startsWith('-- outside a transaction\n')

/** Another host migrates the schema at the moment. */
class SchemaBusy extends Error {
  constructor(schema: string) {
    super(`another host is migrating the schema ${schema}`)
  }
}

/** Key of the locks that keep hosts apart that migrate the same schema. */
const MIGRATION_LOCK = 5_006_852

/** Locks the schema and enters the file. False when another host ran it while we waited. */
async function enter(tx: Tx, plan: MigrationPlan, file: MigrationFile): Promise<boolean> {
  const schema = quoteIdentifier(plan.schema)
  await tx.unsafe(`
    set local statement_timeout = 0; set local lock_timeout = 0; set local idle_in_transaction_session_timeout = 0`)
  // Not waited for inside the statement: that would keep a snapshot, and an index that another host builds concurrently waits for every snapshot.
  const [lock] = await tx<
    [{ mine: boolean }]
  >`select pg_try_advisory_xact_lock(${MIGRATION_LOCK}::int, hashtext(${plan.schema})) as mine`
  if (!lock.mine) throw new SchemaBusy(plan.schema)
  await tx.unsafe(`
    create table if not exists ${schema}.schema_migrations (
      set_name text not null, number integer not null, name text not null, checksum text not null,
      applied_at timestamptz not null default now(), primary key (set_name, number));
    revoke all on ${schema}.schema_migrations from ${quoteIdentifier(plan.role)};
    grant select on ${schema}.schema_migrations to ${quoteIdentifier(plan.role)};
    set local search_path to ${schema}`)
  const [mine] = await tx`
    insert into schema_migrations (set_name, number, name, checksum)
    values (${file.set}, ${file.number}, ${file.name}, ${file.checksum}) on conflict do nothing returning 1`
  return mine !== undefined
}

const textOf = (plan: MigrationPlan, { text }: MigrationFile): string =>
  text.replaceAll(':"role"', quoteIdentifier(plan.role)).replaceAll(':"schema"', quoteIdentifier(plan.schema))

async function runFile(admin: Sql, plan: MigrationPlan, file: MigrationFile, lockMs: number): Promise<boolean> {
  return await admin.begin(async (tx) => {
    if (!(await enter(tx, plan, file))) return false
    const text = textOf(plan, file)
    try {
      // a migration may take long, but it must not queue for a lock in front of the whole shop for long
      await tx.unsafe(`set local lock_timeout = ${lockMs}`)
      await tx.unsafe(text)
    } catch (error) {
      throw describeFailure(plan, file, text, error)
    }
    return true
  })
}

/**
 * Statement by statement on another connection, while the transaction with the entry holds the lock. Has no `search_path`: such files name
 * tables with `:"schema".`. An index that a try before left half made is dropped first.
 */
async function runOutside(admin: Sql, plan: MigrationPlan, file: MigrationFile): Promise<boolean> {
  return await admin.begin(async (tx) => {
    if (!(await enter(tx, plan, file))) return false
    // an answered statement keeps its snapshot until the next one, and an index built concurrently waits for every snapshot
    await tx.unsafe('select')
    for (const { text } of statementsOf(textOf(plan, file))) {
      const index = /^create\s+(?:unique\s+)?index\s+concurrently\s+if\s+not\s+exists\s+"?([\w$]+)"?/i.exec(text)?.[1]
      if (index === undefined && !/^drop\s+index\s+concurrently\s+if\s+exists\b/i.test(text))
        throw new Error(
          `${nameOf(file)}: outside a transaction only \`create index concurrently if not exists\` and \`drop index concurrently if exists\` can be repeated after a crash.`,
        )
      try {
        if (index !== undefined) await dropHalfMade(admin, plan.schema, index)
        await admin.unsafe(text)
      } catch (error) {
        throw describeFailure(plan, file, text, error)
      }
    }
    return true
  })
}

async function dropHalfMade(admin: Sql, schema: string, index: string): Promise<void> {
  const [half] = await admin`
    select 1 from pg_index i join pg_class c on c.oid = i.indexrelid join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = ${schema} and c.relname = ${index} and not i.indisvalid`
  if (half) await admin.unsafe(`drop index concurrently ${quoteIdentifier(schema)}.${quoteIdentifier(index)}`)
}

function describeFailure(plan: MigrationPlan, file: MigrationFile, text: string, cause: unknown): Error {
  const { message, position, where } = cause as { message: string; position?: string; where?: string }
  const offset = Number(position)
  const before = offset > 0 ? text.slice(0, offset - 1).split('\n') : []
  const line = before.length > 0 ? `:${before.length}:${(before.at(-1)?.length ?? 0) + 1}` : ''
  const source = before.length > 0 ? `\n  ${text.split('\n')[before.length - 1]?.trim()}` : where ? `\n  ${where}` : ''
  return new Error(`Migration ${file.set}/${file.name}${line} failed in schema ${plan.schema}: ${message}${source}`, { cause })
}
