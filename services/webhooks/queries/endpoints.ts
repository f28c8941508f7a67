import Type, { type Static } from 'typebox'
import { Nullable, Timestamp, Uuid } from '#contracts/values.ts'
import { unseal } from '#kit/core/sealed.ts'
import type { Query } from '#kit/db/db.ts'
import { descending, keyset } from '#kit/http/paging.ts'
import { closed } from '#kit/messaging/event.ts'
import type { Deps } from '../deps.ts'
import { errors } from '../errors.ts'

const DisabledReason = Type.Union([Type.Literal('staff'), Type.Literal('gone'), Type.Literal('failing')])

/** An endpoint as staff see it; its secret is asked for separately. */
export const EndpointView = closed({
  id: Uuid,
  url: Type.String(),
  description: Type.String(),
  events: Type.Array(Type.String()),
  enabled: Type.Boolean(),
  disabledReason: Nullable(DisabledReason),
  previousSecretUntil: Nullable(Timestamp),
  version: Type.Integer(),
  createdAt: Timestamp,
  updatedAt: Timestamp,
})
export type EndpointView = Static<typeof EndpointView>

export interface StoredEndpoint {
  id: string
  url: string
  description: string
  events: string[]
  enabled: boolean
  disabledReason: EndpointView['disabledReason']
  previousUntil: Date | null
  version: number
  createdAt: Date
  updatedAt: Date
}

/** Select list of an endpoint called `e`. */
export const storedColumns = (sql: Query) => sql`
  e.id, e.url, e.description, e.events, e.enabled, e.disabled_reason as "disabledReason",
  case when e.previous_until > now() then e.previous_until end as "previousUntil", e.version, e.created_at as "createdAt", e.updated_at as "updatedAt"`

export function viewOf({ previousUntil, createdAt, updatedAt, ...rest }: StoredEndpoint): EndpointView {
  return {
    ...rest,
    previousSecretUntil: previousUntil?.toISOString() ?? null,
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
  }
}

export const endpointList = keyset({
  list: 'webhook-endpoints',
  id: { column: 'e.id', type: 'uuid' },
  sorts: { newest: descending('e.created_at', 'timestamptz') },
  initial: 'newest',
})

export async function listEndpoints(sql: Query, query: { limit: number; cursor?: string | undefined }) {
  const at = endpointList.position(query)
  const rows = await sql<
    StoredEndpoint[]
  >`select ${storedColumns(sql)}, ${at.keys(sql)} from endpoints e where true ${at.after(sql)} ${at.order(sql)}`
  return at.page(
    rows,
    ({ id, url, description, events, enabled, disabledReason, previousUntil, version, createdAt, updatedAt }) =>
      viewOf({ id, url, description, events, enabled, disabledReason, previousUntil, version, createdAt, updatedAt }),
  )
}

/** Throws `webhooks/not-found`. */
export async function endpointById(sql: Query, id: string): Promise<EndpointView> {
  const [row] = await sql<StoredEndpoint[]>`select ${storedColumns(sql)} from endpoints e where e.id = ${id}`
  if (!row) throw errors.notFound()
  return viewOf(row)
}

/** A sealed secret opens for its own endpoint only. */
export const sealName = (endpointId: string): string => `webhooks/endpoint/${endpointId}`

/** The secrets that sign at the moment, the current one first. Throws `webhooks/not-found`. */
export async function secretsOf(
  deps: Deps,
  id: string,
): Promise<{ secret: string; previous: string | null; previousUntil: string | null }> {
  const [row] = await deps.db.sql<{ secret: Buffer; previous: Buffer | null; until: Date | null }[]>`
    select e.secret, case when e.previous_until > now() then e.previous_secret end as previous, case when e.previous_until > now() then e.previous_until end as until
      from endpoints e where e.id = ${id}`
  if (!row) throw errors.notFound()
  const open = (sealed: Buffer) => unseal(deps.key, sealName(id), sealed).toString()
  return {
    secret: open(row.secret),
    previous: row.previous && open(row.previous),
    previousUntil: row.until?.toISOString() ?? null,
  }
}
