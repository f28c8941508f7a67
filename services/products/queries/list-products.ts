import Type from 'typebox'
import { ChannelKey } from '#contracts/values.ts'
import type { Query } from '#kit/db/db.ts'
import { ascending, descending, keyset, type PageRequest } from '#kit/http/paging.ts'
import { searchWords } from '../search-words.ts'

/** Relevance is worked out among this many newest matches, so that a common word does not rank a whole catalogue. */
const RANKED_AT_MOST = 2000

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
export async function listProducts(db: Query, channel: string, locale: string, query: ProductListRequest): Promise<string> {
  const words = searchWords(query.search ?? '')
  const nothingMeant = query.search !== undefined && query.search.trim() !== '' && words === undefined
  if (nothingMeant) return '{"items":[]}'
  const sort = query.sort ?? (words ? 'relevance' : 'newest')
  const at = list.position({ ...query, sort })
  const named = (table: string, asked: string) => db`(select n.id from ${db(table)} n where n.slug = ${asked} or n.id::text = ${asked} limit 1)`
  const matching = words
    ? db`(websearch_to_tsquery(search_config(${locale}), ${words.text}) || to_tsquery('pg_catalog.simple', ${words.beginnings}))`
    : undefined
  const conditions = db`
    c.channel = ${channel} and c.locale = ${locale}
    ${query.category ? db`and c.category_ids @> array[${named('categories', query.category)}]` : db``}
    ${query.brand ? db`and c.brand_id = ${named('brands', query.brand)}` : db``}
    ${query.seller ? db`and c.seller_id = ${named('sellers', query.seller)}` : db``}
    ${query.tag ? db`and c.tags @> array[${query.tag}]` : db``}
    ${query.minPrice === undefined ? db`` : db`and c.price >= ${query.minPrice}`}
    ${query.maxPrice === undefined ? db`` : db`and c.price <= ${query.maxPrice}`}
    ${query.inStock === undefined ? db`` : db`and c.in_stock = ${query.inStock}`}
    ${matching && words ? (words.part ? db`and (c.words @@ ${matching} or lower(c.title) like ${words.part})` : db`and c.words @@ ${matching}`) : db``}`
  const found =
    matching && sort === 'relevance'
      ? db`(select w.*, ts_rank(w.words, ${matching})::float8 as rank
              from (select c.* from product_cards c where ${conditions} order by c.published_at desc, c.product_id desc limit ${RANKED_AT_MOST}) w)`
      : db`(select c.*, 0::float8 as rank from product_cards c where ${conditions})`
  const rows = await db<{ card: string }[]>`select found.card::text as card, ${at.keys(db)} from ${found} found where true ${at.after(db)} ${at.order(db)}`
  const { items, next } = at.page(rows, (row) => row.card)
  return `{"items":[${items.join(',')}]${next ? `,"next":${JSON.stringify(next)}` : ''}}`
}
