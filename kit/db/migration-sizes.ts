import type { Sql } from './db.ts'
import { unsafeIn, type Unsafe, type UnsafeRule, unsafeRules } from './migration-safety.ts'
import type { PendingSchema } from './migrations.ts'

/** Below this everything is done before anybody notices: a table of this size is written anew in some tenths of a second. */
const SMALL_BYTES = 16 * 2 ** 20

/** What a small table bears and a large one does not. The other rules are for whoever writes the file: tests/architecture. */
const bySize: ReadonlySet<UnsafeRule> = new Set(['index-locks', 'not-null', 'rewrite', 'constraint', 'whole-table'])

/** A migration would keep people away from a table that is in use. Nothing was changed. */
export class MigrationRefused extends Error {
  override readonly name = 'MigrationRefused'
  readonly code = 'MIGRATION_REFUSED'
}

/** Throws before anything of the schema has run. */
export async function refuseUnsafe(admin: Sql, { plan, files }: PendingSchema): Promise<void> {
  const unsafe = files.flatMap((file) =>
    unsafeIn(file.text)
      .filter(isOfSize)
      .map((one) => ({ ...one, file: `${file.set}/${file.name}:${one.line}` })),
  )
  if (unsafe.length === 0) return
  const sizes = await sizesOf(admin, plan.schema, [...new Set(unsafe.map(({ table }) => table))])
  const large = unsafe.filter(({ table }) => (sizes.get(table) ?? 0) > SMALL_BYTES)
  if (large.length === 0) return
  const lines = large.map(
    ({ file, table, rule, statement }) =>
      `  ${file}: table ${table} of schema ${plan.schema} has ${Math.round((sizes.get(table) ?? 0) / 2 ** 20)} MB, and "${statement}" ${unsafeRules[rule]}`,
  )
  throw new MigrationRefused(`Not safe beside a running shop, so nothing was changed:\n${lines.join('\n')}`)
}

const isOfSize = (one: Unsafe): one is Unsafe & { table: string } =>
  one.table !== undefined && one.excuse === undefined && bySize.has(one.rule)

/** Bytes of tables that there are, partitions and indexes included. */
async function sizesOf(admin: Sql, schema: string, tables: readonly string[]): Promise<Map<string, number>> {
  const rows = await admin<{ table: string; bytes: number }[]>`
    select c.relname::text as table, coalesce((select sum(pg_total_relation_size(part.relid)) from pg_partition_tree(c.oid) part),
           pg_total_relation_size(c.oid))::float8 as bytes
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = ${schema} and c.relkind in ('r', 'p') and c.relname = any(${[...tables]})`
  return new Map(rows.map(({ table, bytes }) => [table, bytes]))
}
