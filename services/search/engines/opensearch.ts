import type { Db } from '#kit/db/db.ts'
import type { Wish } from '../understand.ts'
import { type FacetCount, facetOf, type Found, type Hit, type Question, type SearchEngine, type Sort } from './engine.ts'
import { languageOf } from './opensearch-index.ts'
import type { OpenSearchClient } from './opensearch-client.ts'

const MOST_TERMS = 3000
const MOST_VALUES = 60
const MOST_CATEGORIES = 300

interface Answer {
  hits: {
    total?: { value: number }
    hits: { _source: { productId: string; title: string; description: string }; sort: (string | number)[] }[]
  }
  aggregations?: Record<string, { terms: { buckets: { key: number; doc_count: number }[] } }>
}

/** A copy of the read model in OpenSearch. Understanding a question and naming terms stay with PostgreSQL, which has them by key. */
export function createOpenSearchEngine({ sql }: Pick<Db, 'sql'>, client: OpenSearchClient): SearchEngine {
  return {
    name: 'opensearch',
    async find(question): Promise<Found> {
      const language = languageOf(await localeOf(question.shelf))
      const answer = await client.call<Answer>('POST', `/${client.alias}/_search`, bodyOf(question, language))
      const hits: Hit[] = answer.hits.hits.map(({ _source, sort }) => ({
        productId: _source.productId,
        value: String(sort[0]),
        title: _source.title,
        description: _source.description,
      }))
      const total = answer.hits.total?.value ?? 0
      return {
        hits,
        total,
        counts: question.glance || !question.counted ? [] : await named(question, answer.aggregations ?? {}),
        exact: true,
      }
    },
  }

  async function named(question: Question, aggregations: NonNullable<Answer['aggregations']>): Promise<FacetCount[]> {
    const counts = new Map<string, { part: string; term: number; documents: number }>()
    for (const [part, { terms }] of Object.entries(aggregations))
      for (const { key, doc_count } of terms.buckets)
        if (key > 0) counts.set(`${part} ${key}`, { part, term: key, documents: doc_count })
    const rows = await sql<Omit<FacetCount, 'documents'>[]>`
      select t.id as term, t.kind, t.key, t.label, t.slug, t.parent from terms t
       where t.id = any (${[...new Set([...counts.values()].map(({ term }) => term))]}) and t.kind <> 'shelf'`
    const byTerm = new Map(rows.map((row) => [row.term, row]))
    const chosen = new Set(question.choices.map(({ facet }) => facet))
    const all = [...counts.values()].flatMap(({ part, term, documents }) => {
      const row = byTerm.get(term)
      if (!row) return []
      const facet = facetOf(row)
      // a facet that was chosen is counted in a part of its own
      return (chosen.has(facet) ? facet : 'all') === part ? [{ ...row, documents }] : []
    })
    return [...Map.groupBy(all, ({ kind }) => kind).entries()].flatMap(([kind, own]) =>
      own
        .sort((a, b) => b.documents - a.documents || a.term - b.term)
        .slice(0, kind === 'category' ? MOST_CATEGORIES : MOST_VALUES),
    )
  }

  async function localeOf(shelf: number): Promise<string> {
    const [row] = await sql<{ locale: string }[]>`select t.locale from terms t where t.id = ${shelf}`
    return row?.locale ?? ''
  }
}

const has = (term: number) => ({ term: { facets: term } })
const oneOf = (terms: readonly number[]) => ({ terms: { facets: terms } })

function bodyOf(question: Question, language: string): object {
  const choices = question.choices.map(({ facet, terms }) => ({ facet, filter: oneOf(terms) }))
  const counted = (filters: readonly object[]) => ({
    filter: { bool: { filter: filters } },
    aggs: { terms: { terms: { field: 'facets', size: MOST_TERMS } } },
  })
  return {
    size: question.limit,
    _source: ['productId', 'title', 'description'],
    track_total_hits: !question.glance,
    query: scored(question, language),
    post_filter: { bool: { filter: choices.map(({ filter }) => filter) } },
    sort: sortOf(question),
    ...(question.after ? { search_after: [afterValue(question), question.after.id] } : {}),
    ...(question.glance || !question.counted
      ? {}
      : {
          aggs: {
            all: counted(choices.map(({ filter }) => filter)),
            ...Object.fromEntries(
              choices.map(({ facet }) => [
                facet,
                counted(choices.filter((other) => other.facet !== facet).map(({ filter }) => filter)),
              ]),
            ),
          },
        }),
  }
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
      ...(wishes.length > 0 ? { should: wishes, minimum_should_match: question.enough } : {}),
      ...(question.liked ? { should: [{ match: { [`titleText.${language}`]: question.liked.join(' ') } }] } : {}),
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
