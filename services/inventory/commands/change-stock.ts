import type { Query } from '#kit/db/db.ts'

/** One change of what lies on a shelf. Either `delta` (± units) or `level` (units that lie there now, counted). */
export interface StockChange {
  readonly sku: string
  /** null: the first warehouse */
  readonly warehouse: string | null
  readonly delta?: number
  readonly level?: number
  readonly kind: 'adjustment' | 'receipt'
  readonly reason: string
  /** who did it: user id or service */
  readonly actor: string
  /** what makes it the same change the next time; null: never the same */
  readonly reference: string | null
}

export interface StockChangeResult {
  outcome: 'applied' | 'repeated' | 'unknown-warehouse' | 'below-reserved'
  /** units that came or went */
  change: number
  on_hand: number | null
  reserved: number | null
}

/** Applies changes in order, one result each; a refused one does not stop the others. One statement. */
export async function changeStock(sql: Query, changes: readonly StockChange[]): Promise<StockChangeResult[]> {
  return await sql<StockChangeResult[]>`
    select c.outcome, c.change, c.on_hand, c.reserved from change_stock(${JSON.stringify(changes)}::text::jsonb) c order by c.n`
}
