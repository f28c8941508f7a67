import Type, { type Static } from 'typebox'
import { ChannelKey, Nullable, Timestamp, Uuid } from '#contracts/values.ts'
import { ascending, descending, keyset, type Page, where } from '#kit/http/paging.ts'
import { closed } from '#kit/messaging/event.ts'
import type { OrdersDeps } from '../deps.ts'
import { type DraftRow, draftColumns } from '../draft-store.ts'

export const DraftSummary = closed({
  id: Uuid,
  status: Type.Union([Type.Literal('open'), Type.Literal('placed')]),
  orderId: Nullable(Uuid),
  channel: ChannelKey,
  customerId: Nullable(Uuid),
  email: Nullable(Type.String()),
  units: Type.Integer(),
  createdBy: Uuid,
  createdAt: Timestamp,
  updatedAt: Timestamp,
  expiresAt: Timestamp,
  version: Type.Integer(),
})

const list = keyset({
  list: 'drafts',
  id: { column: 'd.id', type: 'uuid' },
  sorts: {
    newest: descending('d.id', 'uuid'),
    oldest: ascending('d.id', 'uuid'),
    changed: descending('d.updated_at', 'timestamptz'),
    expiring: ascending('d.expires_at', 'timestamptz'),
  },
  initial: 'newest',
})

export const DraftQuery = list.query({
  status: Type.Optional(Type.Union([Type.Literal('open'), Type.Literal('placed')])),
  channel: Type.Optional(ChannelKey),
  customerId: Type.Optional(Uuid),
  email: Type.Optional(Type.String({ maxLength: 254 })),
  createdBy: Type.Optional(Uuid),
})

export async function listDrafts(deps: OrdersDeps, query: Static<typeof DraftQuery>): Promise<Page<Static<typeof DraftSummary>>> {
  const { sql } = deps.kit.db
  const at = list.position(query)
  const rows = await sql<DraftRow[]>`
    select ${draftColumns(sql)}, ${at.keys(sql)} from drafts d
    ${where(sql, [
      query.status !== undefined && sql`(order_of_draft(d.id) is not null) = ${query.status === 'placed'}`,
      query.channel !== undefined && sql`d.channel = ${query.channel}`,
      query.customerId !== undefined && sql`d.customer_id = ${query.customerId}`,
      query.email !== undefined && sql`lower(d.contact ->> 'email') = lower(${query.email})`,
      query.createdBy !== undefined && sql`d.created_by = ${query.createdBy}`,
    ])} ${at.after(sql)} ${at.order(sql)}`
  return at.page(rows, (row) => ({
    id: row.id,
    status: row.order_id === null ? ('open' as const) : ('placed' as const),
    orderId: row.order_id,
    channel: row.channel,
    customerId: row.customer_id,
    email: row.contact.email ?? null,
    units: row.content.lines.reduce((sum, { quantity }) => sum + quantity, 0),
    createdBy: row.created_by,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
    expiresAt: row.expires_at.toISOString(),
    version: Number(row.version),
  }))
}
