import Type, { type Static } from 'typebox'
import { OrderStatus } from '#contracts/events/orders.ts'
import { ChannelKey, Nullable, Timestamp, Uuid } from '#contracts/values.ts'
import { MoneyJson, toJsonAmount } from '#kit/core/money.ts'
import { ascending, descending, keyset, type Page, where } from '#kit/http/paging.ts'
import { closed } from '#kit/messaging/event.ts'
import type { OrdersDeps } from '../deps.ts'

export const OrderSummary = closed({
  id: Uuid,
  number: Type.String(),
  status: OrderStatus,
  channel: ChannelKey,
  customerId: Nullable(Uuid),
  total: MoneyJson,
  /** units of all lines */
  units: Type.Integer(),
  placedAt: Timestamp,
  version: Type.Integer(),
})
export type OrderSummary = Static<typeof OrderSummary>

// Order ids carry the time of the order, and are what the partitions and indexes are made of.
const list = keyset({
  list: 'orders',
  id: { column: 'o.id', type: 'uuid' },
  sorts: { newest: descending('o.id', 'uuid'), oldest: ascending('o.id', 'uuid') },
  initial: 'newest',
})

export const OrderQuery = list.query({
  status: Type.Optional(OrderStatus),
  channel: Type.Optional(ChannelKey),
  number: Type.Optional(Type.String({ maxLength: 40 })),
  customerId: Type.Optional(Uuid),
  email: Type.Optional(Type.String({ maxLength: 254 })),
  /** placed at or after */
  from: Type.Optional(Timestamp),
  /** placed before */
  to: Type.Optional(Timestamp),
})

interface Row {
  id: string
  number: string
  status: OrderStatus
  channel: string
  customer_id: string | null
  currency: string
  total: bigint
  units: number
  placed_at: Date
  version: bigint
}

/** A page of orders. `owner`: only theirs, whatever the filters say. */
export async function listOrders(
  deps: OrdersDeps,
  query: Static<typeof OrderQuery>,
  owner: string | undefined,
): Promise<Page<OrderSummary>> {
  const { read: sql } = deps.kit.db
  const at = list.position(query)
  const rows = await sql<Row[]>`
    select o.id, o.number, o.status, o.channel, o.customer_id, o.currency, o.total, o.placed_at, o.version,
      (select coalesce(sum(i.quantity), 0)::int from order_items i where i.order_id = o.id) as units, ${at.keys(sql)}
    from orders o
    ${where(sql, [
      owner !== undefined && sql`o.customer_id = ${owner}`,
      query.customerId !== undefined && sql`o.customer_id = ${query.customerId}`,
      query.status !== undefined && sql`o.status = ${query.status}`,
      query.channel !== undefined && sql`o.channel = ${query.channel}`,
      query.number !== undefined && sql`o.id = (select n.order_id from order_numbers n where n.number = upper(${query.number}))`,
      query.email !== undefined &&
        sql`o.id in (select c.order_id from order_contacts c where lower(c.email) = lower(${query.email}))`,
      query.from !== undefined && sql`o.id >= uuid_floor(${query.from}::timestamptz)`,
      query.to !== undefined && sql`o.id < uuid_floor(${query.to}::timestamptz)`,
    ])} ${at.after(sql)} ${at.order(sql)}`
  return at.page(rows, (row) => ({
    id: row.id,
    number: row.number,
    status: row.status,
    channel: row.channel,
    customerId: row.customer_id,
    total: { amount: toJsonAmount(row.total), currency: row.currency },
    units: row.units,
    placedAt: row.placed_at.toISOString(),
    version: Number(row.version),
  }))
}
