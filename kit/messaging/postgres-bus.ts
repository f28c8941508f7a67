import { randomUUID } from 'node:crypto'
import type { Query, Sql, Tx } from '#kit/db/db.ts'
import { openDb, type Pooler } from '#kit/db/open.ts'
import type { Logger } from '#kit/service/logger.ts'
import type { BusRecord, OutgoingRecord, Subscription } from './bus.ts'
import type { FetchRequest, LogBus, PartitionHead, Slice } from './log-bus.ts'
import { startBroadcast } from './broadcast.ts'
import { refuseLarge } from './event-size.ts'
import {
  appendToLog,
  BUS_CHANNEL,
  createTopicTable,
  FencedOut,
  type Fence,
  type LogPlace,
  originMark,
  slicesOfPlaced,
  type TopicTable,
} from './log-writer.ts'
import { LogRecord } from './log-record.ts'
import { keepRetention, offsetsAt } from './log-admin.ts'
import { busLimits } from './bus-limits.ts'
import { createLogTail } from './log-tail.ts'
import { plainArray, textArray } from './pg-literals.ts'
import { compareTopic, wantedOf } from './topology.ts'
import { createMemberships } from './postgres-membership.ts'

export interface PostgresBusOptions {
  /** postgres:// URL of the bus's database, with role `souk_bus`. Not that of a pooler: sessions hold locks. */
  readonly url: string
  /** see openDb: for the statements */
  readonly pooler?: Pooler | undefined
  readonly log: Logger
  /** shown in pg_stat_activity */
  readonly applicationName?: string
  /** connections of the pool; two more are held for notifications and for the ownership of partitions */
  readonly max?: number
  /** most processes that can share one consumer group; default 12 = one partition each */
  readonly shares?: number
  /** how fast partitions move to another process when one comes or goes */
  readonly rebalanceMs?: number
  /** how long a lost wake-up can delay a broadcast */
  readonly pollMs?: number
}

/** The embedded bus: a log in PostgreSQL. Host: one per process, `createPostgresBus({ url: busUrl, log })`, closed last. */
export interface PostgresBus extends LogBus {
  readonly driver: 'postgres'
  readonly topics: TopicTable
  /** As `publish`, and tells where each record is. */
  append(records: readonly OutgoingRecord[]): Promise<LogPlace[]>
  /** stands in the notifications of what this process writes and hands over */
  readonly origin: string
  /** Gives what this process has written to its own groups, at once and without reading it back. */
  handOver(slices: readonly Slice[]): void
  /** Id of the log's installation: a relay that finds the same id through its own connection shares the database. */
  installation(): Promise<string>
  /** Raises the epoch of a relay: every older leader's writes are refused from now on. */
  newEpoch(relay: string, leader: string): Promise<Fence>
  /** Writes records, and `note` in the same transaction (how far the source was read), if the epoch is the newest. */
  publishFenced(fence: Fence, records: readonly OutgoingRecord[], note: (tx: Tx) => Promise<unknown>): Promise<void>
  /** For what belongs to the log: progress of its sources, retention, lag. */
  readonly sql: Sql
}

export function isPostgresBus(bus: object): bus is PostgresBus {
  return 'driver' in bus && bus.driver === 'postgres'
}

/** Locks the relay's row for this transaction and checks that its epoch is the newest. */
export async function holdEpoch(sql: Query, fence: Fence): Promise<void> {
  const rows = await sql`select 1 from bus.relays where name = ${fence.relay} and epoch = ${fence.epoch} for update`
  if (rows.length === 0) throw new FencedOut(fence)
}

export function createPostgresBus(options: PostgresBusOptions): PostgresBus {
  const { url, log, applicationName = 'souk bus', max = 4, shares = 12, rebalanceMs = 1000, pollMs = 1000 } = options
  const db = openDb({
    url,
    schema: 'bus',
    applicationName,
    max,
    pooler: options.pooler,
    timeouts: { ...busLimits, poolWait: 10_000, connect: 5000 },
  })
  const { sql } = db
  const topics = createTopicTable()
  const memberships = createMemberships({
    url,
    applicationName: `${applicationName} groups`,
    log,
    shares,
    intervalMs: rebalanceMs,
  })
  const listeners = new Set<{ topics: ReadonlySet<string>; listener: () => void }>()
  const broadcasts = new Set<Subscription>()
  let listening: Promise<{ unlisten: () => Promise<void> }> | undefined

  const tail = createLogTail({ read: (request) => fetchSlices(sql, request), trustMs: pollMs / 2 })
  const origin = randomUUID()
  const announce = (names: string | undefined): void => {
    const news = names ? names.split(',') : undefined
    if (news?.[0] === originMark(origin)) return
    tail.news()
    ring(news)
  }
  const ring = (news: readonly string[] | undefined): void => {
    for (const entry of listeners) {
      if (!news || news.some((topic) => entry.topics.has(topic))) entry.listener()
    }
  }

  const onNews = async (names: readonly string[], listener: () => void): Promise<() => void> => {
    const entry = { topics: new Set(names), listener }
    listeners.add(entry)
    // the second callback runs after every (re)connect: notifications may have been missed
    listening ??= sql.listen(BUS_CHANNEL, announce, () => announce(undefined))
    await listening
    return () => listeners.delete(entry)
  }

  const heads = (names: readonly string[]): Promise<PartitionHead[]> =>
    sql<{ topic: string; partition: number; first: bigint; next: bigint }[]>`
      select topic, partition, first_offset as first, next_offset as next
        from bus.heads where topic = any(${textArray(names)}::text::text[])`.then((rows) => [...rows])

  const handOver = (slices: readonly Slice[]): void => {
    tail.hand(slices)
    ring(slices.map(({ topic }) => topic))
  }

  const append = async (records: readonly OutgoingRecord[]): Promise<LogPlace[]> => {
    for (const { type, eventId, value } of records) refuseLarge(type, eventId, value)
    const places = await appendToLog(sql, topics, records, origin)
    handOver(slicesOfPlaced(records, places))
    return places
  }

  return {
    driver: 'postgres',
    capabilities: { orderPerKey: true, replay: true, broadcast: true, partitions: true },
    sql,
    topics,
    origin,
    heads,
    onNews,
    fetch: tail.fetch,
    offsetsAt: (topic, time) => offsetsAt(sql, topic, time),
    maintain: (signal) => keepRetention(sql, log, signal),
    topicNames: async () =>
      (await sql<{ topic: string }[]>`select topic from bus.topics order by topic`).map(({ topic }) => topic),

    async apply({ topics: plans }, { dryRun }) {
      const rows = await sql<{ topic: string; partitions: number; ms: number }[]>`
        select topic, partitions, (extract(epoch from retention) * 1000)::float8 as ms from bus.topics`
      const real = new Map(rows.map(({ topic, partitions, ms }) => [topic, { partitions, retentionMs: ms }]))
      const changes = plans.map((plan) => compareTopic(plan, real.get(plan.name)))
      for (const [index, plan] of dryRun ? [] : plans.entries()) {
        if (!['create', 'change'].includes(changes[index]!.action)) continue
        const { partitions, retentionMs } = wantedOf(plan, real.get(plan.name))
        await sql`insert into bus.topics (topic, partitions, retention)
          values (${plan.name}, ${partitions}, ${retentionMs}::float8 * interval '1 millisecond')
              on conflict (topic) do update set retention = excluded.retention`
      }
      return changes
    },

    async describe() {
      const [leaders, [kept]] = await Promise.all([
        sql<{ leader: string; epoch: bigint }[]>`select leader, epoch from bus.relays order by name`,
        sql<{ topics: number; records: bigint }[]>`
          select count(distinct topic)::int as topics, coalesce(sum(next_offset - first_offset), 0)::int8 as records from bus.heads`,
      ])
      return {
        leaders: leaders.map(({ leader, epoch }) => ({ leader, epoch: Number(epoch) })),
        topics: kept!.topics,
        recordsKept: Number(kept!.records),
      }
    },
    join: (group) => memberships.join(group),
    partitionCounts: (names) => topics.partitions(sql, names),

    append,

    handOver,

    async publish(records) {
      await append(records)
    },

    async publishFenced(fence, records, note) {
      await topics.partitions(
        sql,
        records.map((record) => record.topic),
      )
      const places = await sql.begin(async (tx) => {
        await holdEpoch(tx, fence)
        const written = await appendToLog(tx, topics, records, origin)
        await note(tx)
        return written
      })
      handOver(slicesOfPlaced(records, places))
    },

    async newEpoch(relay, leader) {
      const [row] = await sql<{ epoch: bigint }[]>`
        insert into bus.relays as r (name, epoch, leader) values (${relay}, 1, ${leader})
            on conflict (name) do update set epoch = r.epoch + 1, leader = excluded.leader, elected_at = now()
        returning epoch`
      return { relay, epoch: row!.epoch }
    },

    async installation() {
      const [row] = await sql<{ id: string }[]>`select id from bus.installation`
      return row!.id
    },

    async broadcast(names, onRecords) {
      return await startBroadcast({ names, onRecords, onNews, heads, fetch: tail.fetch, pollMs, log, open: broadcasts })
    },

    async close() {
      await Promise.all([...broadcasts].map((subscription) => subscription.stop()))
      await memberships.close()
      if (listening) await (await listening).unlisten().catch(() => {})
      await db.close()
    },
  }
}

interface LogRow {
  topic: string
  partition: number
  from: bigint
  up_to: bigint
  missed: bigint
  offset: bigint | null
  event_id: string
  type: string
  key: string
  value: string
}

/** One query for all partitions with news. Offsets are dense, so a stretch is bounded by its offsets, whatever it holds. */
async function fetchSlices(sql: Query, { positions, names, budget }: FetchRequest): Promise<Slice[]> {
  if (positions.length === 0) return []
  const rows = await sql<LogRow[]>`
    with news as (
      select p.topic, p.partition, p.next as "from", greatest(p.next, h.first_offset) as start, h.next_offset,
             count(*) over () as partitions
        from unnest(${textArray(positions.map((p) => p.topic))}::text::text[],
                    ${plainArray(positions.map((p) => p.partition))}::text::int[],
                    ${plainArray(positions.map((p) => p.next))}::text::bigint[]) as p(topic, partition, next)
        join bus.heads h on h.topic = p.topic and h.partition = p.partition and h.next_offset > p.next
    ), stretch as (
      select topic, partition, "from", start, start - "from" as missed,
             least(next_offset, start + greatest(10, ${budget}::bigint / partitions)) as up_to
        from news
    )
    select s.topic, s.partition, s."from", s.up_to, s.missed, l."offset", l.event_id, l.type, l.key, l.value
      from stretch s
      left join lateral (
        select * from bus.log l
         where l.topic = s.topic and l.partition = s.partition and l."offset" >= s.start and l."offset" < s.up_to
           and (${names === undefined} or split_part(l.type, '.', 1) = any(${textArray(names ?? [])}::text::text[]))
      ) l on true
     order by s.topic, s.partition, l."offset"`
  const slices: (Slice & { records: BusRecord[] })[] = []
  for (const row of rows) {
    let slice = slices.at(-1)
    if (slice?.topic !== row.topic || slice.partition !== row.partition) {
      slice = { topic: row.topic, partition: row.partition, from: row.from, upTo: row.up_to, missed: row.missed, records: [] }
      slices.push(slice)
    }
    if (row.offset === null) continue
    const { topic, partition, offset, type, key, value } = row
    slice.records.push(new LogRecord({ topic, partition, offset, eventId: row.event_id, type, key, value }))
  }
  return slices
}
