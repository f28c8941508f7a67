import type { Query } from './db.ts'

/**
 * An item for the FROM of a statement that writes: with `late` its commit is answered before it is on disk (ADR 0033). A crash of the
 * database loses the end of its write-ahead log and nothing before it, so what a later commit that was waited for follows is safe; only
 * for writes that are repeated, or that nobody was told of, until then. Without `late` an item of no columns.
 */
export function committing(sql: Query, late: boolean) {
  return late ? sql`set_config('synchronous_commit', 'off', true)` : sql`(select)`
}

/**
 * Waits until everything that was committed so far is on disk. For work that is about to tell the outside of what it has read, where nothing
 * is written first: an empty message in the log and its commit.
 */
export async function onDisk(sql: Query): Promise<void> {
  await sql`select pg_logical_emit_message(true, 'souk', '')`
}
