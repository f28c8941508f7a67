import type { Query } from '#kit/db/db.ts'
import { normalizeMessage } from './error-patterns.ts'

/*
 * Dead letters of the services of one schema, for the command line and the API. `sql` is the service's own door (its
 * search_path names the schema); a change is one statement, so calling it twice or at the same time does no harm.
 * Consumers look for redriven events every second.
 */

/** Which dead letters; every field narrows. */
export interface DeadLetterFilter {
  readonly group?: string | undefined
  readonly topic?: string | undefined
  readonly type?: string | undefined
  readonly key?: string | undefined
  readonly code?: string | undefined
  readonly eventId?: string | undefined
}

export interface DeadLetter {
  readonly group: string
  readonly topic: string
  readonly partition: number
  readonly offset: bigint
  readonly key: string
  readonly eventId: string
  readonly type: string
  readonly attempts: number
  readonly diedAt: Date
  readonly code: string
  readonly message: string
  /** later events of the same key that wait for this one */
  readonly waiting: number
}

export interface DeadLetterDetails extends DeadLetter {
  readonly stack: string | null
  /** the CloudEvent as it was published */
  readonly value: string
  readonly waitingEvents: readonly {
    readonly eventId: string
    readonly type: string
    readonly offset: bigint
    readonly parkedAt: Date
  }[]
}

/** Oldest first; `after` is the last one of the page before. */
export async function listDeadLetters(
  sql: Query,
  filter: DeadLetterFilter = {},
  page: { readonly limit?: number; readonly after?: Pick<DeadLetter, 'diedAt' | 'eventId' | 'group'> | undefined } = {},
): Promise<DeadLetter[]> {
  const { limit = 50, after } = page
  const rows = await sql<DeadLetter[]>`
    select p.consumer as "group", p.topic, p.partition, p."offset", p.key, p.event_id as "eventId", p.type, p.attempts, p.died_at as "diedAt",
           coalesce(p.error_code, '') as code, coalesce(p.error_message, '') as message,
           (select count(*)::int from parked w where w.consumer = p.consumer and w.topic = p.topic and w.key = p.key and w."offset" > p."offset") as waiting
      from parked p
     where p.state = 'dead' and ${matches(sql, filter)}
       and ${after ? sql`(date_trunc('milliseconds', p.died_at), p.event_id, p.consumer) > (${after.diedAt}, ${after.eventId}::uuid, ${after.group})` : sql`true`}
     order by date_trunc('milliseconds', p.died_at), p.event_id, p.consumer limit ${limit}`
  return [...rows]
}

/** One dead letter with its event and those that wait behind it; undefined if there is none. */
export async function inspectDeadLetter(sql: Query, group: string, eventId: string): Promise<DeadLetterDetails | undefined> {
  const [letter] = await listDeadLetters(sql, { group, eventId }, { limit: 1 })
  if (!letter) return undefined
  const [row] = await sql<{ stack: string | null; value: string }[]>`
    select error_stack as stack, value from parked
     where consumer = ${group} and topic = ${letter.topic} and partition = ${letter.partition} and "offset" = ${letter.offset}`
  if (!row) return undefined
  const waitingEvents = await sql<{ eventId: string; type: string; offset: bigint; parkedAt: Date }[]>`
    select event_id as "eventId", type, "offset", parked_at as "parkedAt" from parked
     where consumer = ${group} and topic = ${letter.topic} and key = ${letter.key} and "offset" > ${letter.offset} order by "offset" limit 100`
  return { ...letter, ...row, waitingEvents: [...waitingEvents] }
}

/** Has them handled again, with all their tries; events waiting behind them follow in order. Returns how many were dead. */
export async function redriveDeadLetters(sql: Query, filter: DeadLetterFilter): Promise<number> {
  const rows = await sql`
    update parked p set state = 'retry', attempts = 0, due_at = clock_timestamp(), died_at = null, dlq_published = false
     where p.state = 'dead' and ${matches(sql, filter)} returning 1`
  return rows.length
}

/**
 * Gives them up for good: marked as handled without effect, and the events behind them go on. For events that must never
 * be handled; `group` and `eventId` are asked for so that nobody discards by accident more than they looked at.
 * Returns what was discarded, for the audit trail.
 */
export async function discardDeadLetter(
  sql: Query,
  group: string,
  eventId: string,
): Promise<{ topic: string; key: string; type: string; value: string } | undefined> {
  const [row] = await sql<{ topic: string; key: string; type: string; value: string }[]>`
    with gone as (
      delete from parked where consumer = ${group} and event_id = ${eventId} and state = 'dead'
      returning consumer, topic, key, type, value, event_id
    ), marked as (
      insert into inbox (consumer, event_id) select consumer, event_id from gone on conflict do nothing
    )
    select topic, key, type, value from gone`
  return row
}

/** What goes wrong, most frequent first: equal errors but for ids and numbers are one pattern. */
export interface ErrorPattern {
  readonly group: string
  readonly type: string
  readonly code: string
  /** message with ids and numbers replaced */
  readonly pattern: string
  readonly count: number
  readonly firstAt: Date
  readonly lastAt: Date
  readonly exampleEventId: string
}

export async function deadLetterPatterns(sql: Query, filter: DeadLetterFilter = {}): Promise<ErrorPattern[]> {
  const patterns = new Map<string, ErrorPattern>()
  for (const letter of await listDeadLetters(sql, filter, { limit: 10_000 })) {
    const { group, type, code, diedAt, eventId } = letter
    const pattern = normalizeMessage(letter.message)
    const id = JSON.stringify([group, type, code, pattern])
    const known = patterns.get(id)
    const seen = { group, type, code, pattern, count: (known?.count ?? 0) + 1, exampleEventId: known?.exampleEventId ?? eventId }
    patterns.set(id, { ...seen, firstAt: known?.firstAt ?? diedAt, lastAt: diedAt })
  }
  return [...patterns.values()].sort((a, b) => b.count - a.count)
}

export interface ParkedCount {
  readonly group: string
  readonly topic: string
  readonly dead: number
  readonly retrying: number
  readonly waiting: number
}

/** Parked events per group and topic; nothing parked, no row. */
export async function parkedCounts(sql: Query): Promise<ParkedCount[]> {
  const rows = await sql<ParkedCount[]>`
    select consumer as "group", topic, count(*) filter (where state = 'dead')::int as dead,
           count(*) filter (where state = 'retry')::int as retrying, count(*) filter (where state = 'waiting')::int as waiting
      from parked group by consumer, topic order by consumer, topic`
  return [...rows]
}

function matches(sql: Query, { group, topic, type, key, code, eventId }: DeadLetterFilter) {
  return sql`
    (${group ?? null}::text is null or p.consumer = ${group ?? null}) and (${topic ?? null}::text is null or p.topic = ${topic ?? null})
    and (${type ?? null}::text is null or p.type = ${type ?? null}) and (${key ?? null}::text is null or p.key = ${key ?? null})
    and (${code ?? null}::text is null or p.error_code = ${code ?? null})
    and (${eventId ?? null}::uuid is null or p.event_id = ${eventId ?? null}::uuid)`
}
