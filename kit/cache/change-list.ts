import type { Sql } from '#kit/db/db.ts'
import type { MigrationSet } from '#kit/db/migrations.ts'

/** Every service's schema: the list of changes that caches follow. */
export const cacheMigrations: MigrationSet = { name: 'cache', folder: new URL('./migrations/', import.meta.url) }

/** How long a change stays in the list. Whoever has not looked for half of that time forgets everything it keeps. */
const KEPT_HOURS = 24
export const LONGEST_PAUSE_MS = (KEPT_HOURS / 2) * 3_600_000

/** What a look found. `everything`: the list cannot say what changed since `since`. */
export interface Look {
  /** the database's snapshot; hand it to the next look */
  readonly snapshot: string
  readonly tags: readonly string[]
  readonly everything: boolean
}

/**
 * Reads what was committed since the snapshot of an earlier look: one statement, always on the primary. Without `since`
 * it only tells where to begin.
 */
export type ReadChanges = (since: string | undefined) => Promise<Look>

export function changeList(sql: Sql): ReadChanges {
  return async (since) => {
    const [row] = await sql<{ snapshot: string; tags: string[]; backwards: boolean }[]>`
      select now.snapshot::text as snapshot,
             coalesce(now.snapshot_end < pg_snapshot_xmax(${since ?? null}::pg_snapshot), false) as backwards,
             array(select distinct tag
                     from cache_changes c cross join unnest(c.tags) tag
                    where c.xid >= pg_snapshot_xmin(${since ?? null}::pg_snapshot)
                      and not pg_visible_in_snapshot(c.xid, ${since ?? null}::pg_snapshot)) as tags
        from (select s as snapshot, pg_snapshot_xmax(s) as snapshot_end from pg_current_snapshot() s) now`
    // Transaction numbers only grow. If they did not, this is another database: a restored backup.
    return { snapshot: row!.snapshot, tags: row!.tags, everything: since === undefined || row!.backwards }
  }
}

/** Two lists as one, for answers made of both: a look is as fresh as the older of the two. */
export function bothChanges(one: ReadChanges, other: ReadChanges): ReadChanges {
  return async (since) => {
    const [before, beforeOther] = since === undefined ? [undefined, undefined] : (JSON.parse(since) as [string, string])
    const [look, lookOther] = await Promise.all([one(before), other(beforeOther)])
    return {
      snapshot: JSON.stringify([look.snapshot, lookOther.snapshot]),
      tags: [...look.tags, ...lookOther.tags],
      everything: look.everything || lookOther.everything,
    }
  }
}

/** Removes what nobody can need any more. Returns how many rows. */
export async function pruneChanges(sql: Sql): Promise<number> {
  const { count } = await sql`delete from cache_changes c where c.at < now() - make_interval(hours => ${KEPT_HOURS})`
  return count
}
