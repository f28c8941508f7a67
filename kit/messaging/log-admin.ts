import { setTimeout as delay } from 'node:timers/promises'
import type { Db, Query, Sql } from '#kit/db/db.ts'
import type { Logger } from '#kit/service/logger.ts'
import type { LogBus, Queues } from './log-bus.ts'
import { plainArray } from './pg-literals.ts'
import { replayIntoQueue } from './queue-replay.ts'

/** Records looked at in one transaction. */
const CHUNK = 5000

/**
 * Deletes records older than their topic's retention (`bus.topics.retention`), from the front of every partition, so offsets
 * stay dense. Returns how many were deleted. A group that has not read them misses them: its
 * consumer says so (`stats().missed`), so watch the lag.
 */
export async function deleteExpired(sql: Sql, signal?: AbortSignal): Promise<number> {
  const partitions = await sql<{ topic: string; partition: number }[]>`
    select topic, partition from bus.heads where first_offset < next_offset order by topic, partition`
  let deleted = 0
  for (const { topic, partition } of partitions) {
    for (let full = true; full && !signal?.aborted; ) {
      const [row] = await sql<{ looked: number; deleted: number }[]>`
        with head as materialized (
          select h.first_offset, h.next_offset, clock_timestamp() - t.retention as expired_before
            from bus.heads h join bus.topics t on t.topic = h.topic
           where h.topic = ${topic} and h.partition = ${partition} for update of h
        ), oldest as materialized (
          select l."offset", l.appended_at < head.expired_before as expired
            from head, bus.log l
           where l.topic = ${topic} and l.partition = ${partition} and l."offset" >= head.first_offset
           order by l."offset" limit ${CHUNK}
        ), cut as materialized (
          select coalesce(min("offset") filter (where not expired), max("offset") + 1) as first_kept, count(*) as looked from oldest
        ), moved as (
          update bus.heads set first_offset = cut.first_kept from cut
           where topic = ${topic} and partition = ${partition} and first_offset < cut.first_kept
        ), gone as (
          delete from bus.log l using cut
           where l.topic = ${topic} and l.partition = ${partition} and l."offset" < cut.first_kept returning 1
        )
        select looked::int as looked, (select count(*) from gone)::int as deleted from cut`
      deleted += row!.deleted
      full = row!.looked === CHUNK && row!.deleted === CHUNK
    }
  }
  return deleted
}

/**
 * Deletes what is older than its topic's retention again and again until stopped. In every background process: partitions are locked
 * one after another, so several of them share the work, and who comes second finds nothing to do.
 */
export async function keepRetention(sql: Sql, log: Logger, signal: AbortSignal, everyMs = 600_000): Promise<void> {
  while (!signal.aborted) {
    await delay(everyMs * (0.5 + Math.random() / 2), undefined, { signal }).catch(() => undefined)
    if (signal.aborted) return
    try {
      const deleted = await deleteExpired(sql, signal)
      if (deleted > 0) log.info({ deleted }, 'events older than the retention of their topics were deleted')
    } catch (error) {
      if (!signal.aborted) log.warn({ err: error }, 'old events could not be deleted; trying again later')
    }
  }
}

/** First offsets of a topic's partitions that were appended at or after a point in time; the end of a partition if there are none. */
export async function offsetsAt(sql: Query, topic: string, time: Date): Promise<{ partition: number; next: bigint }[]> {
  return sql<{ partition: number; next: bigint }[]>`
    select h.partition, coalesce((select min(l."offset") from bus.log l
             where l.topic = h.topic and l.partition = h.partition and l.appended_at >= ${time}), h.next_offset) as next
      from bus.heads h where h.topic = ${topic} order by h.partition`
}

export interface SeekOptions {
  readonly bus: LogBus
  /** the consumer's own database */
  readonly db: Db
  readonly group: string
  readonly topic: string
  /** where each partition is to be read from; those not named stay */
  readonly to: readonly { readonly partition: number; readonly next: bigint }[]
  /** Also forget that the events after it were handled, so that they take effect again: to rebuild a read model. */
  readonly again: boolean
}

/**
 * Moves a group's position, forward or back; a running consumer notices. Without `again` a replay only fills gaps: events
 * handled before are skipped by the inbox. Returns how many inbox marks were removed.
 */
export async function seek({ bus, db, group, topic, to, again }: SeekOptions): Promise<number> {
  if (bus.queues) return await seekQueue({ bus, db, group, topic, to, again }, bus.queues)
  let forgotten = 0
  for (const { partition, next } of to) {
    await db.tx(async (tx) => {
      // holding the cursor keeps the consumer out until the marks are gone
      const [cursor] = await tx<{ old: bigint }[]>`
        select next_offset as old from cursors where consumer = ${group} and topic = ${topic} and partition = ${partition} for update`
      if (!cursor) return
      await tx`update cursors set next_offset = ${next}, moved_at = now() where consumer = ${group} and topic = ${topic} and partition = ${partition}`
      for (let at = next; again && at < cursor.old; ) {
        const [slice] = await bus.fetch({ positions: [{ topic, partition, next: at }], budget: 1000, exact: true })
        if (!slice) break
        const ids = slice.records.filter((record) => record.offset < cursor.old).map((record) => record.eventId)
        const gone =
          await tx`delete from inbox where consumer = ${group} and event_id = any(${plainArray(ids)}::text::uuid[]) returning 1`
        forgotten += gone.length
        at = slice.upTo
      }
    })
  }
  return forgotten
}

/** A queue has no position: what is to be read again is put into it from the archive. */
async function seekQueue({ bus, db, group, topic, to, again }: SeekOptions, queues: Queues): Promise<number> {
  let forgotten = 0
  const heads = new Map((await bus.heads([topic])).map(({ partition, next }) => [partition, next]))
  await replayIntoQueue({
    bus,
    queues,
    group,
    stretches: to.map(({ partition, next }) => ({ topic, partition, from: next, upTo: heads.get(partition) ?? next })),
    async before(records) {
      if (!again) return
      const ids = plainArray(records.map(({ eventId }) => eventId))
      forgotten += (
        await db.sql`delete from inbox where consumer = ${group} and event_id = any(${ids}::text::uuid[]) returning 1`
      ).length
    },
  })
  return forgotten
}

/** Inbox marks older than the log's retention cannot be needed any more. Deletes at most `limit`; returns how many. */
export async function pruneInbox(sql: Query, olderThanDays: number, limit = 10_000): Promise<number> {
  const rows = await sql`
    delete from inbox where ctid = any(array(
      select ctid from inbox where handled_at < now() - ${olderThanDays}::int * interval '1 day' limit ${limit})) returning 1`
  return rows.length
}
