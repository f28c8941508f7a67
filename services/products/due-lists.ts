/** Price lists that begin or end by the clock: nobody writes anything then. */
import { CATALOGUE } from '#contracts/rpc/catalogue.ts'
import type { ReadChanges } from '#kit/cache/change-list.ts'
import type { Sql } from '#kit/db/db.ts'

/** The same changes, and one of everything when a price list began or ended since the earlier look. */
export function withDueLists(sql: Sql, read: ReadChanges): ReadChanges {
  return async (since) => {
    const before = parsed(since)
    const [look, [clock]] = await Promise.all([
      read(before?.snapshot),
      sql<{ now: string; due: boolean }[]>`
        select now()::text as now,
               exists (select from price_lists l
                        where l.active and (l.valid_from > ${before?.at ?? null}::timestamptz and l.valid_from <= now()
                                            or l.valid_to > ${before?.at ?? null}::timestamptz and l.valid_to <= now())) as due`,
    ])
    return {
      ...look,
      snapshot: JSON.stringify([look.snapshot, clock!.now]),
      tags: clock!.due ? [...look.tags, CATALOGUE] : look.tags,
    }
  }
}

function parsed(since: string | undefined): { snapshot: string; at: string } | undefined {
  if (!since?.startsWith('[')) return undefined
  const [snapshot, at] = JSON.parse(since) as [string, string]
  return { snapshot, at }
}
