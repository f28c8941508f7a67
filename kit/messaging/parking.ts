import { createHash } from 'node:crypto'
import { DomainError, isTransient } from '#kit/core/errors.ts'
import type { Query } from '#kit/db/db.ts'
import type { BusRecord, OutgoingRecord } from './bus.ts'

/** Tries of one event, the first included; after the last one it is dead. */
export const MAX_TRIES = 3
/**
 * The same where the event is not to blame: the database or a service it needs is away (more than an hour and a half with the delays
 * below). An outage must not turn everything that came meanwhile into dead letters, which somebody would have to sort.
 */
const TRIES_WHILE_AWAY = 100
/** A reaction that does not answer in time waits for somebody who is away, or hangs by itself; each try keeps its group for seconds. */
const TRIES_WITHOUT_ANSWER = 10
export const REACTION_TIMEOUT = 'messaging/reaction-timeout'

export interface Failure {
  readonly code: string
  readonly message: string
  readonly stack: string | undefined
  /** a broken rule stays broken: no second try */
  readonly final: boolean
  /** the last try that may end like this */
  readonly tries: number
}

/** Delay before the next try after `attempts` failed ones: 1 s, 2 s, 4 s … up to 60 s. */
export function retryDelayMs(attempts: number, baseMs = 1000): number {
  return Math.min(baseMs * 2 ** (attempts - 1), 60 * baseMs)
}

export function failureOf(error: unknown): Failure {
  if (error instanceof DomainError) {
    const final = error.kind === 'rule' || error.kind === 'invalid'
    const away = error.code === REACTION_TIMEOUT ? TRIES_WITHOUT_ANSWER : TRIES_WHILE_AWAY
    const tries = isTransient(error) ? away : MAX_TRIES
    return { code: error.code, message: error.message, stack: error.stack, final, tries }
  }
  const { name, code, message, stack } = error as Error & { code?: unknown }
  return {
    code: typeof code === 'string' ? code : (name ?? 'Error'),
    message: String(message ?? error),
    stack,
    final: false,
    tries: MAX_TRIES,
  }
}

/** One row of `parked` as retries and redrives see it. */
export interface ParkedRow {
  readonly topic: string
  readonly partition: number
  readonly offset: bigint
  readonly key: string
  readonly event_id: string
  readonly type: string
  readonly value: string
  readonly attempts: number
}

export function recordOf(row: ParkedRow): BusRecord {
  return { ...row, eventId: row.event_id, value: Buffer.from(row.value) }
}

export interface ParkingOrder {
  readonly record: BusRecord
  /** undefined: waits behind an earlier event of its key */
  readonly failure: Failure | undefined
}

/** Puts events aside; in the transaction that moves the cursor past them. */
export async function park(tx: Query, group: string, orders: readonly ParkingOrder[], retryBaseMs: number): Promise<void> {
  const rows = orders.map(({ record, failure }) => ({
    topic: record.topic,
    partition: record.partition,
    offset: String(record.offset),
    key: record.key,
    event_id: record.eventId,
    type: record.type,
    value: record.value.toString(),
    state: failure === undefined ? 'waiting' : failure.final ? 'dead' : 'retry',
    attempts: failure === undefined ? 0 : 1,
    due_ms: retryDelayMs(1, retryBaseMs),
    code: failure?.code,
    message: failure?.message.slice(0, 2000),
    stack: failure?.stack?.slice(0, 4000),
  }))
  await tx`
    insert into parked (consumer, topic, partition, "offset", key, event_id, type, value, state, attempts, due_at, died_at,
                        error_code, error_message, error_stack)
    select ${group}, r.topic, r.partition, r."offset", r.key, r.event_id, r.type, r.value, r.state, r.attempts,
           case when r.state = 'retry' then clock_timestamp() + r.due_ms * interval '1 millisecond' end,
           case when r.state = 'dead' then clock_timestamp() end, r.code, r.message, r.stack
      from json_to_recordset(${JSON.stringify(rows)}::text::json)
        as r(topic text, partition int, "offset" bigint, key text, event_id uuid, type text, value text, state text, attempts int,
             due_ms float8, code text, message text, stack text)
        on conflict do nothing`
}

/**
 * What is due for another try. First puts events in line that nobody is before any more: the next of a key is promoted when
 * the one before it succeeds, but it may have been parked at that very moment, or the one before it was discarded.
 */
export async function dueForRetry(sql: Query, group: string, limit: number): Promise<ParkedRow[]> {
  await sql`
    update parked p set state = 'retry', due_at = clock_timestamp()
     where p.consumer = ${group} and p.state = 'waiting'
       and not exists (select from parked q where q.consumer = p.consumer and q.topic = p.topic and q.key = p.key and q."offset" < p."offset")`
  return sql<ParkedRow[]>`
    select topic, partition, "offset", key, event_id, type, value, attempts from parked
     where consumer = ${group} and state = 'retry' and due_at <= clock_timestamp()
     order by due_at, "offset" limit ${limit}`
}

/** True if the group has parked events at all: asked first, because it is almost always false. */
export async function anyParked(sql: Query, group: string): Promise<boolean> {
  const [row] = await sql<{ found: boolean }[]>`select exists (select from parked where consumer = ${group}) as found`
  return row!.found
}

/**
 * First statement of a second try: takes the row away, marks the inbox, and puts the next event of the key in line.
 * Holds the cursor's row, so a batch of the same partition waits. 'gone' if someone else dealt with it meanwhile.
 */
export async function takeParked(tx: Query, group: string, row: ParkedRow): Promise<'fresh' | 'seen' | 'gone'> {
  const [result] = await tx<{ taken: number; fresh: number }[]>`
    with held as materialized (
      select 1 from cursors where consumer = ${group} and topic = ${row.topic} and partition = ${row.partition} for update
    ), taken as (
      delete from parked
       where consumer = ${group} and topic = ${row.topic} and partition = ${row.partition} and "offset" = ${row.offset}
         and state = 'retry' and exists (select from held)
      returning event_id
    ), fresh as (
      insert into inbox (consumer, event_id) select ${group}, event_id from taken on conflict do nothing returning 1
    ), promoted as (
      update parked p set state = 'retry', due_at = clock_timestamp()
       where p.consumer = ${group} and p.topic = ${row.topic} and p.partition = ${row.partition} and p.state = 'waiting' and exists (select from taken)
         and p."offset" = (select min("offset") from parked
                            where consumer = ${group} and topic = ${row.topic} and key = ${row.key} and "offset" > ${row.offset})
    )
    select (select count(*) from taken)::int as taken, (select count(*) from fresh)::int as fresh`
  if (result!.taken === 0) return 'gone'
  return result!.fresh === 0 ? 'seen' : 'fresh'
}

/** Notes one more failed try; after the last one the event is dead. Returns true if it died. */
export async function failAgain(
  sql: Query,
  group: string,
  row: ParkedRow,
  failure: Failure,
  retryBaseMs: number,
): Promise<boolean> {
  const attempts = row.attempts + 1
  const dead = failure.final || attempts >= failure.tries
  await sql`
    update parked set attempts = ${attempts}, state = ${dead ? 'dead' : 'retry'},
           due_at = case when ${dead} then null else clock_timestamp() + ${retryDelayMs(attempts, retryBaseMs)}::float8 * interval '1 millisecond' end,
           died_at = case when ${dead} then clock_timestamp() end,
           error_code = ${failure.code}, error_message = ${failure.message.slice(0, 2000)}, error_stack = ${failure.stack?.slice(0, 4000) ?? null}
     where consumer = ${group} and topic = ${row.topic} and partition = ${row.partition} and "offset" = ${row.offset} and state = 'retry'`
  return dead
}

interface DeadRow extends ParkedRow {
  error_code: string | null
  error_message: string | null
  died_at: Date
}

/**
 * Publishes dead events to `<topic>.dlq`. The parked row is the truth, the record tells others of it: published at least
 * once, under an id derived from group, event and time of death, so the same death is the same event.
 */
export async function publishDead(
  sql: Query,
  group: string,
  publish: (records: readonly OutgoingRecord[]) => Promise<void>,
): Promise<number> {
  const rows = await sql<DeadRow[]>`
    select topic, partition, "offset", key, event_id, type, value, attempts, error_code, error_message, died_at from parked
     where consumer = ${group} and state = 'dead' and not dlq_published order by died_at limit 100`
  if (rows.length === 0) return 0
  await publish(rows.map((row) => deadLetter(group, row)))
  for (const row of rows) {
    await sql`update parked set dlq_published = true
      where consumer = ${group} and topic = ${row.topic} and partition = ${row.partition} and "offset" = ${row.offset} and state = 'dead'`
  }
  return rows.length
}

function deadLetter(group: string, row: DeadRow): OutgoingRecord {
  const hex = createHash('sha256').update(`${group} ${row.event_id} ${row.died_at.toISOString()}`).digest('hex')
  const id = `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`
  const type = 'DeadLetter.v1'
  return {
    topic: `${row.topic}.dlq`,
    key: row.key,
    eventId: id,
    type,
    value: JSON.stringify({
      specversion: '1.0',
      id,
      source: group,
      type,
      subject: row.key,
      time: row.died_at.toISOString(),
      datacontenttype: 'application/json',
      ...traceOf(row.value),
      causationid: row.event_id,
      sequence: '0',
      data: {
        group,
        topic: row.topic,
        partition: row.partition,
        offset: String(row.offset),
        key: row.key,
        eventId: row.event_id,
        eventType: row.type,
        attempts: row.attempts,
        error: { code: row.error_code ?? 'unknown', message: row.error_message ?? '' },
        event: row.value,
      },
    }),
  }
}

function traceOf(value: string): { traceid: string; correlationid: string } {
  try {
    const event = JSON.parse(value) as { traceid?: string; correlationid?: string }
    return { traceid: event.traceid ?? '', correlationid: event.correlationid ?? '' }
  } catch {
    return { traceid: '', correlationid: '' }
  }
}
