import type { Query } from '#kit/db/db.ts'

/** The stall of a product, and who may speak for it: nobody while the stall is suspended. */
export async function sellerOf(
  sql: Query,
  productId: string,
): Promise<{ known: boolean; userId: string | null; name: string | null }> {
  const [row] = await sql<{ userId: string | null; name: string | null }[]>`
    select case when s.status = 'ACTIVE' then s.user_id end as "userId", s.name from products p left join sellers s on s.id = p.seller_id where p.id = ${productId}`
  return row ? { known: true, ...row } : { known: false, userId: null, name: null }
}
