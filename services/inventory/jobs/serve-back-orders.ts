import type { InventoryDeps } from '../deps.ts'

const MOST_SHELVES = 200

/** Goods have come for orders that wait: serves them in order of age, shelf by shelf. Returns units served. */
export async function serveBackOrders({ db }: InventoryDeps, signal?: AbortSignal): Promise<number> {
  const shelves = await db.sql<{ sku: string; warehouse: string }[]>`
    select s.sku, s.warehouse from stock s where s.owed > 0 and s.on_hand > s.reserved order by s.sku, s.warehouse limit ${MOST_SHELVES}`
  let served = 0
  for (const { sku, warehouse } of shelves) {
    if (signal?.aborted) break
    // one shelf a transaction: orders are locked before stock, everywhere
    const [row] = await db.sql<{ served: number }[]>`select serve_owed(${sku}, ${warehouse}) as served`
    served += row!.served
  }
  return served
}
