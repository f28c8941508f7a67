import Type from 'typebox'
import { ChannelKey } from '#contracts/values.ts'
import { errors } from '#kit/http/errors.ts'
import { ascending, descending, keyset, PageQuery, type PageRequest } from '#kit/http/paging.ts'
import { closed } from '#kit/messaging/event.ts'
import type { ProductsDeps } from '../deps.ts'
import { cardColumns, cardsInOrder, type CardRow, pageOf } from './cards-in-order.ts'
import { categoryIdOf } from './category-id.ts'
import type { CardPage } from './show-cards.ts'

const NOTHING: CardPage = { cards: [] }

const sorts = {
  newest: descending('c.published_at', 'timestamptz'),
  price: ascending('c.price', 'bigint'),
  '-price': descending('c.price', 'bigint'),
  title: ascending('c.title', 'text'),
}
const searchSorts = ['relevance', 'newest', 'price', '-price'] as const
const searchFilters = ['category', 'brand', 'seller', 'tag', 'minPrice', 'maxPrice', 'inStock', 'cursor'] as const
const isSearchSort = (sort: string): sort is (typeof searchSorts)[number] => (searchSorts as readonly string[]).includes(sort)
const sortOf = (names: readonly string[]) => Type.Optional(Type.Unsafe<string>({ type: 'string', enum: [...names] }))
const list = keyset({ list: 'products', id: { column: 'c.product_id', type: 'uuid' }, sorts, initial: 'newest' })

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
  const db = deps.db.brief
  // The planner must see the id itself: how common a category is decides between its two ways.
  const category = query.category === undefined ? null : await categoryIdOf(db, query.category)
  if (category === undefined) return NOTHING

  const at = list.position(query)
  const named = (table: string, asked: string) =>
    db`(select n.id from ${db(table)} n where n.slug = ${asked} or n.id::text = ${asked} limit 1)`
  const rows = await db<CardRow[]>`
    select ${cardColumns(db)}, ${at.keys(db)} from product_cards c
     where c.channel = ${channel} and c.locale = ${locale}
           ${category ? db`and c.category_ids @> array[${category}::uuid]` : db``}
           ${query.brand ? db`and c.brand_id = ${named('brands', query.brand)}` : db``}
           ${query.seller ? db`and c.seller_id = ${named('sellers', query.seller)}` : db``}
           ${query.tag ? db`and c.tags @> array[${query.tag}]` : db``}
           ${query.minPrice === undefined ? db`` : db`and c.price >= ${query.minPrice}`}
           ${query.maxPrice === undefined ? db`` : db`and c.price <= ${query.maxPrice}`}
           ${query.inStock === undefined ? db`` : db`and c.in_stock = ${query.inStock}`}
           ${at.after(db)} ${at.order(db)}`
  const { items, next } = at.page(rows, (row) => row)
  return { ...pageOf(items), next }
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
  return { ...(await cardsInOrder(db.brief, channel, locale, productIds)), next }
}
