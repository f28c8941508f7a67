import type { Static } from 'typebox'
import type { ordersExport } from '#contracts/rpc/exports.ts'
import { toJsonAmount } from '#kit/core/money.ts'
import type { Query } from '#kit/db/db.ts'

type Input = Static<typeof ordersExport.input>
type Output = Static<typeof ordersExport.output>
type Amounts = 'subtotal' | 'discount' | 'shipping' | 'tax' | 'total'
type Row = Omit<Output['rows'][number], Amounts | 'placedAt'> & Record<Amounts, bigint> & { placedAt: Date }

const NONE = '00000000-0000-0000-0000-000000000000'

/** Every order by id, which is its time. */
export async function exportOrders(db: Query, { after, limit }: Input): Promise<Output> {
  const rows = await db<Row[]>`
    with page as (select o.* from orders o where o.id > ${after ?? NONE} order by o.id limit ${limit})
    select o.id as "orderId", o.number, o.status, o.channel, o.customer_id as "customerId", c.email, c.shipping ->> 'country' as country,
           (select coalesce(sum(i.quantity), 0)::integer from order_items i where i.order_id = o.id) as items,
           o.currency, o.subtotal, o.discount, o.shipping, o.tax, o.total, o.source, o.placed_at as "placedAt"
      from page o left join order_contacts c on c.order_id = o.id
     order by o.id`
  return {
    rows: rows.map((row) => ({
      ...row,
      subtotal: toJsonAmount(row.subtotal),
      discount: toJsonAmount(row.discount),
      shipping: toJsonAmount(row.shipping),
      tax: toJsonAmount(row.tax),
      total: toJsonAmount(row.total),
      placedAt: row.placedAt.toISOString(),
    })),
    next: rows.length === limit ? rows.at(-1)!.orderId : null,
  }
}
