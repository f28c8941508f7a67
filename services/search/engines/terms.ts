/** Numbers of terms with what a shopper reads beside them: the same for every engine. */
import type { Query } from '#kit/db/db.ts'
import { type Choice, type FacetCount, facetOf, WHOLE } from './engine.ts'

/** Terms by their numbers, each with how many documents have it. */
export interface Counted {
  readonly terms: readonly number[]
  readonly documents: readonly number[]
  /** of the names of terms, when they were counted */
  readonly version: bigint | number
}

type Term = Omit<FacetCount, 'documents'>

const MOST_CATEGORIES = 150
const MOST_VALUES = 60

export type NameTerms = (counted: Counted, choices: readonly Choice[]) => Promise<FacetCount[]>

/**
 * Names what was counted, of each facet as many values as are shown: 150 categories, 60 of anything else, the most frequent ones (of those that are
 * as frequent, the older ones); ranges of prices, stars, stock and what was chosen always. Each facet has its own bound, so that none takes the place of
 * another's. Names stay in memory until one of them changes.
 */
export function termNames(sql: Query): NameTerms {
  let names = { version: -1, terms: new Map<number, Term>() }
  return async (counted, choices) => {
    const version = Number(counted.version)
    if (version > names.version) names = { version, terms: new Map() }
    // whoever still loads older names puts them where nobody looks any more
    const { terms } = names
    const unknown = counted.terms.filter((term) => !terms.has(term))
    if (unknown.length > 0) {
      const rows = await sql<Term[]>`
        select t.id as term, t.kind, t.key, t.label, t.slug, t.parent from terms t where t.id = any (${unknown})`
      for (const row of rows) terms.set(row.term, row)
    }
    return shown(counted, terms, choices)
  }
}

function shown({ terms, documents }: Counted, known: ReadonlyMap<number, Term>, choices: readonly Choice[]): FacetCount[] {
  const facets = new Map<string, { term: Term; documents: number }[]>()
  for (const [at, id] of terms.entries()) {
    const term = known.get(id)
    if (!term || term.kind === 'shelf') continue
    const facet = facetOf(term)
    const values = facets.get(facet)
    if (values) values.push({ term, documents: documents[at]! })
    else facets.set(facet, [{ term, documents: documents[at]! }])
  }
  const chosen = new Set(choices.flatMap((choice) => choice.terms))
  return [...facets].flatMap(([facet, values]) => {
    const most = WHOLE.includes(facet) ? values.length : facet === 'category' ? MOST_CATEGORIES : MOST_VALUES
    if (values.length > most) values.sort((a, b) => b.documents - a.documents || a.term.term - b.term.term)
    return values.flatMap(({ term, documents: own }, place) =>
      place < most || chosen.has(term.term) ? [{ ...term, documents: own }] : [],
    )
  })
}
