import type { Product, ProductStatus, ProductText, Variant } from '../product.ts'
import { type MoneyJson, toJsonAmount } from '#kit/core/money.ts'
import type { Query } from '#kit/db/db.ts'

/** A stored product with what does not belong to its content. */
export interface StoredProduct {
  readonly id: string
  readonly version: number
  readonly product: Product
  /** user who may write it as its seller */
  readonly sellerUserId: string | null
}

interface Row extends Omit<Product, 'status' | 'texts'> {
  id: string
  version: number
  status: ProductStatus
  texts: Record<string, ProductText> | null
  sellerUserId: string | null
}

/** Loads a product as it is written, by id; `lock` keeps other writers out until the transaction ends. */
export async function loadProduct(db: Query, id: string, { lock = false } = {}): Promise<StoredProduct | undefined> {
  // The lock is a statement of its own: the next one then sees what the writer before us committed.
  if (lock) await db`select 1 from products p where p.id = ${id} for update`
  const [row] = await db<Row[]>`
    select p.id, p.version, p.slug, p.status, p.seller_id as "sellerId", s.user_id as "sellerUserId", p.brand_id as "brandId", p.tax_class as "taxClass",
           p.channels, p.gift_card as "giftCard", p.requires_shipping as "requiresShipping", p.tags, p.options, p.attributes,
           (select jsonb_object_agg(t.locale, jsonb_build_object('title', t.title, 'description', t.description, 'seoTitle', t.seo_title, 'seoDescription', t.seo_description))
              from texts t where t.owner_id = p.id) as texts,
           (select coalesce(jsonb_agg(jsonb_build_object('sku', v.sku, 'options', v.options, 'barcode', v.barcode, 'weightGrams', v.weight_grams, 'attributes', v.attributes)
                                      order by v.position, v.id), '[]')
              from variants v where v.product_id = p.id and not v.retired) as variants,
           array(select pc.category_id from product_categories pc where pc.product_id = p.id order by pc.category_id) as "categoryIds",
           array(select r.related_id from product_relations r where r.product_id = p.id order by r.position, r.related_id) as "relatedIds"
      from products p
      left join sellers s on s.id = p.seller_id
     where p.id = ${id}`
  if (!row) return undefined
  const { id: productId, version, sellerUserId, texts, ...rest } = row
  return { id: productId, version, sellerUserId, product: { ...rest, texts: texts ?? {} } }
}

/** Variants that the product once had, by SKU. */
export async function retiredVariants(db: Query, id: string): Promise<Pick<Variant, 'sku' | 'options'>[]> {
  return db<Pick<Variant, 'sku' | 'options'>[]>`
    select v.sku, v.options from variants v where v.product_id = ${id} and v.retired order by v.sku limit 500`
}

/** Price of one unit in the channel's own list, by SKU. */
export async function ownPrices(db: Query, id: string, channel: string): Promise<Map<string, MoneyJson>> {
  const rows = await db<{ sku: string; amount: bigint; currency: string }[]>`
    select v.sku, p.amount, l.currency
      from channels ch join price_lists l on l.id = ch.base_price_list
      join prices p on p.price_list_id = l.id and p.min_quantity = 1 join variants v on v.id = p.variant_id
     where ch.key = ${channel} and v.product_id = ${id} and not v.retired`
  return new Map(rows.map(({ sku, amount, currency }) => [sku, { amount: toJsonAmount(amount), currency }]))
}
