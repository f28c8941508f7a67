import type { Query } from '#kit/db/db.ts'

const PAGE = 1000

/** A page of the ids of a customer's orders, oldest first. */
export async function ordersOfCustomer(
  sql: Query,
  { customerId, after }: { customerId: string; after: string | null },
): Promise<{ orderIds: string[]; next: string | null }> {
  const rows = await sql<{ id: string }[]>`
    select o.id from orders o where o.customer_id = ${customerId} and (${after}::uuid is null or o.id > ${after}::uuid) order by o.id limit ${PAGE}`
  const orderIds = rows.map(({ id }) => id)
  return { orderIds, next: orderIds.length === PAGE ? orderIds.at(-1)! : null }
}
