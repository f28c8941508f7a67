import type { Static } from 'typebox'
import type { inventoryRpc } from '#contracts/rpc/inventory.ts'
import type { StockLine } from '#contracts/values.ts'
import type { Query } from '#kit/db/db.ts'

/** What an order holds, or was sold, becomes exactly these lines; lines of one SKU are summed. */
export async function amendStock(
  sql: Query,
  orderId: string,
  lines: readonly StockLine[],
): Promise<Static<typeof inventoryRpc.methods.amend.output>> {
  const wanted: Record<string, number> = {}
  for (const { sku, quantity } of lines) wanted[sku] = (wanted[sku] ?? 0) + quantity
  const [row] = await sql<{ outcome: 'amended' | 'out-of-stock' | 'ended'; short: { sku: string; available: number }[] }[]>`
    select a.outcome, a.short from amend_stock(${orderId}, ${JSON.stringify(wanted)}::text::jsonb) a`
  return row!.outcome === 'out-of-stock' ? { outcome: row!.outcome, skus: row!.short } : { outcome: row!.outcome }
}
