import type { Query } from '#kit/db/db.ts'

/** How many imported orders of this source are still in their checkout, and how many it gave up, which must not happen. */
export async function openImports(sql: Query, source: string): Promise<{ orders: number; cancelled: number }> {
  const [row] = await sql<{ orders: number; cancelled: number }[]>`
    select count(*) filter (where o.status <> 'CANCELLED')::int as orders, count(*) filter (where o.status = 'CANCELLED')::int as cancelled
    from orders o where o.status in ('PENDING', 'CONFIRMED', 'CANCELLED') and o.imported and o.source = ${source}`
  return row ?? { orders: 0, cancelled: 0 }
}
