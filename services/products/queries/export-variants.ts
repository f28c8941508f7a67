import type { Static } from 'typebox'
import type { variantsExport } from '#contracts/rpc/exports.ts'
import type { Query } from '#kit/db/db.ts'

type Input = Static<typeof variantsExport.input>
type Output = Static<typeof variantsExport.output>

/** Every variant that is kept, by SKU. */
export async function exportVariants(db: Query, { after, limit }: Input): Promise<Output> {
  const rows = await db<(Omit<Output['rows'][number], 'price' | 'createdAt'> & { price: bigint | null; createdAt: Date })[]>`
    with home as (select ch.key, ch.currency, ch.locales[1] as locale from channels ch order by ch.created_at, ch.key limit 1),
         page as (
           select v.* from variants v where not v.retired and v.sku > ${after ?? ''} order by v.sku limit ${limit}
         )
    select v.sku, p.id as "productId", v.id as "variantId",
           coalesce((select t.title from texts t where t.owner_id = p.id order by (t.locale = home.locale) desc, t.locale limit 1), '') as title,
           coalesce(v.titles ->> home.locale, '') as "variantTitle",
           p.status, (select b.name from brands b where b.id = p.brand_id) as brand, v.barcode, cost.unit_price as price, home.currency,
           p.tax_class as "taxClass", v.weight_grams as "weightGrams", p.created_at as "createdAt"
      from page v join products p on p.id = v.product_id cross join home
      left join lateral price_of(v.id, home.key, home.currency, array[]::text[], 1) cost on true
     order by v.sku`
  return {
    rows: rows.map((row) => ({
      ...row,
      price: row.price === null ? null : Number(row.price),
      createdAt: row.createdAt.toISOString(),
    })),
    next: rows.length === limit ? rows.at(-1)!.sku : null,
  }
}
