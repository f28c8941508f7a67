import { PriceChanged } from '#contracts/events/products.ts'
import { toJsonAmount } from '#kit/core/money.ts'
import type { Query } from '#kit/db/db.ts'
import type { NewEvent } from '#kit/messaging/event.ts'
import { explain } from '../store.ts'

/** One price to be set; `amount: null` takes it away. */
export interface PriceEntry {
  readonly variantId: string
  readonly minQuantity: number
  readonly amount: number | null
}

export interface WrittenPrices {
  /** PriceChanged of what really changed, and only if the list counts now: the job tells the rest when its time comes */
  readonly events: NewEvent[]
  /** products whose cards need a refresh */
  readonly productIds: string[]
  readonly changed: number
}

interface Change {
  product_id: string
  variant_id: string
  sku: string
  min_quantity: number
  previous: bigint | null
  amount: bigint | null
  currency: string
  channel: string | null
  announced: boolean
}

/**
 * Sets and removes prices of one list in one statement; the same price again changes nothing. The products are locked first
 * (in order), so `previous` is what really was before.
 */
export async function writePrices(tx: Query, priceListId: string, entries: readonly PriceEntry[]): Promise<WrittenPrices> {
  if (entries.length === 0) return { events: [], productIds: [], changed: 0 }
  const wanted = JSON.stringify(
    entries.map((entry) => ({ variant_id: entry.variantId, min_quantity: entry.minQuantity, amount: entry.amount })),
  )
  await tx`
    select 1 from products p
     where p.id in (select v.product_id from variants v where v.id = any (${entries.map((entry) => entry.variantId)}::uuid[]))
     order by p.id for update`
  const changes = await tx<Change[]>`
    with wanted as (
      select * from jsonb_to_recordset(${wanted}::text::jsonb) as w(variant_id uuid, min_quantity integer, amount bigint)
    ), known as (
      select w.variant_id, w.min_quantity, w.amount, p.amount as previous
        from wanted w
        left join prices p on p.price_list_id = ${priceListId} and p.variant_id = w.variant_id and p.min_quantity = w.min_quantity
       where p.amount is distinct from w.amount
    ), removed as (
      delete from prices p using known k
       where p.price_list_id = ${priceListId} and p.variant_id = k.variant_id and p.min_quantity = k.min_quantity and k.amount is null
    ), written as (
      insert into prices (variant_id, price_list_id, min_quantity, amount)
      select k.variant_id, ${priceListId}, k.min_quantity, k.amount from known k where k.amount is not null
          on conflict (variant_id, price_list_id, min_quantity) do update set amount = excluded.amount, since = now()
    )
    select v.product_id, v.id as variant_id, v.sku, k.min_quantity, k.previous, k.amount, l.currency, l.channel, l.announced
      from known k
      join variants v on v.id = k.variant_id
      join price_lists l on l.id = ${priceListId}
     order by v.product_id, v.sku, k.min_quantity`.catch(explain)
  const money = (amount: bigint | null, currency: string) => (amount === null ? null : { amount: toJsonAmount(amount), currency })
  return {
    events: changes
      .filter((change) => change.announced)
      .map((change) =>
        PriceChanged({
          productId: change.product_id,
          variantId: change.variant_id,
          sku: change.sku,
          priceListId,
          channel: change.channel,
          previous: money(change.previous, change.currency),
          price: money(change.amount, change.currency),
          minQuantity: change.min_quantity,
        }),
      ),
    productIds: [...new Set(changes.map((change) => change.product_id))],
    changed: changes.length,
  }
}
