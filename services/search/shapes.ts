/** Shapes of what comes in and goes out over HTTP. */
import Type, { type Static } from 'typebox'
import { Card } from '#contracts/rpc/catalogue.ts'
import { Nullable, Uuid } from '#contracts/values.ts'
import { Currency } from '#kit/core/money.ts'
import { PageQuery } from '#kit/http/paging.ts'
import { closed } from '#kit/messaging/event.ts'
import { sortNames } from './engines/engine.ts'

const Name = Type.String({ minLength: 1, maxLength: 120 })
const names = (description: string) => Type.Optional(Type.Array(Name, { maxItems: 20, description }))

export const Words = Type.String({ maxLength: 400, description: 'what the shopper typed' })
export const SearchQuery = closed({
  ...PageQuery,
  q: Type.Optional(Words),
  category: names('id or address of a category, with everything below it; several: one of them'),
  brand: names('id or address of a brand'),
  seller: names('id or address of a seller'),
  tag: names('a tag'),
  option: Type.Optional(
    Type.Array(Type.String({ minLength: 3, maxLength: 130, pattern: '^[^:]+:.+$' }), {
      maxItems: 40,
      description: '`colour:red`: a value of an option; values of one option are alternatives, options narrow each other',
    }),
  ),
  price: Type.Optional(
    Type.Array(Type.String({ pattern: '^\\d{1,12}-\\d{1,12}$' }), {
      maxItems: 20,
      description: '`1000-2000`: a range of prices as the facet names it, in minor units',
    }),
  ),
  minPrice: Type.Optional(Type.Integer({ minimum: 0, description: 'minor units of the channel’s currency' })),
  maxPrice: Type.Optional(Type.Integer({ minimum: 0 })),
  rating: Type.Optional(Type.Integer({ minimum: 1, maximum: 5, description: 'at least so many stars' })),
  inStock: Type.Optional(Type.Boolean()),
  sort: Type.Optional(
    Type.Unsafe<(typeof sortNames)[number]>({
      type: 'string',
      enum: [...sortNames],
      description: 'relevance by default; without words that is what sells best',
    }),
  ),
  facets: Type.Boolean({ default: true, description: 'whether products are counted by facet' }),
})
export type SearchQuery = Static<typeof SearchQuery>

const Count = Type.Integer({ minimum: 0 })
const Place = closed({ id: Uuid, slug: Nullable(Type.String()), title: Type.String(), count: Count })
/** How many values: engines/terms.ts. */
export const Facets = closed({
  categories: Type.Array(closed({ ...Place.properties, parentId: Nullable(Uuid) })),
  brands: Type.Array(Place),
  sellers: Type.Array(Place),
  tags: Type.Array(closed({ tag: Type.String(), count: Count })),
  options: Type.Array(
    closed({
      key: Type.String(),
      title: Type.String(),
      values: Type.Array(closed({ key: Type.String(), title: Type.String(), count: Count })),
    }),
  ),
  prices: Type.Array(
    closed({ range: Type.String(), from: Type.Integer(), to: Type.Integer(), currency: Currency, count: Count }),
  ),
  ratings: Type.Array(closed({ stars: Type.Integer(), count: Count }), {
    description: 'products with at least so many stars',
  }),
  inStock: Count,
})
export type Facets = Static<typeof Facets>

export const Hit = closed({
  ...Card.properties,
  /** HTML: the words that were found in `<mark>`, everything else escaped */
  highlight: closed({ title: Type.String(), description: Nullable(Type.String()) }),
  pinned: Type.Boolean(),
})

export const SearchAnswer = closed({
  items: Type.Array(Hit),
  next: Type.Optional(Type.String({ description: 'cursor of the next page' })),
  total: Count,
  exact: Type.Boolean({ description: 'false: the numbers are estimates, too many products fit to count them all' }),
  didYouMean: Nullable(
    Type.String({ description: 'what was looked for instead of a word that occurs nowhere, or not together with the others' }),
  ),
  mayMean: Nullable(
    Type.String({ description: 'what few fit may be a slip: the question with a far more common word. It was not looked for' }),
  ),
  relaxed: Type.Boolean({ description: 'nothing has all of the words: these have some' }),
  facets: Nullable(Facets),
})
export type SearchAnswer = Static<typeof SearchAnswer>

export const SuggestQuery = closed({ q: Words, limit: Type.Integer({ minimum: 1, maximum: 20, default: 8 }) })
export const Suggestions = closed({
  queries: Type.Array(Type.String(), { description: 'what to search for: questions others asked, and the words that fit' }),
  categories: Type.Array(closed({ id: Uuid, slug: Nullable(Type.String()), title: Type.String() })),
  brands: Type.Array(closed({ id: Uuid, slug: Nullable(Type.String()), title: Type.String() })),
  products: Type.Array(Card),
})
export type Suggestions = Static<typeof Suggestions>
