import type { Db } from '#kit/db/db.ts'
import type { Wish } from '../understand.ts'
import { type FacetCount, facetOf, type Found, type Hit, type Question, type SearchEngine, type Sort, WHOLE } from './engine.ts'
import { languageOf } from './opensearch-index.ts'
import type { OpenSearchClient } from './opensearch-client.ts'
import { termNames } from './terms.ts'

/** Terms of one count, the most frequent ones; with more of them the rarest are not known. */
const MOST_TERMS = 10_000

interface Buckets {
  readonly sum_other_doc_count: number
  readonly buckets: readonly { readonly key: number; readonly doc_count: number }[]
}
interface Answer {
  hits: {
    total?: { value: number }
    hits: { _source: { productId: string; title: string; description: string }; sort: (string | number)[] }[]
  }
  /** by facet that was chosen; of all others, `all` */
  aggregations?: Readonly<Record<string, { readonly terms: Buckets }>>
}
type Aggregations = NonNullable<Answer['aggregations']>

/** A copy of the read model in OpenSearch. Understanding a question and naming terms stay with PostgreSQL, which has them by key. */
export function createOpenSearchEngine(
  { brief: sql }: Pick<Db, 'brief'>,
  client: OpenSearchClient,
  { mostTerms = MOST_TERMS }: { readonly mostTerms?: number } = {},
): SearchEngine {
  const nameTerms = termNames(sql)
  const ask = (body: object) => client.call<Answer>('POST', `/${client.alias}/_search`, body)
  return {
    name: 'opensearch',
    async find(question): Promise<Found> {
      const body = questionBody(question, languageOf(await localeOf(question.shelf)))
      const counted = question.counted && !question.glance
      const answer = await ask(counted ? { ...body, aggs: countsOf(question, { size: mostTerms }) } : body)
      const hits: Hit[] = answer.hits.hits.map(({ _source, sort }) => ({
        productId: _source.productId,
        value: String(sort[0]),
        title: _source.title,
        description: _source.description,
      }))
      const found = { hits, total: answer.hits.total?.value ?? 0 }
      if (!counted) return { ...found, counts: [], exact: true }
      const aggregations = answer.aggregations ?? {}
      const exact = Object.values(aggregations).every(({ terms }) => terms.sum_other_doc_count === 0)
      const counts = await named(question, exact ? [aggregations] : [aggregations, await wholeFacets(question, body)])
      return { ...found, counts, exact }
    },
  }

  /** Ranges of prices, stars and stock, where there are so many terms that these may not be among the most frequent ones. */
  async function wholeFacets(question: Question, body: object): Promise<Aggregations> {
    const rows = await sql<{ id: number }[]>`
      select t.id from terms shelf join terms t on t.locale = shelf.locale and t.kind = any (${WHOLE}::text[]) where shelf.id = ${question.shelf}`
    if (rows.length === 0) return {}
    const include = rows.map(({ id }) => id)
    const aggs = countsOf(question, { size: include.length, include })
    return (await ask({ ...body, size: 0, search_after: undefined, aggs })).aggregations ?? {}
  }

  async function named(question: Question, counted: readonly Aggregations[]): Promise<FacetCount[]> {
    const chosen = new Set(question.choices.map(({ facet }) => facet))
    const buckets = counted.flatMap((aggregations) =>
      Object.entries(aggregations).flatMap(([part, { terms }]) => terms.buckets.map((bucket) => ({ part, ...bucket }))),
    )
    const parts = Map.groupBy(buckets, ({ part }) => part)
    const [names] = await sql<{ version: bigint }[]>`select n.version from term_names n`
    const counts = await Promise.all(
      [...parts].map(async ([part, own]) => {
        const byTerm = new Map(own.map(({ key, doc_count }) => [key, doc_count]))
        const counted = { terms: [...byTerm.keys()], documents: [...byTerm.values()], version: names!.version }
        // a facet that was chosen is counted in a part of its own
        const belongs = (one: FacetCount) => (chosen.has(facetOf(one)) ? facetOf(one) : 'all') === part
        return (await nameTerms(counted, question.choices)).filter(belongs)
      }),
    )
    return counts.flat()
  }

  async function localeOf(shelf: number): Promise<string> {
    const [row] = await sql<{ locale: string }[]>`select t.locale from terms t where t.id = ${shelf}`
    return row?.locale ?? ''
  }
}

const has = (term: number) => ({ term: { facets: term } })
const oneOf = (terms: readonly number[]) => ({ terms: { facets: terms } })

/** What OpenSearch is sent, without what it counts. */
function questionBody(question: Question, language: string): object {
  return {
    size: question.limit,
    _source: ['productId', 'title', 'description'],
    track_total_hits: !question.glance,
    query: scored(question, language),
    post_filter: { bool: { filter: question.choices.map(({ terms }) => oneOf(terms)) } },
    sort: sortOf(question),
    ...(question.after ? { search_after: [afterValue(question), question.after.id] } : {}),
  }
}

/** Numbers by term: with all choices, and for each facet of a choice without its own. */
function countsOf({ choices }: Question, which: { readonly size: number; readonly include?: readonly number[] }): object {
  const without = (facet?: string) => ({
    filter: { bool: { filter: choices.filter((other) => other.facet !== facet).map(({ terms }) => oneOf(terms)) } },
    aggs: { terms: { terms: { field: 'facets', ...which } } },
  })
  return { all: without(), ...Object.fromEntries(choices.map(({ facet }) => [facet, without(facet)])) }
}

function scored(question: Question, language: string): object {
  const range = {
    ...(question.lowest === null ? {} : { gte: question.lowest }),
    ...(question.highest === null ? {} : { lte: question.highest }),
  }
  const wishes = question.wishes.map((wish) => wished(wish, language))
  const query = {
    bool: {
      filter: [...question.must.map(has), ...(Object.keys(range).length > 0 ? [{ range: { price: range } }] : [])],
      must_not: question.skipped.length > 0 ? [{ terms: { productId: question.skipped } }] : [],
      ...(wishes.length > 0 ? { must: [{ bool: { should: wishes, minimum_should_match: question.enough } }] } : {}),
      should: question.liked
        ? [`titleText.${language}`, 'titleText.plain'].map((field) => ({ match: { [field]: question.liked!.join(' ') } }))
        : [],
    },
  }
  const boosts = Object.entries(question.boosts)
  if (boosts.length === 0) return query
  const functions = boosts.map(([productId, weight]) => ({ filter: { term: { productId } }, weight }))
  return { function_score: { query, functions, score_mode: 'multiply', boost_mode: 'multiply' } }
}

/** One way is enough. A word that occurs nowhere may also be a slip of one that OpenSearch knows. */
function wished({ typed, ways, documents }: Wish, language: string): object {
  const fields = [`titleText.${language}^4`, `titleText.plain^2`, `aside.${language}^2`, `descriptionText.${language}^0.4`]
  const queries: object[] = ways.map(({ words }) =>
    words.length === 1
      ? { multi_match: { query: words[0], fields, type: 'most_fields' } }
      : { bool: { must: words.map((word) => ({ multi_match: { query: word, fields, type: 'most_fields' } })) } },
  )
  if (documents === 0)
    queries.push({
      multi_match: { query: typed, fields: ['titleText.plain', 'aside.plain'], fuzziness: 'AUTO', prefix_length: 1 },
    })
  return { dis_max: { queries, tie_breaker: 0.1 } }
}

const ORDERS: Readonly<Record<Sort, readonly [field: string, way: 'asc' | 'desc']>> = {
  relevance: ['_score', 'desc'],
  bestselling: ['popularity', 'desc'],
  newest: ['publishedAt', 'desc'],
  price: ['price', 'asc'],
  '-price': ['price', 'desc'],
  rating: ['rating', 'desc'],
}

function sortOf({ sort, wishes, liked }: Question): object[] {
  const [field, way] = ORDERS[sort === 'relevance' && wishes.length === 0 && !liked ? 'bestselling' : sort]
  return [{ [field]: way }, { productId: way }]
}

const afterValue = ({ after }: Question): number => Number(after!.value)
