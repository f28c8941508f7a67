import Type from 'typebox'
import { ChannelKey } from '#contracts/values.ts'
import { ascending, descending, keyset, type PageRequest } from '#kit/http/paging.ts'
import type { ProductsDeps } from '../deps.ts'
import { searchWords } from '../search-words.ts'
import { categoryIdOf } from './category-id.ts'

/** A search looks at this many matches, the newest where there are more: a common word does not rank a whole catalogue. */
const MATCHES_AT_MOST = 2000
const NOTHING = '{"items":[]}'

type Row = { card: string }

const sorts = {
  newest: descending('found.published_at', 'timestamptz'),
  price: ascending('found.price', 'bigint'),
  '-price': descending('found.price', 'bigint'),
  title: ascending('found.title', 'text'),
  relevance: descending('found.rank', 'float8'),
}
const list = keyset({ list: 'products', id: { column: 'found.product_id', type: 'uuid' }, sorts, initial: 'newest' })

const Words = Type.String({ maxLength: 200 })
const Address = Type.String({ minLength: 1, maxLength: 120 })
const filters = {
  category: Type.Optional(Type.String({ ...Address, description: 'id or address of a category; with everything below it' })),
  brand: Type.Optional(Type.String({ ...Address, description: 'id or address of a brand' })),
  seller: Type.Optional(Type.String({ ...Address, description: 'id or address of a seller' })),
  tag: Type.Optional(Type.String({ minLength: 1, maxLength: 60 })),
  minPrice: Type.Optional(Type.Integer({ minimum: 0, description: 'minor units of the channel’s currency' })),
  maxPrice: Type.Optional(Type.Integer({ minimum: 0 })),
  inStock: Type.Optional(Type.Boolean()),
}
export const ProductListQuery = list.query({ search: Type.Optional(Words), ...filters })
export const ProductSearchQuery = list.query({ q: Words, ...filters })
export const ChannelQuery = Type.Optional(ChannelKey)

export interface ProductListRequest extends PageRequest {
  search?: string | undefined
  category?: string | undefined
  brand?: string | undefined
  seller?: string | undefined
  tag?: string | undefined
  minPrice?: number | undefined
  maxPrice?: number | undefined
  inStock?: boolean | undefined
}

/**
 * One page of cards as JSON text, in one statement without joins: the cards are kept ready (see refresh_cards). With words
 * to search for and no other order asked, the best matches come first.
 */
export async function listProducts(
  deps: Pick<ProductsDeps, 'db'>,
  channel: string,
  locale: string,
  query: ProductListRequest,
): Promise<string> {
  const db = deps.db.sql
  const words = searchWords(query.search ?? '')
  if (!words && (query.search ?? '').trim() !== '') return NOTHING
  // The planner must see the id itself: how common a category is decides between its two ways.
  const category = query.category === undefined ? null : await categoryIdOf(db, query.category)
  if (category === undefined) return NOTHING

  const sort = query.sort ?? (words ? 'relevance' : 'newest')
  const at = list.position({ ...query, sort })
  const named = (table: string, asked: string | undefined) =>
    asked === undefined
      ? db`null::uuid`
      : db`(select n.id from ${db(table)} n where n.slug = ${asked} or n.id::text = ${asked} limit 1)`
  const [brand, seller] = [named('brands', query.brand), named('sellers', query.seller)]
  const rows = await (words
    ? db<Row[]>`
        with asked as (select websearch_to_tsquery(search_config(${locale}), ${words.text}) || to_tsquery('pg_catalog.simple', ${words.beginnings}) as words)
        select found.card::text as card, ${at.keys(db)}
          from (select c.*, ts_rank(c.words, asked.words)::float8 as rank
                  from asked, search_cards(${channel}, ${locale}, asked.words, ${words.part ?? null}, ${category}, ${brand}, ${seller}, ${query.tag ?? null},
                                           ${query.minPrice ?? null}, ${query.maxPrice ?? null}, ${query.inStock ?? null}, ${MATCHES_AT_MOST}) c) found
         where true ${at.after(db)} ${at.order(db)}`
    : db<Row[]>`
        select found.card::text as card, ${at.keys(db)}
          from (select c.*, 0::float8 as rank from product_cards c) found
         where found.channel = ${channel} and found.locale = ${locale}
               ${category ? db`and found.category_ids @> array[${category}::uuid]` : db``}
               ${query.brand ? db`and found.brand_id = ${brand}` : db``}
               ${query.seller ? db`and found.seller_id = ${seller}` : db``}
               ${query.tag ? db`and found.tags @> array[${query.tag}]` : db``}
               ${query.minPrice === undefined ? db`` : db`and found.price >= ${query.minPrice}`}
               ${query.maxPrice === undefined ? db`` : db`and found.price <= ${query.maxPrice}`}
               ${query.inStock === undefined ? db`` : db`and found.in_stock = ${query.inStock}`}
               ${at.after(db)} ${at.order(db)}`)
  const { items, next } = at.page(rows, (row) => row.card)
  return `{"items":[${items.join(',')}]${next ? `,"next":${JSON.stringify(next)}` : ''}}`
}
