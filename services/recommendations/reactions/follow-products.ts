import { PriceChanged, ProductCreated, ProductDeleted, ProductUpdated, ProductViewed } from '#contracts/events/products.ts'
import type { CatalogueEntry } from '#contracts/rpc/catalogue.ts'
import type { Tx } from '#kit/db/db.ts'
import { onAny, onMany, type Reaction } from '#kit/messaging/bus.ts'
import type { EventDefinition } from '#kit/messaging/event.ts'
import { addDemand } from '../demand.ts'
import type { Deps } from '../deps.ts'
import { termsOf } from '../terms.ts'
import { remember } from '../touches.ts'

const AT_ONCE = 200
const ABOUT_PRODUCTS = [ProductCreated, ProductUpdated, ProductDeleted, PriceChanged] as readonly Omit<
  EventDefinition,
  never
>[] as readonly EventDefinition[]

/** Events say that something changed; what it is now is asked of the catalogue, under a lock, so that facts never go back to an older state. */
export function followProducts(deps: Deps): Reaction[] {
  return [
    ...onAny(ABOUT_PRODUCTS, async (events, { tx }) => {
      const ids = [...new Set(events.map(({ data }) => (data as { productId: string }).productId))]
      for (let from = 0; from < ids.length; from += AT_ONCE) await refreshFacts(deps, tx, ids.slice(from, from + AT_ONCE))
    }),
    onMany(ProductViewed, async (events, { tx }) => {
      const views = events.map(({ data, time }) => ({ productId: data.productId, personId: data.userId, at: new Date(time) }))
      await remember(tx, 'view', views)
      await addDemand(
        tx,
        views.map(({ productId, at }) => ({ kind: 'view' as const, productId, at })),
      )
    }),
  ]
}

/** Makes what is known of these products what the catalogue says now. */
export async function refreshFacts({ products }: Pick<Deps, 'products'>, tx: Tx, ids: readonly string[]): Promise<void> {
  await tx`
    select pg_advisory_xact_lock(hashtextextended(i::text, 8092)) from (select i from unnest(${ids as string[]}::uuid[]) i order by hashtextextended(i::text, 8092)) i`
  const { entries } = await products.entries({ ids: ids as string[] })
  await putFacts(tx, ids, entries)
}

async function putFacts(tx: Tx, ids: readonly string[], entries: readonly CatalogueEntry[]): Promise<void> {
  const rows = entries
    .filter(({ faces }) => faces.length > 0)
    .map((entry) => ({
      product_id: entry.productId,
      channels: [...new Set(entry.faces.map(({ channel }) => channel))],
      categories: [...new Set(entry.faces.flatMap(({ categories }) => categories.map(({ id }) => id)))],
      terms: termsOf(entry),
    }))
  await tx`
    with now as (
      select * from jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb) as x(product_id uuid, channels text[], categories uuid[], terms text[])
    ), gone as (
      delete from facts f where f.product_id = any(${ids as string[]}::uuid[]) and not exists (select 1 from now n where n.product_id = f.product_id)
    )
    insert into facts as f (product_id, channels, categories, terms)
    select n.product_id, n.channels, n.categories, n.terms from now n order by n.product_id
        on conflict (product_id) do update set channels = excluded.channels, categories = excluded.categories, terms = excluded.terms
     where (f.channels, f.categories, f.terms) is distinct from (excluded.channels, excluded.categories, excluded.terms)`
}
