import { createHash } from 'node:crypto'
import type { Sql } from '#kit/db/db.ts'
import { openSession, type Session } from '#kit/db/session.ts'
import type { Logger } from '#kit/service/logger.ts'
import type { Membership } from './log-bus.ts'
import { plainArray } from './pg-literals.ts'

interface Member {
  readonly group: string
  readonly key: number
  readonly owned: Set<number>
  readonly listeners: (() => void)[]
}

export interface MembershipsOptions {
  readonly url: string
  readonly applicationName: string
  readonly log: Logger
  /** into how many shares the partitions of a group are cut: the most processes that can share one group's work */
  readonly shares: number
  /** how often ownership is compared with the number of processes */
  readonly intervalMs: number
}

/**
 * Shares the partitions of every consumer group among processes with session advisory locks on one connection per process:
 * lock (group, 0) shared = "I am here", lock (group, 1 + partition) exclusive = "partition is mine". One query an interval
 * for all groups of the process. A killed process loses its locks at once, so its partitions are taken over within an interval.
 */
export function createMemberships({ url, applicationName, log, shares, intervalMs }: MembershipsOptions) {
  const members = new Map<string, Member>()
  let session: Session | undefined
  let timer: NodeJS.Timeout | undefined
  let running: Promise<void> = Promise.resolve()
  let closed = false

  const changed = (member: Member): void => {
    for (const listener of member.listeners) listener()
  }

  const balance = async (connection: Sql, member: Member, present: number): Promise<void> => {
    const fair = Math.ceil(shares / Math.max(1, present))
    const surplus = [...member.owned].slice(fair)
    if (surplus.length > 0) {
      for (const partition of surplus) member.owned.delete(partition)
      changed(member)
      await connection`select pg_advisory_unlock(${member.key}::int, share + 1) from unnest(${plainArray(surplus)}::text::int[]) share`
      return
    }
    if (member.owned.size >= fair) return
    const wanted = Array.from({ length: shares }, (_, partition) => partition).filter((partition) => !member.owned.has(partition))
    const rows = await connection<{ share: number }[]>`
      select share from unnest(${plainArray(wanted)}::text::int[]) share
       where pg_try_advisory_lock(${member.key}::int, share + 1) limit ${fair - member.owned.size}`
    if (rows.length === 0) return
    for (const row of rows) member.owned.add(row.share)
    changed(member)
  }

  const tick = async (): Promise<void> => {
    if (closed || members.size === 0) return
    if (!session || session.lost.aborted) {
      // whatever was locked by the old session is gone
      for (const member of members.values()) {
        if (member.owned.size === 0) continue
        member.owned.clear()
        changed(member)
      }
      session = await openSession({ url, applicationName, connectMs: 5000, statementMs: 5000 })
      const keys = plainArray([...members.values()].map((member) => member.key))
      await session.sql`select pg_try_advisory_lock_shared(key, 0) from unnest(${keys}::text::int[]) key`
    }
    const connection = session.sql
    const rows = await connection<{ key: number; present: number }[]>`
      select classid::bigint::bit(32)::int as key, count(*)::int as present
        from pg_locks
       where locktype = 'advisory' and objsubid = 2 and objid = 0 and granted
         and database = (select oid from pg_database where datname = current_database())
       group by classid`
    const present = new Map(rows.map((row) => [row.key, row.present]))
    for (const member of members.values()) await balance(connection, member, present.get(member.key) ?? 1)
  }

  const run = (): Promise<void> => {
    running = running.then(tick).catch((error: unknown) => {
      if (!closed) log.warn({ err: error }, 'could not compare the ownership of partitions; trying again')
    })
    return running
  }

  return {
    /** Resolves when the process is present in the group and owns what was free. */
    async join(group: string): Promise<Membership> {
      if (members.has(group)) throw new Error(`consumer group ${group} was already joined by this process`)
      const key = createHash('sha256').update(`souk:group:${group}`).digest().readInt32BE(0)
      const member: Member = { group, key, owned: new Set(), listeners: [] }
      members.set(group, member)
      if (session && !session.lost.aborted) await session.sql`select pg_try_advisory_lock_shared(${key}::int, 0)`
      timer ??= setInterval(() => void run(), intervalMs)
      await run()
      return {
        // a topic may have more partitions than there are shares
        owns: (_topic, partition) => member.owned.has(partition % shares),
        onChange: (listener) => void member.listeners.push(listener),
        async leave() {
          members.delete(group)
          const locks = [-1, ...member.owned]
          member.owned.clear()
          if (session && !closed && !session.lost.aborted) {
            await session.sql`select case when share < 0 then pg_advisory_unlock_shared(${key}::int, 0) else pg_advisory_unlock(${key}::int, share + 1) end
              from unnest(${plainArray(locks)}::text::int[]) share`.catch(() => {})
          }
        },
      }
    },
    async close(): Promise<void> {
      closed = true
      clearInterval(timer)
      await running
      await session?.close().catch(() => {})
    },
  }
}

export type Memberships = ReturnType<typeof createMemberships>
