import type { Query } from '#kit/db/db.ts'

/** How many imported orders of this source are still in their checkout. */
export async function openImports(sql: Query, source: string): Promise<number> {
  const [row] = await sql<{ orders: number }[]>`
    select count(*)::int as orders from orders o where o.status in ('PENDING', 'CONFIRMED') and o.imported and o.source = ${source}`
  return row?.orders ?? 0
}
