import { randomBytes } from 'node:crypto'
import type { Sql } from './db.ts'

/*
 * Whoever gives up a line that died without a word cannot tell the other end. The server then keeps a session that nobody will ever
 * use: it counts as a connection until the server ends what says nothing (most of a minute), and may hold locks. A few such
 * moments in a row and every connection is one of these, and all services are turned away by a database that has nothing to do. So every client has a name
 * of its own, and the first who has a line again hangs up for those who lost theirs.
 */
const orphans = new Map<string, Set<string>>()

/** The name of one client among all of the same application, as pg_stat_activity shows it: `souk http orders 5f0c1a`. */
export function nameOfOne(application: string): string {
  return `${application.slice(0, 56)} ${randomBytes(3).toString('hex')}`
}

/** A client of this URL was given up; what the server still has of it may end. */
export function orphaned(url: string, name: string): void {
  const names = orphans.get(url) ?? new Set()
  orphans.set(url, names.add(name))
}

export const hasOrphans = (url: string): boolean => orphans.has(url)

/** Ends them. A role may end its own sessions only, so each URL cares for itself. */
export async function hangUp(url: string, sql: Sql): Promise<void> {
  const names = orphans.get(url)
  if (!names) return
  orphans.delete(url)
  try {
    await sql`select pg_terminate_backend(pid) from pg_stat_activity
      where usename = current_user and pid <> pg_backend_pid()
        and application_name in (select json_array_elements_text(${JSON.stringify([...names])}::text::json))`
  } catch (error) {
    for (const name of names) orphaned(url, name)
    throw error
  }
}
