import type { OrderStatus } from '#contracts/events/orders.ts'
import { toJsonAmount } from '#kit/core/money.ts'
import type { Query } from '#kit/db/db.ts'
import type { PlacedOrder } from '../recent.ts'

interface Row {
  status: OrderStatus
  number: string
  channel: string
  customer_id: string | null
  locale: string
  imported: boolean
  currency: string
  total: bigint
  lines: {
    lineId: string
    sku: string
    productId: string
    variantId: string
    quantity: number
    total: { amount: number; currency: string }
  }[]
}

/** The unchanging facts of an order: what its events are made of. `undefined`: no such order. */
export async function readPlaced(
  sql: Query,
  orderId: string,
): Promise<(PlacedOrder & { readonly status: OrderStatus }) | undefined> {
  const [row] = await sql<Row[]>`
    select o.number, o.status, o.channel, o.customer_id, o.locale, o.imported, o.currency, o.total,
      (select jsonb_agg(jsonb_build_object('lineId', i.line_id, 'sku', i.sku, 'productId', i.product_id, 'variantId', i.variant_id,
          'quantity', i.quantity, 'total', jsonb_build_object('amount', i.total, 'currency', o.currency)) order by i.line_no)
       from order_items i where i.order_id = o.id) as lines
    from orders o
    where o.id = ${orderId}`
  if (!row) return undefined
  return {
    status: row.status,
    facts: {
      orderId,
      number: row.number,
      channel: row.channel,
      customerId: row.customer_id,
      locale: row.locale,
      imported: row.imported,
    },
    total: { amount: toJsonAmount(row.total), currency: row.currency },
    lines: row.lines,
  }
}
