/** What an engine is asked, whichever it is. */
import type { Wish } from '../understand.ts'

export const sortNames = ['relevance', 'bestselling', 'newest', 'price', '-price', 'rating'] as const
export type Sort = (typeof sortNames)[number]

/** A facet somebody chose values of: a product has to have one of them. `brand`, `category`, `option:size` … */
export interface Choice {
  readonly facet: string
  readonly terms: readonly number[]
}

/** A value of a facet with the number of products that have it. */
export interface FacetCount {
  readonly term: number
  readonly kind: string
  readonly key: string
  readonly label: string
  readonly slug: string | null
  readonly parent: string | null
  readonly documents: number
}

/** The facet a value belongs to. */
export const facetOf = ({ kind, key }: Pick<FacetCount, 'kind' | 'key'>): string =>
  kind === 'option' ? `option:${key.slice(0, key.indexOf(':'))}` : kind

/** Kinds of which every value is counted: they are few. */
export const WHOLE = ['price', 'rating', 'stock']

export interface Question {
  readonly live: string
  readonly shelf: number
  /** documents there are of the language, about */
  readonly documents: number
  readonly wishes: readonly Wish[]
  /** words, as they are indexed, that a product need not have: the more of them, the higher it stands */
  readonly liked?: readonly string[]
  /** how many of the wishes a product has to fulfil */
  readonly enough: number
  /** terms that a product must have, all of them */
  readonly must: readonly number[]
  readonly choices: readonly Choice[]
  readonly lowest: number | null
  readonly highest: number | null
  readonly sort: Sort
  /** factors for single products */
  readonly boosts: Readonly<Record<string, number>>
  /** products that are shown in another way already */
  readonly skipped: readonly string[]
  readonly after: { readonly value: string; readonly id: string } | undefined
  readonly limit: number
  /** whether terms are counted as well, not only documents */
  readonly counted: boolean
  /** only some good ones, at once, and no numbers: for suggestions */
  readonly glance?: boolean
}

export interface Hit {
  readonly productId: string
  /** what the order goes by, as text: the next page begins behind it */
  readonly value: string
  readonly title: string
  readonly description: string
}

export interface Found {
  readonly hits: readonly Hit[]
  readonly total: number
  /** of a facet that was chosen, as if nothing of it were */
  readonly counts: readonly FacetCount[]
  /** false: numbers are estimates from a sample */
  readonly exact: boolean
}

/** Finds documents of the read model. Drivers: PostgreSQL, which is the read model, and OpenSearch, which has a copy of it. */
export interface SearchEngine {
  readonly name: string
  find(question: Question): Promise<Found>
}
