import type { Static } from 'typebox'
import { PriceChanged } from '#contracts/events/products.ts'
import type { productsRpc } from '#contracts/rpc/products.ts'
import { toJsonAmount } from '#kit/core/money.ts'
import type { NewEvent } from '#kit/messaging/event.ts'
import { refreshCardsOf } from '../cards.ts'
import type { ProductsDeps } from '../deps.ts'
import { errors } from '../errors.ts'

type Call = typeof productsRpc.methods.importPrices
interface Current {
  sku: string
  variant_id: string
  product_id: string
  amount: bigint | null
  since: Date | null
}

/**
 * Replays a history of prices into the channel's own list, in the order given. A price that is not newer than the one that
 * stands there changes nothing, so a second run changes nothing either. Unknown SKUs are left out. One PriceChanged for every
 * step, at its own time.
 */
export async function importPrices(deps: ProductsDeps, input: Static<Call['input']>): Promise<Static<Call['output']>> {
  if (input.prices.length === 0) return { changed: 0 }
  return deps.db.tx(async (tx) => {
    const [list] = await tx<{ id: string; currency: string; channel: string | null }[]>`
      select l.id, l.currency, l.channel from channels ch join price_lists l on l.id = ch.base_price_list where ch.key = ${input.channel}`
    if (!list) throw errors.noSuchChannel({ channel: input.channel })
    const skus = [...new Set(input.prices.map((price) => price.sku))]
    await tx`select 1 from products p where p.id in (select v.product_id from variants v where v.sku = any (${skus})) order by p.id for update`
    const current = await tx<Current[]>`
      select v.sku, v.id as variant_id, v.product_id, p.amount, p.since
        from variants v left join prices p on p.variant_id = v.id and p.price_list_id = ${list.id} and p.min_quantity = 1
       where v.sku = any (${skus})`
    const bySku = new Map(current.map((row) => [row.sku, row]))
    const events: NewEvent[] = []
    const changed = new Set<Current>()
    for (const { sku, amount, at: moment } of input.prices) {
      const row = bySku.get(sku)
      const at = new Date(moment)
      if (!row || (row.since && at <= row.since) || row.amount === BigInt(amount)) continue
      events.push(
        PriceChanged(
          {
            productId: row.product_id,
            variantId: row.variant_id,
            sku,
            priceListId: list.id,
            channel: list.channel,
            minQuantity: 1,
            previous: row.amount === null ? null : { amount: toJsonAmount(row.amount), currency: list.currency },
            price: { amount, currency: list.currency },
          },
          { at },
        ),
      )
      row.amount = BigInt(amount)
      row.since = at
      changed.add(row)
    }
    if (events.length === 0) return { changed: 0 }
    const rows = [...changed].map((row) => ({
      variant_id: row.variant_id,
      amount: toJsonAmount(row.amount!),
      since: row.since!.toISOString(),
    }))
    await tx`
      with written as (
        insert into prices (variant_id, price_list_id, amount, since)
        select x.variant_id, ${list.id}, x.amount, x.since
          from jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb) as x(variant_id uuid, amount bigint, since timestamptz)
            on conflict (variant_id, price_list_id, min_quantity) do update set amount = excluded.amount, since = excluded.since
      )
      select outbox_append(${deps.kit.outbox.encode(events)}::text::jsonb)`
    await refreshCardsOf(tx, [...new Set([...changed].map((row) => row.product_id))])
    return { changed: events.length }
  })
}
