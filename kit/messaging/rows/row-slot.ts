import type { Query, Sql } from '#kit/db/db.ts'
import { within } from '#kit/db/deadlines.ts'
import { quoteIdentifier } from '#kit/db/roles.ts'
import { parseLsn, type Relation, type Row } from '../pgoutput.ts'
import { commandDeadlines, replicationConnection } from '../wal-stream.ts'

/** A table whose rows are published. */
export interface RowTable {
  readonly schema: string
  readonly table: string
}

export const nameOfTable = ({ schema, table }: RowTable): string => `${quoteIdentifier(schema)}.${quoteIdentifier(table)}`

/**
 * Publishes the tables under their own names, whatever partitions they have, with whole old rows, and lets the role read them. As superuser, after
 * the migrations; idempotent. New partitions take over the old-rows setting from their table (see the services' migrations).
 */
export async function prepareRows(
  admin: Sql,
  { role, tables, publication }: { role: string; tables: readonly RowTable[]; publication: string },
): Promise<void> {
  const name = quoteIdentifier(publication)
  const list = tables.map(nameOfTable).join(', ')
  await admin.begin(async (tx) => {
    const [found] = await tx`select 1 from pg_publication where pubname = ${publication}`
    await tx.unsafe(found ? `alter publication ${name} set table ${list}` : `create publication ${name} for table ${list}`)
    await tx.unsafe(
      `alter publication ${name} set (publish = 'insert, update, delete, truncate', publish_via_partition_root = true)`,
    )
    for (const { schema, table } of tables) {
      const parts = (await partsOf(tx, { schema, table })).filter(({ full }) => !full)
      for (const part of parts) await tx.unsafe(`alter table ${part.name} replica identity full`)
      await tx.unsafe(`grant usage on schema ${quoteIdentifier(schema)} to ${quoteIdentifier(role)}`)
      await tx.unsafe(`grant select on ${nameOfTable({ schema, table })} to ${quoteIdentifier(role)}`)
    }
    await tx.unsafe(`alter role ${quoteIdentifier(role)} replication`)
  })
}

/** A table and its partitions, and whether whole old rows of it are written into the log. */
async function partsOf(sql: Query, table: RowTable): Promise<{ name: string; full: boolean }[]> {
  return await sql<{ name: string; full: boolean }[]>`
    select format('%I.%I', n.nspname, c.relname) as name, c.relreplident = 'f' as full
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.oid = ${nameOfTable(table)}::text::regclass
        or c.oid in (select t.relid from pg_partition_tree(${nameOfTable(table)}::text::regclass) t)`
}

/** Nobody reads rows any more: no slot may hold the log back, and old rows need not be written down. */
export async function forgetRows(admin: Sql, tables: readonly RowTable[], slot: string): Promise<void> {
  await admin`
    select pg_drop_replication_slot(slot_name) from pg_replication_slots
     where slot_name in (${slot}, ${snapshotSlot(slot)}) and not active`
  for (const table of tables) {
    const parts = (await partsOf(admin, table)).filter(({ full }) => full)
    for (const part of parts) await admin.unsafe(`alter table ${part.name} replica identity default`)
  }
}

/** The slot while its snapshot is read: it gets its name when that is complete, so a slot that has its name has all rows. */
export const snapshotSlot = (slot: string): string => `${slot}_snapshot`

/** What identifies a row of each table: its primary key, whatever the replica identity says. */
export async function primaryKeys(sql: Query, tables: readonly RowTable[]): Promise<Map<string, ReadonlySet<string>>> {
  const keys = new Map<string, ReadonlySet<string>>()
  for (const table of tables) {
    const rows = await sql<{ name: string }[]>`
      select a.attname as name from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = any (i.indkey)
       where i.indrelid = ${nameOfTable(table)}::text::regclass and i.indisprimary`
    keys.set(`${table.schema}.${table.table}`, new Set(rows.map(({ name }) => name)))
  }
  return keys
}

/** Marks the primary key in a table as the server described it. */
export function withKeys(relation: Relation, keys: ReadonlyMap<string, ReadonlySet<string>>): Relation {
  const primary = keys.get(`${relation.schema}.${relation.table}`)
  return primary
    ? { ...relation, columns: relation.columns.map((column) => ({ ...column, key: primary.has(column.name) })) }
    : relation
}

export interface Snapshot {
  /** the stream begins here */
  readonly start: bigint
}

const FETCH = 1_000

/**
 * Makes the slot and reads all rows of the tables in the very snapshot the stream starts from, in pages. Rows come as the stream would bring them:
 * as text, column by column.
 */
export async function readSnapshot(
  url: string,
  slot: string,
  tables: readonly RowTable[],
  keys: ReadonlyMap<string, ReadonlySet<string>>,
  onRows: (relation: Relation, rows: readonly Row[], start: bigint) => Promise<void>,
): Promise<Snapshot> {
  const connection = replicationConnection(url, 'souk rows snapshot')
  const send = <R extends object>(statement: string) => within(commandDeadlines, connection.unsafe<R[]>(statement))
  try {
    await send('BEGIN READ ONLY ISOLATION LEVEL REPEATABLE READ')
    const [created] = await send<{ consistent_point: string }>(
      `CREATE_REPLICATION_SLOT "${snapshotSlot(slot)}" LOGICAL pgoutput (SNAPSHOT 'use')`,
    )
    const start = parseLsn(created!.consistent_point)
    for (const table of tables) {
      const columns = await send<{ name: string; type: string }>(
        `select a.attname::text as name, a.atttypid::text as type from pg_attribute a
          where a.attrelid = '${nameOfTable(table)}'::regclass and a.attnum > 0 and not a.attisdropped and a.attgenerated = '' order by a.attnum`,
      )
      const relation = withKeys(
        { ...table, columns: columns.map(({ name, type }) => ({ name, key: false, type: Number(type) })) },
        keys,
      )
      const list = columns.map(({ name }) => `${quoteIdentifier(name)}::text`).join(', ')
      await send(`declare rows_of_table no scroll cursor for select ${list} from ${nameOfTable(table)}`)
      for (;;) {
        const rows = await send<Row>(`fetch ${FETCH} from rows_of_table`)
        if (rows.length > 0) await onRows(relation, rows as unknown as Row[], start)
        if (rows.length < FETCH) break
      }
      await send('close rows_of_table')
    }
    await send('COMMIT')
    return { start }
  } finally {
    await connection.end({ timeout: 1 })
  }
}
