import { InventoryUpdated } from '#contracts/events/inventory.ts'
import { PriceChanged } from '#contracts/events/products.ts'
import { UserDeleted } from '#contracts/events/users.ts'
import type { Tx } from '#kit/db/db.ts'
import { on, onMany } from '#kit/messaging/bus.ts'
import type { CartDeps } from '../deps.ts'
import { nameOf } from '../queries/show-cart.ts'

/** One row a SKU, whatever the number of carts: a job tells them in batches. */
async function noteChanges(tx: Tx, skus: readonly string[], reason: 'price' | 'stock'): Promise<void> {
  await tx`
    insert into sku_changes as s (sku, reason)
    select c.sku, ${reason} from unnest(${[...skus]}::text[]) c(sku) order by c.sku
        on conflict (sku) do update set reason = excluded.reason, changed_at = clock_timestamp(), told_up_to = null`
}

export const changeReactions = ({ facts, sharedLines }: CartDeps) => [
  onMany(PriceChanged, async (events, { tx }) => {
    const skus = new Set(events.map(({ data }) => data.sku))
    for (const sku of skus) facts.invalidate(sku)
    await noteChanges(tx, [...skus], 'price')
  }),
  // Levels move all the time; for a cart it matters only when a SKU runs out or comes back. The usual event writes nothing.
  onMany(InventoryUpdated, async (events, { tx }) => {
    // of several levels of a SKU the last one counts
    const levels = [...new Map(events.map(({ data }) => [data.sku, { sku: data.sku, in_stock: data.available > 0 }])).values()]
    for (const { sku } of levels) facts.invalidate(sku)
    const turned = await tx<{ sku: string; in_stock: boolean; known: boolean }[]>`
      select l.sku, l.in_stock, s.sku is not null as known
        from jsonb_to_recordset(${JSON.stringify(levels)}::text::jsonb) as l(sku text, in_stock boolean)
        left join sku_stock s on s.sku = l.sku
       where s.in_stock is distinct from l.in_stock`
    if (turned.length === 0) return
    await tx`
      insert into sku_stock as s (sku, in_stock)
      select l.sku, l.in_stock from jsonb_to_recordset(${JSON.stringify(turned)}::text::jsonb) as l(sku text, in_stock boolean) order by l.sku
          on conflict (sku) do update set in_stock = excluded.in_stock, told_at = now()`
    const known = turned.filter((level) => level.known).map(({ sku }) => sku)
    if (known.length > 0) await noteChanges(tx, known, 'stock')
  }),
  on(UserDeleted, async ({ data }, { tx }) => {
    const gone = await tx<{ channel: string }[]>`delete from carts c where c.user_id = ${data.userId} returning c.channel`
    const owner = { userId: data.userId, secretHash: null }
    for (const channel of new Set(gone.map((row) => row.channel))) await sharedLines?.delete(nameOf(channel, owner))
  }),
]
