/** Statements that store a product. Rules stand in product.ts; commands decide, this file writes. */
import { errors } from './errors.ts'
import type { Product } from './product.ts'
import { variantTitles } from './product.ts'
import { uuidv7 } from '#kit/core/ids.ts'
import type { Query } from '#kit/db/db.ts'
import { isForeignKeyViolation, isUniqueViolation, pgCode } from '#kit/db/pg-errors.ts'

const json = (value: unknown) => JSON.stringify(value)

/**
 * Writes a product with its texts, variants, categories and relations in one statement; cards are the caller's to refresh.
 * `expected`: version to replace, 0 for a new product. Returns the new version.
 * Throws version-conflict, sku-taken, barcode-taken, unknown-reference.
 */
export async function writeProduct(tx: Query, id: string, product: Product, expected: number): Promise<number> {
  if (expected > 0) {
    // Retired first, all of them: two variants may swap their combinations. The statement below brings back those that stay.
    await tx`update variants set retired = true where product_id = ${id} and not retired`
  }
  const variants = product.variants.map((variant, position) => ({
    id: uuidv7(),
    sku: variant.sku,
    options: variant.options,
    titles: variantTitles(variant, product.options),
    barcode: variant.barcode,
    weight_grams: variant.weightGrams,
    attributes: variant.attributes,
    position,
  }))
  const texts = Object.entries(product.texts).map(([locale, text]) => ({
    locale,
    title: text.title,
    description: text.description,
    seo_title: text.seoTitle,
    seo_description: text.seoDescription,
  }))
  const [saved] = await tx<{ version: number | null; variants: number }[]>`
    with saved as (
      insert into products as p (id, slug, status, seller_id, brand_id, tax_class, channels, gift_card, requires_shipping, tags, options, attributes, published_at)
      values (${id}, ${product.slug}, ${product.status}, ${product.sellerId}, ${product.brandId}, ${product.taxClass}, ${product.channels as string[] | null},
              ${product.giftCard}, ${product.requiresShipping}, ${product.tags as string[]}, ${json(product.options)}::text::jsonb, ${json(product.attributes)}::text::jsonb,
              case when ${product.status} = 'ACTIVE' then now() end)
          on conflict (id) do update
         set slug = excluded.slug, status = excluded.status, seller_id = excluded.seller_id, brand_id = excluded.brand_id, tax_class = excluded.tax_class,
             channels = excluded.channels, gift_card = excluded.gift_card, requires_shipping = excluded.requires_shipping, tags = excluded.tags,
             options = excluded.options, attributes = excluded.attributes, published_at = coalesce(p.published_at, excluded.published_at),
             updated_at = now(), version = p.version + 1
       where p.version = ${expected}
      returning p.id, p.version
    ), written_texts as (
      insert into texts as t (owner_id, locale, title, description, seo_title, seo_description)
      select s.id, x.locale, x.title, x.description, x.seo_title, x.seo_description
        from saved s cross join jsonb_to_recordset(${json(texts)}::text::jsonb) as x(locale text, title text, description text, seo_title text, seo_description text)
          on conflict (owner_id, locale) do update
         set title = excluded.title, description = excluded.description, seo_title = excluded.seo_title, seo_description = excluded.seo_description
    ), gone_texts as (
      delete from texts t using saved s where t.owner_id = s.id and t.locale <> all (${Object.keys(product.texts)})
    ), written_variants as (
      insert into variants as v (id, product_id, sku, options, titles, barcode, weight_grams, position, attributes)
      select x.id, s.id, x.sku, x.options, x.titles, x.barcode, x.weight_grams, x.position, x.attributes
        from saved s cross join jsonb_to_recordset(${json(variants)}::text::jsonb)
             as x(id uuid, sku text, options jsonb, titles jsonb, barcode text, weight_grams integer, position integer, attributes jsonb)
          on conflict (sku) do update
         set options = excluded.options, titles = excluded.titles, barcode = excluded.barcode, weight_grams = excluded.weight_grams,
             position = excluded.position, attributes = excluded.attributes, retired = false
       where v.product_id = excluded.product_id
      returning 1
    ), written_categories as (
      insert into product_categories (product_id, category_id)
      select s.id, c from saved s cross join unnest(${product.categoryIds as string[]}::uuid[]) c on conflict do nothing
    ), gone_categories as (
      delete from product_categories pc using saved s where pc.product_id = s.id and pc.category_id <> all (${product.categoryIds as string[]}::uuid[])
    ), written_relations as (
      insert into product_relations (product_id, related_id, position)
      select s.id, r.id, r.n from saved s cross join unnest(${product.relatedIds as string[]}::uuid[]) with ordinality as r(id, n)
          on conflict (product_id, related_id) do update set position = excluded.position
    ), gone_relations as (
      delete from product_relations pr using saved s where pr.product_id = s.id and pr.related_id <> all (${product.relatedIds as string[]}::uuid[])
    )
    select (select s.version from saved s) as version, (select count(*)::integer from written_variants) as variants`.catch(
    explain,
  )
  if (!saved || saved.version === null) throw errors.versionConflict({ expected })
  if (saved.variants < variants.length) throw errors.skuTaken()
  return saved.version
}

/** Words behind `GET /api/products/` that are no product: one of that name could never be opened. */
const NO_ADDRESSES: readonly string[] = ['all', 'export', 'search']

/** Makes `slug` the product's address; its earlier ones go on leading to it. Throws slug-taken. */
export async function claimSlug(tx: Query, productId: string, slug: string): Promise<void> {
  if (NO_ADDRESSES.includes(slug)) throw errors.slugTaken({ slug })
  await tx`update slugs set current = false where product_id = ${productId} and current`
  const claimed = await tx`
    insert into slugs as s (slug, product_id) values (${slug}, ${productId})
        on conflict (slug) do update set current = true where s.product_id = excluded.product_id`.catch(explain)
  if (claimed.count === 0) throw errors.slugTaken({ slug })
}

/** The first of `wanted`, `wanted-2`, `wanted-3` … that nobody has: for addresses made from titles. */
export async function freeSlug(tx: Query, wanted: string): Promise<string> {
  const [row] = await tx<{ slug: string }[]>`
    select candidate.slug
      from (select ${wanted} || case when n = 1 then '' else '-' || n end as slug, n from generate_series(1, 1000) n) candidate
     where not exists (select 1 from slugs s where s.slug = candidate.slug) and candidate.slug <> all (${NO_ADDRESSES as string[]})
     order by candidate.n limit 1`
  if (!row) throw errors.slugTaken({ slug: wanted })
  return row.slug
}

/** Brings lists up to date with what this transaction wrote. */
export async function refreshCards(tx: Query, productIds: readonly string[]): Promise<void> {
  if (productIds.length > 0) await tx`select refresh_cards(${productIds as string[]}::uuid[])`
}

/** For deletes: something still points at the row. PostgreSQL 18 has a code of its own for `on delete restrict`. */
export function stillUsed(error: unknown): never {
  throw pgCode(error) === '23001' || isForeignKeyViolation(error) ? errors.inUse({}, { cause: error }) : error
}

/** Says what the database refused in the words of this service. */
export function explain(error: unknown): never {
  const cause = { cause: error }
  if (isUniqueViolation(error, 'variants_sku_key')) throw errors.skuTaken({}, cause)
  if (isUniqueViolation(error, 'variants_barcode')) throw errors.barcodeTaken({}, cause)
  if (isUniqueViolation(error, 'variants_combination')) throw errors.combinationTaken({}, cause)
  if (isUniqueViolation(error, 'slugs_pkey')) throw errors.slugTaken({}, cause)
  if (isUniqueViolation(error, 'channel_hosts_pkey')) throw errors.hostTaken({}, cause)
  if (isUniqueViolation(error, 'tax_zone_countries_pkey')) throw errors.countryTaken({}, cause)
  if (isUniqueViolation(error)) throw errors.keyTaken({}, cause)
  if (isForeignKeyViolation(error)) throw errors.unknownReference({}, cause)
  throw error
}
