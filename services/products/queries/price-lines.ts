import type { Static } from 'typebox'
import type { productsRpc } from '#contracts/rpc/products.ts'
import type { Query } from '#kit/db/db.ts'
import { grouped } from '#kit/db/grouped.ts'
import { statementLane } from '#kit/db/lane.ts'
import { toJsonAmount } from '#kit/core/money.ts'
import { errors } from '../errors.ts'

type Price = typeof productsRpc.methods.price
type Input = Static<Price['input']>
type Output = Static<Price['output']>
type Line = Output['lines'][number]

interface Row {
  currency: string
  prices_include_tax: boolean
  sku: string | null
  product_id: string | null
  variant_id: string
  on_sale: boolean
  title: string
  variant_title: string
  image: string | null
  unit_price: bigint | null
  list_price: bigint | null
  tax_class: string
  basis_points: number | null
  weight_grams: number
  requires_shipping: boolean
  category_ids: string[]
  gift_card: boolean
}

/**
 * `priceLines` for one basket at a time: baskets of the same moment, channel, country, language and customer groups share a statement, because
 * with quantity breaks every line is priced by itself anyway.
 */
export function groupedPricing(db: Query): (input: Input) => Promise<Output> {
  return grouped({ maxSize: 64, maxInFlight: 2, lane: statementLane }, async (baskets: readonly Input[]) => {
    const answers: Output[] = []
    const alike = Map.groupBy(baskets.keys(), (index) => JSON.stringify({ ...baskets[index]!, lines: null }))
    for (const indexes of alike.values()) {
      const lines = indexes.flatMap((index) => baskets[index]!.lines)
      const priced = await priceEach(db, { ...baskets[indexes[0]!]!, lines })
      let from = 0
      for (const index of indexes) {
        const { length } = baskets[index]!.lines
        answers[index] = answerOf(priced.channel, priced.lines.slice(from, from + length))
        from += length
      }
    }
    return answers
  })
}

/**
 * Prices any number of lines in one statement: on the way of every cart and every checkout. Lines come back in the order
 * asked; the same SKU twice is priced twice, each with its own quantity. The functions it calls are inlined by the planner:
 * no argument may be a subquery. Throws `products/no-such-channel`.
 */
export async function priceLines(db: Query, input: Input): Promise<Output> {
  const { channel, lines } = await priceEach(db, input)
  return answerOf(channel, lines)
}

async function priceEach(db: Query, input: Input): Promise<{ channel: Row; lines: Row[] }> {
  const rows = await db<Row[]>`
    select ch.currency, ch.prices_include_tax, i.sku, p.id as product_id, v.id as variant_id,
           p.status = 'ACTIVE' and not v.retired and (p.channels is null or ch.key = any (p.channels)) as on_sale,
           t.title, case when v.titles = '{}' then '' else title_of(v.titles, coalesce(${input.locale ?? null}, ch.locales[1]), ch.locales[1]) end as variant_title, p.image,
           best.unit_price, best.list_price, p.tax_class,
           case when cardinality(ch.tax_zones) = 0 or z.zone = any (ch.tax_zones) then r.basis_points end as basis_points,
           v.weight_grams, p.requires_shipping, p.category_ids, p.gift_card
      from channels ch
      left join rows from (jsonb_to_recordset(${JSON.stringify(input.lines)}::text::jsonb) as (sku text, quantity integer))
           with ordinality as i(sku, quantity, n) on true
      left join tax_zone_countries z on z.country = coalesce(${input.country ?? null}, ch.country)
      left join variants v on v.sku = i.sku
      left join products p on p.id = v.product_id
      left join tax_rates r on r.zone = z.zone and r.tax_class = p.tax_class
      left join lateral text_of(p.id, coalesce(${input.locale ?? null}, ch.locales[1]), ch.locales[1]) t on p.id is not null
      left join lateral price_of(v.id, ch.key, ch.currency, ${input.customerGroups ?? []}, i.quantity) best on v.id is not null
     where ch.key = ${input.channel}
     order by i.n`
  const channel = rows[0]
  if (!channel) throw errors.noSuchChannel({ channel: input.channel })
  return { channel, lines: rows.filter(({ sku }) => sku !== null) }
}

function answerOf(channel: Row, rows: readonly Row[]): Output {
  const lines: Line[] = []
  const refused: Output['refused'] = []
  for (const row of rows as readonly (Row & { sku: string })[]) {
    if (row.product_id === null) refused.push({ sku: row.sku, reason: 'unknown' })
    else if (!row.on_sale) refused.push({ sku: row.sku, reason: 'not-on-sale' })
    else if (row.unit_price === null || row.list_price === null) refused.push({ sku: row.sku, reason: 'no-price' })
    else lines.push(toLine(row as Row & { sku: string; product_id: string; unit_price: bigint; list_price: bigint }))
  }
  return { currency: channel.currency, pricesIncludeTax: channel.prices_include_tax, lines, refused }
}

function toLine(row: Row & { sku: string; product_id: string; unit_price: bigint; list_price: bigint }): Line {
  return {
    sku: row.sku,
    productId: row.product_id,
    variantId: row.variant_id,
    title: row.title,
    variantTitle: row.variant_title,
    imageUrl: row.image === null ? null : mediaUrl(row.image),
    unitPrice: toJsonAmount(row.unit_price),
    listPrice: toJsonAmount(row.list_price),
    taxClass: row.tax_class,
    taxRateBasisPoints: row.basis_points ?? 0,
    weightGrams: row.weight_grams,
    requiresShipping: row.requires_shipping,
    categoryIds: row.category_ids,
    giftCard: row.gift_card,
  }
}

/** Where a stored picture is served. */
export function mediaUrl(key: string): string {
  return `/api/products/media/${key}`
}
