import type { ImportedInvoice } from '#contracts/rpc/order-imports.ts'
import type { Query } from '#kit/db/db.ts'
import type { ReturnableUnits } from '../return-matching.ts'

/** What the customers of returns bought of the returned goods and still have, by customer, latest order first. */
export async function returnableUnits(
  sql: Query,
  source: string,
  invoices: readonly ImportedInvoice[],
): Promise<Map<string, ReturnableUnits[]>> {
  const wanted = invoices.flatMap(({ customerId, returned }) =>
    customerId === null ? [] : returned.map(({ sku }) => ({ customer: customerId, sku })),
  )
  if (wanted.length === 0) return new Map()
  const rows = await sql<{ customer: string; orderId: string; sku: string; soldAt: Date; left: number }[]>`
    with wanted as materialized (
      select w.customer, array_agg(distinct w.sku) as skus from jsonb_to_recordset(${JSON.stringify(wanted)}::text::jsonb) as w(customer uuid, sku text) group by w.customer
    )
    select w.customer, o.id as "orderId", i.sku, o.placed_at as "soldAt", (i.units - coalesce(r.returned, 0))::int as left
    from wanted w
    cross join lateral (
      select o.id, o.placed_at from orders o where o.customer_id = w.customer and o.source = ${source} and o.status <> 'CANCELLED' order by o.id desc limit 2000) o
    cross join lateral (
      select l.sku, sum(l.quantity) as units from order_items l where l.order_id = o.id and l.sku = any(w.skus) group by l.sku) i
    left join returned_units r on r.order_id = o.id and r.sku = i.sku
    where i.units > coalesce(r.returned, 0)
    order by o.id desc`
  const byCustomer = new Map<string, ReturnableUnits[]>()
  for (const { customer, orderId, sku, soldAt, left } of rows) {
    const units = { orderId, sku, soldAt: soldAt.getTime(), left }
    const list = byCustomer.get(customer)
    if (list) list.push(units)
    else byCustomer.set(customer, [units])
  }
  return byCustomer
}
