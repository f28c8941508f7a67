import type { Db, Query } from '#kit/db/db.ts'
import { parkedCounts } from './dlq.ts'
import type { LogBus } from './log-bus.ts'

export interface OutboxLag {
  /** events committed and not yet published */
  readonly rows: number
  /** age of the oldest of them, 0 if there is none */
  readonly seconds: number
}

export async function outboxLag(sql: Query): Promise<OutboxLag> {
  const [row] = await sql<{ rows: number; seconds: number }[]>`
    select count(*)::int as rows, coalesce(extract(epoch from clock_timestamp() - min(created_at)), 0)::float8 as seconds from outbox`
  return { ...row! }
}

export interface ConsumerLag {
  readonly topic: string
  /** events in the log the group has not passed yet (also those of types it does not react to) */
  readonly records: number
  /** records deleted before the group read them */
  readonly lost: number
}

/** How far a group is behind, per topic it has ever read; where events come by a queue, what is in that. */
export async function consumerLag(bus: LogBus, sql: Query, group: string): Promise<ConsumerLag[]> {
  if (bus.queues) {
    const depth = await bus.queues.depth(group)
    return depth ? [{ topic: depth.queue, records: depth.waiting + depth.inFlight, lost: 0 }] : []
  }
  const cursors = await sql<{ topic: string; partition: number; next: bigint }[]>`
    select topic, partition, next_offset as next from cursors where consumer = ${group}`
  const topics = [...new Set(cursors.map((cursor) => cursor.topic))].sort()
  const heads = new Map((await bus.heads(topics)).map((head) => [`${head.topic}/${head.partition}`, head]))
  return topics.map((topic) => {
    let records = 0n
    let lost = 0n
    for (const cursor of cursors.filter((row) => row.topic === topic)) {
      const head = heads.get(`${topic}/${cursor.partition}`)
      if (!head) continue
      if (head.next > cursor.next) records += head.next - cursor.next
      if (head.first > cursor.next) lost += head.first - cursor.next
    }
    return { topic, records: Number(records), lost: Number(lost) }
  })
}

export interface MessagingStats {
  readonly service: string
  readonly outbox: OutboxLag
  /** sum over topics */
  readonly lagRecords: number
  readonly topics: readonly ConsumerLag[]
  readonly dead: number
  readonly retrying: number
  readonly waiting: number
}

/** Plain numbers of one service for health and metrics: four small statements. */
export async function messagingStats(service: {
  readonly name: string
  readonly db: Db
  readonly bus: LogBus
}): Promise<MessagingStats> {
  const { name, db, bus } = service
  const [outbox, topics, counts] = await Promise.all([outboxLag(db.sql), consumerLag(bus, db.sql, name), parkedCounts(db.sql)])
  const sum = (field: 'dead' | 'retrying' | 'waiting') => counts.reduce((total, count) => total + count[field], 0)
  return {
    service: name,
    outbox,
    topics,
    lagRecords: topics.reduce((total, topic) => total + topic.records, 0),
    dead: sum('dead'),
    retrying: sum('retrying'),
    waiting: sum('waiting'),
  }
}
