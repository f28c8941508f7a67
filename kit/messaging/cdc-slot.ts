import type { Query, Sql } from '#kit/db/db.ts'
import { within } from '#kit/db/deadlines.ts'
import { quoteIdentifier } from '#kit/db/roles.ts'
import { onSharedCatalog } from '#kit/db/shared-catalog.ts'
import { parseLsn } from './pgoutput.ts'
import { commandDeadlines, replicationConnection } from './wal-stream.ts'

export const DEFAULT_PUBLICATION = 'souk_outbox'
export const DEFAULT_SLOT = 'souk_outbox'

export interface PrepareCdcOptions {
  /** login role that reads the log: gets REPLICATION */
  readonly role: string
  readonly schemas: readonly string[]
  readonly publication?: string
}

/** Publishes the inserts of all outbox tables and lets the role read them. As superuser, after the migrations; idempotent. */
export async function prepareCdc(
  admin: Sql,
  { role, schemas, publication = DEFAULT_PUBLICATION }: PrepareCdcOptions,
): Promise<void> {
  const name = quoteIdentifier(publication)
  const tables = schemas.map((schema) => `${quoteIdentifier(schema)}.outbox`).join(', ')
  await onSharedCatalog(() =>
    admin.begin(async (tx) => {
      const [found] = await tx`select 1 from pg_publication where pubname = ${publication}`
      await tx.unsafe(
        found
          ? `alter publication ${name} set table ${tables}`
          : `create publication ${name} for table ${tables} with (publish = 'insert')`,
      )
      await tx.unsafe(`alter role ${quoteIdentifier(role)} replication`)
    }),
  )
}

/** Drops the slot of a strategy no longer used: a forgotten slot keeps the write-ahead log for ever. False if there is none. */
export async function dropCdcSlot(sql: Sql, slot = DEFAULT_SLOT): Promise<boolean> {
  const rows =
    await sql`select pg_drop_replication_slot(slot_name) from pg_replication_slots where slot_name = ${slot} and not active`
  return rows.length > 0
}

export interface SlotState {
  /** 'lost': the server has removed log the slot needed (max_slot_wal_keep_size), it can never be read again */
  readonly state: 'missing' | 'lost' | 'usable'
  /** bytes of log written and not yet confirmed */
  readonly lagBytes: bigint
}

export async function slotState(sql: Query, slot: string): Promise<SlotState> {
  const [row] = await sql<{ wal_status: string | null; lag: bigint | null }[]>`
    select wal_status, pg_wal_lsn_diff(pg_current_wal_lsn(), confirmed_flush_lsn)::bigint as lag from pg_replication_slots where slot_name = ${slot}`
  if (!row) return { state: 'missing', lagBytes: 0n }
  return { state: row.wal_status === 'lost' || row.lag === null ? 'lost' : 'usable', lagBytes: row.lag ?? 0n }
}

export interface NewSlot {
  /** the stream starts here */
  readonly start: bigint
  /** rows that were committed before: the stream will not bring them */
  readonly earlier: readonly { schema: string; position: bigint }[]
}

/**
 * Creates the slot and reads, in the very snapshot the stream starts from, which rows are in the outboxes: together they are
 * every event, none twice.
 */
export async function createSlot(url: string, slot: string, schemas: readonly string[]): Promise<NewSlot> {
  const connection = replicationConnection(url, 'souk cdc set-up')
  const send = <Row extends object>(statement: string) => within(commandDeadlines, connection.unsafe<Row[]>(statement))
  try {
    await send('BEGIN READ ONLY ISOLATION LEVEL REPEATABLE READ')
    const [created] = await send<{ consistent_point: string }>(
      `CREATE_REPLICATION_SLOT "${slot}" LOGICAL pgoutput (SNAPSHOT 'use')`,
    )
    const earlier: { schema: string; position: bigint }[] = []
    for (const schema of schemas) {
      const rows = await send<{ position: string }>(
        `select o.position::text from ${quoteIdentifier(schema)}.outbox o order by o.position`,
      )
      for (const row of rows) earlier.push({ schema, position: BigInt(row.position) })
    }
    await send('COMMIT')
    return { start: parseLsn(created!.consistent_point), earlier }
  } finally {
    await connection.end({ timeout: 1 })
  }
}
