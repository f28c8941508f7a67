import type { OutgoingRecord } from './bus.ts'
import type { Slice } from './log-bus.ts'
import { LogRecord } from './log-record.ts'
import type { Query } from '#kit/db/db.ts'
import { DEFAULT_PARTITIONS, partitionOf } from './partition.ts'
import { textArray } from './pg-literals.ts'

export const BUS_CHANNEL = 'souk_bus'

/** What a notification says: topics with news, before them who wrote, so that he need not be told. */
export const originMark = (origin: string): string => `@${origin}`

/** A record as it was written, with its place. */
export interface WrittenRow {
  readonly topic: string
  readonly partition: number
  readonly offset: bigint
  readonly event_id: string
  readonly type: string
  readonly key: string
  readonly value: string
}

/** Written records, sorted by topic, partition and offset, as whoever reads the log would get them. */
export function slicesOf(rows: readonly WrittenRow[]): Slice[] {
  const slices: { topic: string; partition: number; from: bigint; upTo: bigint; missed: bigint; records: LogRecord[] }[] = []
  for (const row of rows) {
    const { topic, partition, offset } = row
    let slice = slices.at(-1)
    if (slice?.topic !== topic || slice.partition !== partition) {
      slice = { topic, partition, from: offset, upTo: offset, missed: 0n, records: [] }
      slices.push(slice)
    }
    slice.records.push(
      new LogRecord({ topic, partition, offset, key: row.key, eventId: row.event_id, type: row.type, value: row.value }),
    )
    slice.upTo = offset + 1n
  }
  return slices
}

/** Only the holder of the newest epoch may write (see relay-leader.ts). */
export interface Fence {
  readonly relay: string
  readonly epoch: bigint
}

/** Someone newer leads: what this process wanted to write was not written. */
export class FencedOut extends Error {
  constructor(fence: Fence) {
    super(`relay ${fence.relay}: epoch ${fence.epoch} is over, another process leads`)
    this.name = 'FencedOut'
  }
}

/** Partition counts of topics, read from `bus.topics` once and kept: they never change. */
export interface TopicTable {
  partitions(sql: Query, topics: Iterable<string>): Promise<Map<string, number>>
}

export function createTopicTable(): TopicTable {
  const known = new Map<string, number>()
  return {
    async partitions(sql, topics) {
      const missing = [...new Set(topics)].filter((topic) => !known.has(topic))
      if (missing.length > 0) {
        await sql`insert into bus.topics (topic, partitions)
          select topic, ${DEFAULT_PARTITIONS} from unnest(${textArray(missing)}::text::text[]) topic order by topic on conflict do nothing`
        const rows = await sql<{ topic: string; partitions: number }[]>`
          select topic, partitions from bus.topics where topic = any(${textArray(missing)}::text::text[])`
        for (const row of rows) known.set(row.topic, row.partitions)
      }
      return known
    },
  }
}

/** The same for records whose places the database told: whoever writes them need not read them back. */
export function slicesOfPlaced(records: readonly OutgoingRecord[], places: readonly LogPlace[]): Slice[] {
  const rows = records.map(
    ({ topic, key, eventId, type, value }, n): WrittenRow => ({ ...places[n]!, topic, key, event_id: eventId, type, value }),
  )
  const order = (a: WrittenRow, b: WrittenRow): number =>
    a.topic === b.topic ? a.partition - b.partition || Number(a.offset - b.offset) : a.topic < b.topic ? -1 : 1
  return slicesOf(rows.sort(order))
}

/** Where a record was written. */
export interface LogPlace {
  readonly partition: number
  readonly offset: bigint
}

/**
 * Writes records with dense offsets and announces them, in one statement. The rows of `bus.heads` are locked in sorted
 * order until commit, so offsets become visible in order. Returns the place of each. `origin`: who hands them over to its own groups and need
 * not be told.
 */
export async function appendToLog(
  sql: Query,
  topics: TopicTable,
  records: readonly OutgoingRecord[],
  origin?: string,
): Promise<LogPlace[]> {
  if (records.length === 0) return []
  const counts = await topics.partitions(
    sql,
    records.map((record) => record.topic),
  )
  const rows = records.map((record, n) => ({
    n,
    topic: record.topic,
    partition: partitionOf(record.key, counts.get(record.topic)!),
    event_id: record.eventId,
    type: record.type,
    key: record.key,
    value: record.value,
  }))
  const places = await sql<LogPlace[]>`
    with incoming as materialized (
      select *, row_number() over w as nth, count(*) over (partition by topic, partition) as total
        from json_to_recordset(${JSON.stringify(rows)}::text::json)
          as r(n int, topic text, partition int, event_id uuid, type text, key text, value text)
      window w as (partition by topic, partition order by n)
    ), head as (
      insert into bus.heads as h (topic, partition, next_offset)
      select topic, partition, total from incoming where nth = 1 order by topic, partition
          on conflict (topic, partition) do update set next_offset = h.next_offset + excluded.next_offset
      returning h.topic, h.partition, h.next_offset
    ), written as (
      insert into bus.log (topic, partition, "offset", event_id, type, key, value)
      select i.topic, i.partition, h.next_offset - i.total + i.nth - 1, i.event_id, i.type, i.key, i.value
        from incoming i join head h on h.topic = i.topic and h.partition = i.partition
       order by i.n
      returning topic
    ), told as materialized (
      select pg_notify(${BUS_CHANNEL}, ${origin === undefined ? '' : `${originMark(origin)},`}::text || string_agg(distinct topic, ',')) from written
    )
    select i.partition, h.next_offset - i.total + i.nth - 1 as "offset"
      from incoming i join head h on h.topic = i.topic and h.partition = i.partition, told
     order by i.n`
  return [...places]
}
