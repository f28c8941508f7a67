import type { Static } from 'typebox'
import type { catalogueMethods } from '#contracts/rpc/catalogue.ts'
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

/** Products of the stall that somebody speaks for, the latest first; none while the stall is suspended. */
export async function soldBy(
  sql: Query,
  { userId, before, limit }: Static<typeof catalogueMethods.soldBy.input>,
): Promise<Static<typeof catalogueMethods.soldBy.output>> {
  const rows = await sql<{ id: string }[]>`
    select p.id from products p join sellers s on s.id = p.seller_id
     where s.user_id = ${userId} and s.status = 'ACTIVE' and (${before ?? null}::uuid is null or p.id < ${before ?? null}::uuid)
     order by p.id desc limit ${limit}`
  return { productIds: rows.map(({ id }) => id), next: rows.length === limit ? rows.at(-1)!.id : null }
}
