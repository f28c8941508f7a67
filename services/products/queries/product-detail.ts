import type { ProductView } from '../shapes.ts'
import type { Query } from '#kit/db/db.ts'

export interface ProductDetail {
  /** the ready answer as JSON text */
  readonly json: string
  readonly id: string
  readonly slug: string
  readonly version: number
  readonly status: ProductView['status']
  readonly sellerUserId: string | null
  /** the channel shows it */
  readonly visible: boolean
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/** Tells an id from an address. */
export const isUuid = (text: string): boolean => UUID.test(text)

/**
 * A whole product page in one statement: texts in the reader's language, variants with the price that counts for the
 * channel and these customer groups, options, categories, pictures. By id, by address or by an address it once had (then
 * `slug` differs from what was asked). `undefined`: there is no such product.
 */
export async function productDetail(
  db: Query,
  asked: string,
  channel: string,
  locale: string,
  groups: readonly string[],
): Promise<ProductDetail | undefined> {
  const [row] = await db<ProductDetail[]>`
    select p.id, p.slug, p.version, p.status, s.user_id as "sellerUserId", p.channels is null or ch.key = any (p.channels) as visible,
           json_build_object(
             'id', p.id, 'slug', p.slug, 'status', p.status, 'version', p.version, 'channel', ch.key, 'locale', ${locale}::text,
             'title', t.title, 'description', t.description,
             'seo', json_build_object('title', coalesce(t.seo_title, t.title), 'description', coalesce(t.seo_description, left(t.description, 160))),
             'pricesIncludeTax', ch.prices_include_tax, 'taxClass', p.tax_class,
             'taxRateBasisPoints', coalesce(tax_rate(p.tax_class, ch.country, ch.tax_zones), 0),
             'giftCard', p.gift_card, 'requiresShipping', p.requires_shipping, 'tags', p.tags, 'attributes', p.attributes,
             'brand', case when b.id is not null then json_build_object('id', b.id, 'slug', b.slug, 'name', b.name) end,
             'seller', case when s.id is not null then json_build_object('id', s.id, 'slug', s.slug, 'name', s.name) end,
             'categories', (
               select coalesce(json_agg(json_build_object('id', c.id, 'slug', c.slug, 'title', ct.title) order by cardinality(c.path), c.position, c.slug), '[]')
                 from product_categories pc join categories c on c.id = pc.category_id cross join lateral text_of(c.id, ${locale}, ch.locales[1]) ct
                where pc.product_id = p.id),
             'options', (
               select coalesce(json_agg(json_build_object(
                        'key', o ->> 'key', 'title', coalesce(nullif(title_of(o -> 'titles', ${locale}, ch.locales[1]), ''), o ->> 'key'),
                        'values', (select json_agg(json_build_object('key', x ->> 'key', 'title', coalesce(nullif(title_of(x -> 'titles', ${locale}, ch.locales[1]), ''), x ->> 'key')) order by m)
                                     from jsonb_array_elements(o -> 'values') with ordinality as e(x, m))) order by n), '[]')
                 from jsonb_array_elements(p.options) with ordinality as e(o, n)),
             'variants', (
               select coalesce(json_agg(json_build_object(
                        'id', v.id, 'sku', v.sku, 'title', title_of(v.titles, ${locale}, ch.locales[1]), 'options', v.options, 'barcode', v.barcode,
                        'weightGrams', v.weight_grams, 'attributes', v.attributes,
                        'price', case when best.unit_price is not null then json_build_object('amount', best.unit_price, 'currency', ch.currency) end,
                        'listPrice', case when best.list_price is not null then json_build_object('amount', best.list_price, 'currency', ch.currency) end,
                        'breaks', (
                          select coalesce(json_agg(json_build_object('minQuantity', q.min_quantity, 'price', json_build_object('amount', at.unit_price, 'currency', ch.currency)) order by q.min_quantity), '[]')
                            from (select distinct pr.min_quantity from prices pr where pr.variant_id = v.id and pr.min_quantity > 1) q
                           cross join lateral price_of(v.id, ch.key, ch.currency, ${groups as string[]}, q.min_quantity) at
                           where at.unit_price < best.unit_price),
                        'inStock', v.in_stock) order by v.position, v.id), '[]')
                 from variants v cross join lateral price_of(v.id, ch.key, ch.currency, ${groups as string[]}, 1) best
                where v.product_id = p.id and not v.retired),
             'media', (
               select coalesce(json_agg(json_build_object(
                        'id', m.id, 'kind', m.kind, 'contentType', m.content_type, 'alt', title_of(m.alt, ${locale}, ch.locales[1]),
                        'renditions', (select json_agg(json_build_object('url', '/api/products/media/' || (x ->> 'key'), 'width', x -> 'width', 'height', x -> 'height') order by n)
                                         from jsonb_array_elements(m.renditions) with ordinality as e(x, n))) order by m.position, m.id), '[]')
                 from media m where m.product_id = p.id),
             'publishedAt', iso(p.published_at), 'createdAt', iso(p.created_at), 'updatedAt', iso(p.updated_at)
           )::text as json
      from products p
     cross join channels ch
      left join sellers s on s.id = p.seller_id
      left join brands b on b.id = p.brand_id
      left join lateral text_of(p.id, ${locale}, ch.locales[1]) t on true
     where ${isUuid(asked) ? db`p.id = ${asked}` : db`p.id = (select sl.product_id from slugs sl where sl.slug = ${asked})`}
       and ch.key = ${channel}`
  return row
}
