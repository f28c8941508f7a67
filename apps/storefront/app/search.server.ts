import type { Answer, Client } from '../../../packages/client/src/client.ts'
import { busyPage, SoukError } from './api.server.ts'

export const SORTS = ['relevance', 'bestselling', 'newest', 'price', '-price', 'rating'] as const
export type Sort = (typeof SORTS)[number]
export type Found = Pick<
  Answer<'GET /api/search'>,
  'items' | 'next' | 'total' | 'exact' | 'didYouMean' | 'mayMean' | 'relaxed' | 'facets'
>
export type Facets = NonNullable<Found['facets']>

/** What an address of a list asks for; names are those of its form, values of one name are alternatives. */
export interface Wish {
  readonly q: string
  readonly sort: Sort
  readonly category: readonly string[]
  readonly brand: readonly string[]
  readonly option: readonly string[]
  readonly price: readonly string[]
  readonly from: number | undefined
  readonly to: number | undefined
  readonly rating: number | undefined
  readonly inStock: boolean
  readonly after: string | undefined
}

const PAGE = 24
const MOST_VALUES = 20

/** "19,95" and "19.95" in minor units. */
const amountOf = (text: string | null): number | undefined => {
  const value = Math.round(Number(text?.replace(',', '.')) * 100)
  return text && Number.isSafeInteger(value) && value >= 0 ? value : undefined
}

/** Anything an address does not say in a way the shop knows is left out: links grow old. */
export function wishOf(search: URLSearchParams): Wish {
  const all = (name: string, pattern: RegExp) => [
    ...new Set(search.getAll(name).filter((value) => value.length <= 120 && pattern.test(value))),
  ]
  const q = search.get('q')?.trim().slice(0, 100) ?? ''
  const sort = SORTS.find((one) => one === search.get('sort'))
  const stars = Number(search.get('rating'))
  return {
    q,
    sort: sort ?? (q ? 'relevance' : 'bestselling'),
    category: all('category', /^[^,]+$/).slice(0, MOST_VALUES),
    brand: all('brand', /^[^,]+$/).slice(0, MOST_VALUES),
    option: all('option', /^[^:,]+:[^,]+$/).slice(0, MOST_VALUES * 2),
    price: all('price', /^\d{1,12}-\d{1,12}$/).slice(0, MOST_VALUES),
    from: amountOf(search.get('from')),
    to: amountOf(search.get('to')),
    rating: stars >= 1 && stars <= 5 ? Math.trunc(stars) : undefined,
    inStock: search.get('stock') === '1',
    after: search.get('after') ?? undefined,
  }
}

const some = (values: readonly string[]) => (values.length > 0 ? [...values] : undefined)

/**
 * Products for a wish, within a category where one is given. The read model of search answers; while it is away the catalogue does, without numbers
 * beside the filters and without those filters it does not know.
 */
export async function find(api: Client, wish: Wish, category: string | undefined): Promise<Found> {
  const { q, sort, from, to, rating, inStock, after } = wish
  const range = { minPrice: from, maxPrice: to, inStock: inStock || undefined, cursor: after, limit: PAGE }
  try {
    return await api.call('GET /api/search', {
      query: {
        ...range,
        q: q || undefined,
        sort,
        category: category ? [category] : some(wish.category),
        brand: some(wish.brand),
        option: some(wish.option),
        price: some(wish.price),
        rating,
        // a further page is added below the first one, which has the numbers
        facets: after === undefined,
      },
    })
  } catch (error) {
    const away = error === busyPage || (error instanceof SoukError && error.status >= 500)
    if (!away) throw error
    const { items, next } = await api.call('GET /api/products', {
      query: {
        ...range,
        search: q || undefined,
        category: category ?? wish.category[0],
        sort: sort === 'price' || sort === '-price' ? sort : q ? 'relevance' : 'newest',
      },
    })
    return {
      items: items.map((item) => ({ ...item, highlight: { title: item.title, description: null }, pinned: false })),
      total: items.length,
      exact: next === undefined,
      didYouMean: null,
      mayMean: null,
      relaxed: false,
      facets: null,
      ...(next ? { next } : {}),
    }
  }
}
