import { PriceChanged, ProductCreated, ProductDeleted, ProductUpdated } from '#contracts/events/products.ts'
import { InventoryUpdated } from '#contracts/events/inventory.ts'
import { onAny, onMany, type Reaction } from '#kit/messaging/bus.ts'
import type { EventDefinition } from '#kit/messaging/event.ts'
import type { Tx } from '#kit/db/db.ts'
import type { SearchDeps } from '../deps.ts'
import { lockProducts, putProducts } from '../store.ts'

const AT_ONCE = 200
const ABOUT_PRODUCTS = [ProductCreated, ProductUpdated, ProductDeleted, PriceChanged] as readonly Omit<
  EventDefinition,
  never
>[] as readonly EventDefinition[]

/**
 * Events say that something about a product changed; what it is now is asked of the catalogue, under a lock: whoever asks later sees at least
 * as much. So documents are always some state that the catalogue had, and never go back to an older one.
 */
export function followProducts(deps: SearchDeps): Reaction[] {
  return [
    ...onAny(ABOUT_PRODUCTS, async (events, { tx }) => {
      await refresh(deps, tx, [...new Set(events.map(({ data }) => (data as { productId: string }).productId))])
    }),
    followStock(deps),
  ]
}

export async function refresh(
  { products, copy }: Pick<SearchDeps, 'products' | 'copy'>,
  tx: Tx,
  ids: readonly string[],
): Promise<void> {
  for (let from = 0; from < ids.length; from += AT_ONCE) {
    const some = ids.slice(from, from + AT_ONCE)
    await lockProducts(tx, some)
    const { entries } = await products.entries({ ids: some })
    await putProducts(tx, some, entries, { copied: copy !== undefined })
  }
}

/** Levels change with every order; documents only when a shelf empties or fills. */
const followStock = (deps: SearchDeps): Reaction =>
  onMany(InventoryUpdated, async (events, { tx }) => {
    const levels = [...new Map(events.map(({ data }) => [data.sku, { sku: data.sku, available: data.available }])).values()]
    const turned = await tx<{ product_id: string | null }[]>`
      with told as (select * from jsonb_to_recordset(${JSON.stringify(levels)}::text::jsonb) as x(sku text, available integer)),
      before as materialized (select s.sku, s.available, s.product_id from told join skus s using (sku)),
      written as (
        insert into skus as s (sku, available) select t.sku, t.available from told t order by t.sku
            on conflict (sku) do update set available = excluded.available)
      select distinct b.product_id from told t join before b using (sku)
       where b.product_id is not null and (b.available is null or (b.available > 0) <> (t.available > 0))`
    await refresh(
      deps,
      tx,
      turned.map(({ product_id }) => product_id!),
    )
  })
