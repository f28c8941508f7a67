import Type, { type Static } from 'typebox'
import { Nullable, Timestamp, Uuid } from '#contracts/values.ts'
import type { Query } from '#kit/db/db.ts'
import { descending, keyset, where } from '#kit/http/paging.ts'
import { closed } from '#kit/messaging/event.ts'

export const DeliveryState = Type.Union([Type.Literal('pending'), Type.Literal('delivered'), Type.Literal('failed')])

const delivery = {
  id: Uuid,
  endpointId: Uuid,
  /** `webhook-id` of the message: the same in every try */
  messageId: Uuid,
  type: Type.String(),
  state: DeliveryState,
  attempts: Type.Integer(),
  nextAt: Nullable(Timestamp),
  lastStatus: Nullable(Type.Integer()),
  lastError: Nullable(Type.String()),
  createdAt: Timestamp,
  finishedAt: Nullable(Timestamp),
}
export const DeliveryView = closed(delivery)
export type DeliveryView = Static<typeof DeliveryView>

export const DeliveryDetails = closed({
  ...delivery,
  body: Type.String(),
  log: Type.Array(
    closed({
      number: Type.Integer(),
      at: Timestamp,
      durationMs: Type.Integer(),
      status: Nullable(Type.Integer()),
      error: Nullable(Type.String()),
      response: Nullable(Type.String()),
    }),
  ),
})

interface Row {
  id: string
  endpointId: string
  messageId: string
  type: string
  state: DeliveryView['state']
  attempts: number
  nextAt: Date | null
  lastStatus: number | null
  lastError: string | null
  createdAt: Date
  finishedAt: Date | null
}

const columns = (sql: Query) => sql`
  d.id, d.endpoint_id as "endpointId", d.event_id as "messageId", m.type, d.state, d.attempts, case when d.state = 'pending' then d.next_at end as "nextAt",
  d.last_status as "lastStatus", d.last_error as "lastError", d.created_at as "createdAt", d.finished_at as "finishedAt"`

function viewOf(row: Row): DeliveryView {
  const { id, endpointId, messageId, type, state, attempts, lastStatus, lastError } = row
  return {
    id, endpointId, messageId, type, state, attempts, lastStatus, lastError,
    nextAt: row.nextAt?.toISOString() ?? null,
    createdAt: row.createdAt.toISOString(),
    finishedAt: row.finishedAt?.toISOString() ?? null,
  } // biome-ignore format: names in a row
}

export const deliveryList = keyset({
  list: 'webhook-deliveries',
  id: { column: 'd.id', type: 'uuid' },
  sorts: { newest: descending('d.id', 'uuid') },
  initial: 'newest',
})

export interface DeliveryQuery {
  readonly limit: number
  readonly cursor?: string | undefined
  readonly state?: DeliveryView['state'] | undefined
  readonly type?: string | undefined
}

export async function listDeliveries(sql: Query, endpointId: string, query: DeliveryQuery) {
  const at = deliveryList.position(query)
  const filter = where(sql, [
    sql`d.endpoint_id = ${endpointId}`,
    query.state !== undefined && sql`d.state = ${query.state}`,
    query.type !== undefined && sql`m.type = ${query.type}`,
  ])
  const rows = await sql<Row[]>`
    select ${columns(sql)}, ${at.keys(sql)} from deliveries d join messages m on m.event_id = d.event_id ${filter} ${at.after(sql)} ${at.order(sql)}`
  return at.page(rows, viewOf)
}

export async function deliveryById(sql: Query, id: string): Promise<DeliveryView | undefined> {
  const [row] = await sql<
    Row[]
  >`select ${columns(sql)} from deliveries d join messages m on m.event_id = d.event_id where d.id = ${id}`
  return row && viewOf(row)
}

/** With what was sent and every try. */
export async function deliveryDetails(sql: Query, id: string): Promise<Static<typeof DeliveryDetails> | undefined> {
  const [row] = await sql<(Row & { body: string })[]>`
    select ${columns(sql)}, m.body from deliveries d join messages m on m.event_id = d.event_id where d.id = ${id}`
  if (!row) return undefined
  const log = await sql<
    { number: number; at: Date; durationMs: number; status: number | null; error: string | null; response: string | null }[]
  >`
    select a.number, a.at, a.duration_ms as "durationMs", a.status, a.error, a.response from attempts a where a.delivery_id = ${id} order by a.number`
  return { ...viewOf(row), body: row.body, log: log.map((attempt) => ({ ...attempt, at: attempt.at.toISOString() })) }
}
