import Type from 'typebox'
import { ChannelKey } from '#contracts/values.ts'
import { errors } from '#kit/http/errors.ts'
import { ascending, descending, keyset, PageQuery, type PageRequest } from '#kit/http/paging.ts'
import { closed } from '#kit/messaging/event.ts'
import type { ProductsDeps } from '../deps.ts'
import { cardsInOrder } from './cards-in-order.ts'
import { categoryIdOf } from './category-id.ts'
import type { CardPage } from './show-cards.ts'

const NOTHING: CardPage = { cards: [] }

type Row = { card: string }

const sorts = {
  newest: descending('found.published_at', 'timestamptz'),
  price: ascending('found.price', 'bigint'),
  '-price': descending('found.price', 'bigint'),
  title: ascending('found.title', 'text'),
}
const searchSorts = ['relevance', 'newest', 'price', '-price'] as const
const searchFilters = ['category', 'brand', 'seller', 'tag', 'minPrice', 'maxPrice', 'inStock', 'cursor'] as const
const isSearchSort = (sort: string): sort is (typeof searchSorts)[number] => (searchSorts as readonly string[]).includes(sort)
const sortOf = (names: readonly string[]) => Type.Optional(Type.Unsafe<string>({ type: 'string', enum: [...names] }))
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
export const ProductListQuery = list.query({
  search: Type.Optional(Type.String({ ...Words, description: 'words to find; then `sort` is that of a search' })),
  ...filters,
  sort: sortOf([...Object.keys(sorts), 'relevance']),
})
export const ProductSearchQuery = closed({ ...PageQuery, q: Words, ...filters, sort: sortOf(searchSorts) })
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

/** One page of cards, in one statement without joins: the cards are kept ready (see refresh_cards). */
export async function listProducts(
  deps: Pick<ProductsDeps, 'db'>,
  channel: string,
  locale: string,
  query: ProductListRequest,
): Promise<CardPage> {
  const db = deps.db.sql
  // The planner must see the id itself: how common a category is decides between its two ways.
  const category = query.category === undefined ? null : await categoryIdOf(db, query.category)
  if (category === undefined) return NOTHING

  const at = list.position(query)
  const named = (table: string, asked: string) =>
    db`(select n.id from ${db(table)} n where n.slug = ${asked} or n.id::text = ${asked} limit 1)`
  const rows = await db<Row[]>`
    select found.card::text as card, ${at.keys(db)} from product_cards found
     where found.channel = ${channel} and found.locale = ${locale}
           ${category ? db`and found.category_ids @> array[${category}::uuid]` : db``}
           ${query.brand ? db`and found.brand_id = ${named('brands', query.brand)}` : db``}
           ${query.seller ? db`and found.seller_id = ${named('sellers', query.seller)}` : db``}
           ${query.tag ? db`and found.tags @> array[${query.tag}]` : db``}
           ${query.minPrice === undefined ? db`` : db`and found.price >= ${query.minPrice}`}
           ${query.maxPrice === undefined ? db`` : db`and found.price <= ${query.maxPrice}`}
           ${query.inStock === undefined ? db`` : db`and found.in_stock = ${query.inStock}`}
           ${at.after(db)} ${at.order(db)}`
  const { items: cards, next } = at.page(rows, (row) => row.card)
  return { cards, next }
}

/** The same for words: the search service finds, in its order; what is shown is ours. */
export async function searchProducts(
  { db, search }: Pick<ProductsDeps, 'db' | 'search'>,
  channel: string,
  locale: string,
  query: ProductListRequest,
): Promise<CardPage> {
  const { search: q = '', sort = 'relevance', limit } = query
  if (!isSearchSort(sort))
    throw errors.invalidInput({}, { fields: [{ pointer: '?sort', message: `must be one of ${searchSorts.join(', ')}` }] })
  const asked = searchFilters.flatMap((name) => (query[name] === undefined ? [] : [[name, query[name]] as const]))
  const { productIds, next } = await search.find({ channel, locale, q, sort, limit, ...Object.fromEntries(asked) })
  return { cards: await cardsInOrder(db.sql, channel, locale, productIds), next }
}
