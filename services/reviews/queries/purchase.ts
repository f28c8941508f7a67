import type { Query } from '#kit/db/db.ts'

export type Purchase = 'none' | 'ordered' | 'delivered'

/** How far somebody's latest purchase of a product came, as the orders told it. */
export async function purchaseOf(sql: Query, customerId: string, productId: string): Promise<Purchase> {
  const [row] = await sql<{ orders: number; delivered: number }[]>`
    select count(*)::integer as orders, count(p.delivered_at)::integer as delivered from purchases p
     where p.customer_id = ${customerId} and p.product_id = ${productId}`
  if (row!.delivered > 0) return 'delivered'
  return row!.orders > 0 ? 'ordered' : 'none'
}
