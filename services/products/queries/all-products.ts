import Type, { type Static } from 'typebox'
import { Nullable, Timestamp, Uuid } from '#contracts/values.ts'
import { MoneyJson, toJsonAmount } from '#kit/core/money.ts'
import type { Query } from '#kit/db/db.ts'
import { ascending, descending, keyset, type Page, where } from '#kit/http/paging.ts'
import { closed } from '#kit/messaging/event.ts'
import { Status } from '../shapes.ts'
import { categoryIdOf } from './category-id.ts'
import { mediaUrl } from './price-lines.ts'
import { isUuid } from './product-detail.ts'

const list = keyset({
  list: 'all-products',
  id: { column: 'p.id', type: 'uuid' },
  sorts: {
    newest: descending('p.created_at', 'timestamptz'),
    changed: descending('p.updated_at', 'timestamptz'),
    address: ascending('p.slug', 'text'),
  },
  initial: 'newest',
})

export const AllProductsQuery = list.query({
  search: Type.Optional(
    Type.String({ maxLength: 200, description: 'part of a title in any language, or the beginning of a SKU' }),
  ),
  status: Type.Optional(Status),
  category: Type.Optional(
    Type.String({ minLength: 1, maxLength: 120, description: 'id or address; with everything below it; `none`: in no category' }),
  ),
  brand: Type.Optional(Type.String({ minLength: 1, maxLength: 120, description: 'id or address' })),
  tag: Type.Optional(Type.String({ minLength: 1, maxLength: 60 })),
})

export const AnyProduct = closed({
  id: Uuid,
  slug: Type.String(),
  status: Status,
  version: Type.Integer(),
  /** in the reader's language, else any */
  title: Type.String(),
  brand: Nullable(Type.String()),
  image: Nullable(Type.String()),
  tags: Type.Array(Type.String()),
  variantCount: Type.Integer(),
  /** the lowest in this channel; null: it has none */
  price: Nullable(MoneyJson),
  /** null: inventory has said nothing yet */
  inStock: Nullable(Type.Boolean()),
  createdAt: Timestamp,
  updatedAt: Timestamp,
})
type AnyProduct = Static<typeof AnyProduct>

interface Row extends Omit<AnyProduct, 'price' | 'image'> {
  amount: bigint | null
  currency: string
  image: string | null
}

/** `%` and `_` of what somebody typed are letters. */
const literally = (text: string): string => text.replace(/[\\%_]/g, '\\$&')

/** One page of all products, also of those that are not on sale; without `status` those that are not archived. */
export async function allProducts(
  db: Query,
  channel: string,
  locale: string,
  query: Static<typeof AllProductsQuery>,
): Promise<Page<AnyProduct>> {
  const { status, brand, tag } = query
  const search = query.search?.trim()
  const inNone = query.category === 'none'
  const category = query.category === undefined || inNone ? null : await categoryIdOf(db, query.category)
  if (category === undefined) return { items: [] }
  const at = list.position(query)
  // What a row shows is asked for the rows of the page only: the list is cut before.
  const rows = await db<Row[]>`
    select p.id, p.slug, p.status, p.version, p.tags, p.image, iso(p.created_at) as "createdAt", iso(p.updated_at) as "updatedAt", ch.currency,
           coalesce((select t.title from text_of(p.id, ${locale}, ch.locales[1]) t), p.slug) as title,
           (select b.name from brands b where b.id = p.brand_id) as brand,
           (select count(*)::integer from variants v where v.product_id = p.id and not v.retired) as "variantCount",
           (select bool_or(v.in_stock) from variants v where v.product_id = p.id and not v.retired) as "inStock",
           (select min(c.unit_price) from variants v cross join lateral price_of(v.id, ch.key, ch.currency, '{}', 1) c
             where v.product_id = p.id and not v.retired) as amount,
           ${at.keys(db)}
      from products p cross join channels ch
    ${where(db, [
      db`ch.key = ${channel}`,
      status ? db`p.status = ${status}` : db`p.status <> 'ARCHIVED'`,
      inNone && db`p.category_ids = '{}'`,
      category !== null && db`p.category_ids @> array[${category}::uuid]`,
      brand !== undefined &&
        db`p.brand_id = (select b.id from brands b where ${isUuid(brand) ? db`b.id = ${brand}` : db`b.slug = ${brand}`})`,
      tag !== undefined && db`p.tags @> array[${tag}]`,
      Boolean(search) &&
        db`p.id in (select t.owner_id from texts t where t.title ilike ${`%${literally(search ?? '')}%`}
                     union all select v.product_id from variants v where lower(v.sku) like lower(${`${literally(search ?? '')}%`}) and not v.retired)`,
    ])}
    ${at.after(db)} ${at.order(db)}`
  return at.page(rows, ({ amount, currency, image, ...row }) => ({
    id: row.id,
    slug: row.slug,
    status: row.status,
    version: row.version,
    title: row.title,
    brand: row.brand,
    image: image === null ? null : mediaUrl(image),
    tags: row.tags,
    variantCount: row.variantCount,
    price: amount === null ? null : { amount: toJsonAmount(amount), currency },
    inStock: row.inStock,
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
  }))
}
