import { InventoryUpdated } from '#contracts/events/inventory.ts'
import { on, type Reaction } from '#kit/messaging/bus.ts'
import { refreshCards } from '../store.ts'

/** Lists show whether something is to be had. Levels change with every order, this only when the shelf empties or fills. */
export const onInventoryUpdated: Reaction = on(InventoryUpdated, async ({ data }, { tx }) => {
  const inStock = data.available > 0
  const [turned] = await tx<
    { product_id: string }[]
  >`select v.product_id from variants v where v.sku = ${data.sku} and v.in_stock is distinct from ${inStock}`
  if (!turned) return
  // Product before variant, as every writer of products does: the other way round the two would wait for each other.
  await tx`select 1 from products p where p.id = ${turned.product_id} for update`
  await tx`update variants set in_stock = ${inStock} where sku = ${data.sku}`
  await refreshCards(tx, [turned.product_id])
})
