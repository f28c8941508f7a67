import { InventoryUpdated } from '#contracts/events/inventory.ts'
import { onMany, type Reaction } from '#kit/messaging/bus.ts'
import { refreshCards } from '../store.ts'

/** Lists show whether something is to be had. Levels change with every order, this only when the shelf empties or fills. */
export const onInventoryUpdated: Reaction = onMany(InventoryUpdated, async (events, { tx }) => {
  // of several levels of a SKU the last one counts
  const levels = JSON.stringify([
    ...new Map(events.map(({ data }) => [data.sku, { sku: data.sku, in_stock: data.available > 0 }])).values(),
  ])
  const turned = await tx<{ product_id: string }[]>`
    select distinct v.product_id from jsonb_to_recordset(${levels}::text::jsonb) as l(sku text, in_stock boolean)
      join variants v on v.sku = l.sku and v.in_stock is distinct from l.in_stock`
  if (turned.length === 0) return
  const products = turned.map(({ product_id }) => product_id)
  // Product before variant, as every writer of products does: the other way round the two would wait for each other.
  await tx`select 1 from products p where p.id = any(${products}::uuid[]) order by p.id for update`
  await tx`
    update variants v set in_stock = l.in_stock from jsonb_to_recordset(${levels}::text::jsonb) as l(sku text, in_stock boolean)
     where v.sku = l.sku and v.product_id = any(${products}::uuid[]) and v.in_stock is distinct from l.in_stock`
  await refreshCards(tx, products)
})
