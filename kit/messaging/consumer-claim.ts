import type { Query } from '#kit/db/db.ts'
import { committing } from '#kit/db/late-commit.ts'
import type { BusRecord } from './bus.ts'
import type { Slice } from './log-bus.ts'
import { plainArray, textArray } from './pg-literals.ts'

/** The cursor is not where this process left it: another one has handled these events, or someone moved it. Read it again. */
export class CursorMoved extends Error {
  constructor(group: string) {
    super(`a cursor of ${group} was moved by somebody else`)
    this.name = 'CursorMoved'
  }
}

/** What of a batch is to be handled: marked in the inbox by this very transaction. */
export interface Claim {
  /** ids to handle; the others were handled before or wait behind a parked event */
  readonly fresh: Set<string>
  /** `keyOf` of keys that have parked events */
  readonly blocked: Set<string>
}

export function keyOf(record: Pick<BusRecord, 'topic' | 'key'>): string {
  return `${record.topic}\n${record.key}`
}

export interface ClaimOptions {
  readonly late?: boolean
  readonly records?: readonly BusRecord[]
}

/**
 * The first statement of a batch: moves the cursors (comparing the old value, which also locks out everybody else until
 * commit), then marks the records in the inbox. One round trip, whatever the number of partitions and records.
 * @param slices stretches whose cursors move; none where events come by a queue
 * @param mark records this transaction wants to handle
 * @param options.late the batch may be on disk a little later: what a crash loses of it is delivered again
 * @param options.records all records of the batch, by whose keys parked events are looked for
 */
export async function claimBatch(
  tx: Query,
  group: string,
  slices: readonly Slice[],
  mark: readonly BusRecord[],
  { late = false, records = slices.flatMap((slice) => slice.records) }: ClaimOptions = {},
): Promise<Claim> {
  const [row] = await tx<{ moved: number; fresh: string | null; blocked: string | null }[]>`
    with moved as (
      update cursors c set next_offset = m.up_to, moved_at = now()
        from unnest(${textArray(slices.map((s) => s.topic))}::text::text[], ${plainArray(slices.map((s) => s.partition))}::text::int[],
                    ${plainArray(slices.map((s) => s.from))}::text::bigint[], ${plainArray(slices.map((s) => s.upTo))}::text::bigint[])
             as m(topic, partition, at, up_to)
       where c.consumer = ${group} and c.topic = m.topic and c.partition = m.partition and c.next_offset = m.at
      returning 1
    ), claimed as materialized (
      select count(*)::int as n from moved
    ), blocked as materialized (
      select distinct p.topic, p.key
        from parked p
        join unnest(${textArray(records.map((r) => r.topic))}::text::text[], ${textArray(records.map((r) => r.key))}::text::text[]) as e(topic, key)
          on p.topic = e.topic and p.key = e.key
       where p.consumer = ${group}
    ), fresh as (
      insert into inbox (consumer, event_id)
      select ${group}, e.id
        from unnest(${plainArray(mark.map((r) => r.eventId))}::text::uuid[], ${textArray(mark.map((r) => r.topic))}::text::text[],
                    ${textArray(mark.map((r) => r.key))}::text::text[]) as e(id, topic, key)
       where (select n from claimed) = ${slices.length}
         and not exists (select from blocked b where b.topic = e.topic and b.key = e.key)
          on conflict do nothing
      returning event_id
    )
    select (select n from claimed) as moved,
           (select string_agg(event_id::text, ',') from fresh) as fresh,
           (select json_agg(json_build_array(topic, key))::text from blocked) as blocked
      from ${committing(tx, late)} as durability`
  if (row!.moved !== slices.length) throw new CursorMoved(group)
  const blocked = row!.blocked ? (JSON.parse(row!.blocked) as [string, string][]) : []
  return {
    fresh: new Set(row!.fresh ? row!.fresh.split(',') : []),
    blocked: new Set(blocked.map(([topic, key]) => keyOf({ topic, key }))),
  }
}

/** Cursors of partitions that have none yet. `next` is where a new group starts. */
export async function createCursors(
  sql: Query,
  group: string,
  positions: readonly { topic: string; partition: number; next: bigint }[],
): Promise<void> {
  await sql`
    insert into cursors (consumer, topic, partition, next_offset)
    select ${group}, p.topic, p.partition, p.next
      from unnest(${textArray(positions.map((p) => p.topic))}::text::text[], ${plainArray(positions.map((p) => p.partition))}::text::int[],
                  ${plainArray(positions.map((p) => p.next))}::text::bigint[]) as p(topic, partition, next)
        on conflict do nothing`
}

export async function readCursors(sql: Query, group: string): Promise<{ topic: string; partition: number; next: bigint }[]> {
  return sql<{ topic: string; partition: number; next: bigint }[]>`
    select topic, partition, next_offset as next from cursors where consumer = ${group}`
}
