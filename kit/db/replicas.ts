import { hasContext, currentContext } from '#kit/core/context.ts'
import type { Sql } from './db.ts'
import { watchReplica } from './replica-watch.ts'
import { guardPool } from './guard.ts'
import type { Pool } from './pool.ts'
import { hostsOf } from './url.ts'

/** How a server is called in what callers have seen of it: short, and tells no address. */
export function serverName(url: string): string {
  let hash = 0
  for (const letter of hostsOf(url).join()) hash = (Math.imul(hash, 31) + letter.charCodeAt(0)) >>> 0
  return hash.toString(36)
}

/** How long a copy that could not be reached is left alone. */
const LEFT_ALONE_MS = 1000

export interface Copies {
  readonly primary: string
  readonly replicas: readonly { readonly url: string; readonly pool: Pool }[]
  /** further behind, and a copy is not asked */
  readonly maxLagMs: number
}

/**
 * Reads go round the copies that hold what the caller has seen and are not too far behind; where none does, or one is lost in the middle
 * of a statement, the primary serves.
 */
export function readFrom({ primary, replicas, maxLagMs }: Copies, sql: Sql): { read: Sql; close(): void } {
  const server = serverName(primary)
  const members = replicas.map(({ url, pool }) => {
    const member = { downUntil: 0, watch: watchReplica(primary, url), sql }
    const lost = () => {
      member.downUntil = performance.now() + LEFT_ALONE_MS
    }
    member.sql = guardPool(pool, lost, sql)
    return member
  })
  let turn = 0
  const pick = (): Sql => {
    const seen = hasContext() ? currentContext().seen : undefined
    if (seen === 'everything') return sql
    const wanted = seen?.get(server) ?? 0n
    const now = performance.now()
    for (let tries = 0; tries < members.length; tries++) {
      const member = members[turn++ % members.length]
      if (member && member.downUntil <= now && member.watch.holds(wanted, maxLagMs)) return member.sql
    }
    return sql
  }
  type Call = (...parts: unknown[]) => unknown
  const forward =
    (choose: (chosen: Sql) => unknown) =>
    (...parts: unknown[]) =>
      (choose(pick()) as Call)(...parts)
  const read = Object.assign(
    forward((chosen) => chosen),
    sql,
    {
      unsafe: forward((chosen) => chosen.unsafe),
      begin: forward((chosen) => chosen.begin),
    },
  ) as unknown as Sql
  return {
    read,
    close() {
      for (const { watch } of members) watch.close()
    },
  }
}
