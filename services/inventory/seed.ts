import { createHash } from 'node:crypto'
import { productsRpc } from '#contracts/rpc/products.ts'
import { importMovements } from './commands/import-movements.ts'
import type { InventoryDeps } from './deps.ts'

const PAGE = 500

/** Puts 20 to 99 units of everything in the catalogue on the shelf: the demo shop can sell at once. The same again changes nothing. */
export async function seedStock({ kit, db }: InventoryDeps): Promise<void> {
  const products = kit.rpc(productsRpc)
  const at = new Date().toISOString()
  for (let after: string | undefined; ; ) {
    const { rows, next } = await products.exportVariants({ limit: PAGE, ...(after === undefined ? {} : { after }) })
    const movements = rows.map(({ sku }) => ({
      reference: `demo:${sku}`,
      sku,
      delta: 20 + chance(sku, 80),
      reason: 'demo stock',
      at,
    }))
    await importMovements(db.sql, movements)
    if (next === null) return
    after = next
  }
}

/** A number below `limit` that is the same for the same text. */
function chance(text: string, limit: number): number {
  return createHash('sha256').update(text).digest().readUInt32BE(0) % limit
}
