import { InventoryUpdated } from '#contracts/events/inventory.ts'
import { PriceChanged } from '#contracts/events/products.ts'
import { UserDeleted } from '#contracts/events/users.ts'
import type { Tx } from '#kit/db/db.ts'
import { on } from '#kit/messaging/bus.ts'
import type { CartDeps } from '../deps.ts'

/** One row a SKU, whatever the number of carts: a job tells them in batches. */
async function noteChange(tx: Tx, sku: string, reason: 'price' | 'stock'): Promise<void> {
  await tx`
    insert into sku_changes as s (sku, reason) values (${sku}, ${reason})
        on conflict (sku) do update set reason = excluded.reason, changed_at = clock_timestamp(), told_up_to = null`
}

export const changeReactions = ({ facts }: CartDeps) => [
  on(PriceChanged, async ({ data: { sku } }, { tx }) => {
    facts.invalidate(sku)
    await noteChange(tx, sku, 'price')
  }),
  // Levels move all the time; for a cart it matters only when a SKU runs out or comes back. The usual event writes nothing.
  on(InventoryUpdated, async ({ data: { sku, available } }, { tx }) => {
    facts.invalidate(sku)
    const inStock = available > 0
    const [known] = await tx<{ in_stock: boolean }[]>`select s.in_stock from sku_stock s where s.sku = ${sku}`
    if (known?.in_stock === inStock) return
    await tx`insert into sku_stock as s (sku, in_stock) values (${sku}, ${inStock}) on conflict (sku) do update set in_stock = excluded.in_stock, told_at = now()`
    if (known) await noteChange(tx, sku, 'stock')
  }),
  on(UserDeleted, async ({ data }, { tx }) => {
    await tx`delete from carts c where c.user_id = ${data.userId}`
  }),
]
