import { killpoint } from '#kit/core/killpoint.ts'
import type { Query, Sql } from '#kit/db/db.ts'
import type { OutgoingRecord } from './bus.ts'
import { BUS_CHANNEL, FencedOut, type Fence, originMark, type TopicTable, type WrittenRow } from './log-writer.ts'
import { partitionOf } from './partition.ts'
import { plainArray, quoteIdentifier } from './pg-literals.ts'

/** One row of an outbox: enough to say where it goes. */
export interface OutboxRow {
  readonly schema: string
  readonly position: bigint
  readonly aggregatetype: string
  readonly aggregateid: string
}

export interface OutboxRowWithPayload extends OutboxRow {
  readonly id: string
  readonly type: string
  readonly payload: string
}

export function topicOf(aggregatetype: string): string {
  return `${aggregatetype}.events`
}

/**
 * The unpublished rows of all outboxes in position order, per outbox at most `limit`. Never `position > last one seen`:
 * positions are drawn before commit, so a smaller one can become visible later.
 */
export function selectOutbox(schemas: readonly string[], limit: number, columns: 'key' | 'payload'): string {
  const fields = columns === 'key' ? '' : ', id, type, payload'
  return schemas
    .map((schema, index) => {
      const table = `${quoteIdentifier(schema)}.outbox`
      return `(select ${index} as source, position, aggregatetype, aggregateid${fields} from ${table} order by position limit ${limit})`
    })
    .join(' union all ')
}

export async function readOutbox<C extends 'key' | 'payload'>(
  sql: Query,
  schemas: readonly string[],
  limit: number,
  columns: C,
): Promise<(C extends 'payload' ? OutboxRowWithPayload : OutboxRow)[]> {
  if (schemas.length === 0) return []
  const rows = await sql.unsafe<{ source: number }[]>(selectOutbox(schemas, limit, columns), [], { prepare: true })
  return rows.map((row) => ({ ...row, schema: schemas[row.source]! })) as never
}

export function toOutgoing(row: OutboxRowWithPayload): OutgoingRecord {
  return { topic: topicOf(row.aggregatetype), key: row.aggregateid, eventId: row.id, type: row.type, value: row.payload }
}

/**
 * Moves rows of several outboxes into the log inside the database: deletes them, writes them with dense offsets and announces
 * them, in one statement, if the epoch is the newest. A row that another transaction took meanwhile is left out. Answers what was written.
 * $1 relay, $2 epoch, $3 outboxes (places in `schemas`), $4 positions, $5 partitions, $6 who writes.
 */
export function moveStatement(schemas: readonly string[], late = false): string {
  const deleted = schemas.map(
    (schema, source) => `gone_${source} as (
      delete from ${quoteIdentifier(schema)}.outbox o using picked p
       where p.source = ${source} and o.position = p.position and exists (select from guard)
      returning ${source} as source, o.position, o.id, o.aggregatetype || '.events' as topic, o.aggregateid, o.type, o.payload, p.partition
    )`,
  )
  return `
    with guard as materialized (
      select 1 from bus.relays where name = $1::text and epoch = $2::text::bigint for update
    ), picked as materialized (
      select source, position, partition from unnest($3::text::integer[], $4::text::bigint[], $5::text::integer[]) as p(source, position, partition)
    ), ${deleted.join(', ')}, counted as materialized (
      select *, row_number() over w as nth, count(*) over (partition by topic, partition) as total
        from (${schemas.map((_, source) => `select * from gone_${source}`).join(' union all ')}) gone
      window w as (partition by topic, partition order by source, position)
    ), head as (
      insert into bus.heads as h (topic, partition, next_offset)
      select topic, partition, total from counted where nth = 1 order by topic, partition
          on conflict (topic, partition) do update set next_offset = h.next_offset + excluded.next_offset
      returning h.topic, h.partition, h.next_offset
    ), written as (
      insert into bus.log (topic, partition, "offset", event_id, type, key, value)
      select c.topic, c.partition, h.next_offset - c.total + c.nth - 1, c.id, c.type, c.aggregateid, c.payload
        from counted c join head h on h.topic = c.topic and h.partition = c.partition
       order by c.topic, c.partition, c.nth
      returning topic, partition, "offset", event_id, type, key, value
    ), news as materialized (
      select pg_notify('${BUS_CHANNEL}', $6::text || ',' || string_agg(distinct topic, ',')), count(*) as told from written having count(*) > 0
    )
    select (select count(*) from guard)::integer as leading, (select told from news) as told,
           w.topic, w.partition, w."offset", w.event_id, w.type, w.key, w.value
      from (select) one left join written w on true${late ? ", set_config('synchronous_commit', 'off', true)" : ''}
     order by w.topic, w.partition, w."offset"`
}

/** `told`: how many were announced; null where none was moved. */
interface Moved extends WrittenRow {
  readonly leading: number
  readonly told: bigint | null
}

/** Publishes rows whose outboxes and log share a database. Exactly once into the log. Returns what was written, in the order of the log. */
export async function moveToLog(
  sql: Sql,
  { topics, origin }: { readonly topics: TopicTable; readonly origin: string },
  fence: Fence,
  rows: readonly OutboxRow[],
  late = false,
): Promise<WrittenRow[]> {
  const counts = await topics.partitions(
    sql,
    rows.map((row) => topicOf(row.aggregatetype)),
  )
  const places = new Map([...new Set(rows.map((row) => row.schema))].map((schema, place) => [schema, place]))
  const written = await sql.unsafe<Moved[]>(
    moveStatement([...places.keys()], late),
    [
      fence.relay,
      String(fence.epoch),
      plainArray(rows.map((row) => places.get(row.schema)!)),
      plainArray(rows.map((row) => row.position)),
      plainArray(rows.map((row) => partitionOf(row.aggregateid, counts.get(topicOf(row.aggregatetype))!))),
      originMark(origin),
    ],
    { prepare: true },
  )
  if (written[0]!.leading === 0) throw new FencedOut(fence)
  return written[0]!.told === null ? [] : [...written]
}

/** Deletes rows that are in a log elsewhere. */
export async function deletePublished(sql: Sql, rows: readonly Pick<OutboxRow, 'schema' | 'position'>[]): Promise<void> {
  for (const [schema, part] of Map.groupBy(rows, (row) => row.schema)) {
    killpoint('relay.before-delete')
    await sql.unsafe(
      `delete from ${quoteIdentifier(schema)}.outbox where position = any($1::text::bigint[])`,
      [plainArray(part.map((row) => row.position))],
      { prepare: true },
    )
  }
}
