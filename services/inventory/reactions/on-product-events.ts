import { ProductCreated, ProductUpdated } from '#contracts/events/products.ts'
import type { Tx } from '#kit/db/db.ts'
import { on } from '#kit/messaging/bus.ts'

/** Every SKU of the catalogue stands in the stock list, with nothing on the shelf at first. Deleted products keep their ledger. */
async function list(tx: Tx, skus: readonly string[]): Promise<void> {
  if (skus.length === 0) return
  await tx`insert into items (sku) select distinct u.sku from unnest(${[...skus]}::text[]) u(sku) order by u.sku on conflict do nothing`
}

export const productReactions = () => [
  on(ProductCreated, async ({ data }, { tx }) => await list(tx, data.skus)),
  on(ProductUpdated, async ({ data }, { tx }) => await list(tx, data.skus)),
]
