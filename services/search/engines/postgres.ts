import type { Db } from '#kit/db/db.ts'
import { type FacetCount, facetOf, type Found, type Hit, type Question, type SearchEngine } from './engine.ts'

/** Up to so many documents are all looked at; of more, counts come from a sample and hits from the best-selling ones. */
const LOOKED_AT = 1000
/** A sample of fewer documents says too little. */
const SMALLEST_SAMPLE = 300
/** Where more fit, the order by relevance is that of this many, the best-selling. */
const RANKED = 500
const HIGHEST_SAMPLE = 12
/** A suggestion is the best of the first so many. */
const GLANCED_AT = 100

type Counts = { total: number; counts: FacetCount[] }

/** The read model itself. What it asks are functions of migrations/002_find.sql and later ones. */
export function createPostgresEngine({ sql }: Pick<Db, 'sql'>): SearchEngine {
  const count = async (question: Question, without: string | undefined, level: number): Promise<Counts> => {
    const rows = await sql<(Omit<FacetCount, 'documents'> & { documents: bigint })[]>`
      select c.* from count_documents(${question.live}, ${wanted(question)}::tsquery, ${[...question.must, ...sample(level)]},
        ${choicesOf(question, without)}::text::jsonb, ${question.lowest}, ${question.highest}, ${question.counted}) c`
    const counts = rows.map((row) => ({ ...row, documents: Number(row.documents) * 2 ** level }))
    return { total: counts.find(({ kind }) => kind === 'all')!.documents, counts: counts.filter(({ kind }) => kind !== 'all') }
  }
  const few = async (question: Question): Promise<Counts & { hits: Hit[] }> => {
    const [row] = await sql<{ few: Counts & { hits: Hit[] } }[]>`
      select few_documents(${question.live}, ${question.shelf}, ${wanted(question)}::tsquery, ${[...question.must]}, ${choicesOf(question, undefined)}::text::jsonb,
        ${question.lowest}, ${question.highest}, ${kindOf(question)}, ${ranked(question)}::tsquery, ${popularityNow()},
        ${JSON.stringify(question.boosts)}::text::jsonb, ${[...question.skipped]}::uuid[], ${question.after?.value ?? null}, ${question.after?.id ?? null},
        ${question.limit}, ${question.counted}) as few`
    return row!.few
  }
  const find = async (question: Question, { walk, most }: { walk: boolean; most: number }): Promise<Hit[]> => {
    const rows = await sql<{ product_id: string; value: string; title: string; description: string }[]>`
      select f.product_id, f.value, f.title, f.description from find_documents(${question.live}, ${question.shelf}, ${wanted(question)}::tsquery, ${[...question.must]},
        ${choicesOf(question, undefined)}::text::jsonb, ${question.lowest}, ${question.highest}, ${kindOf(question)}, ${ranked(question)}::tsquery,
        ${popularityNow()}, ${JSON.stringify(question.boosts)}::text::jsonb, ${[...question.skipped]}::uuid[], ${walk}, ${most},
        ${question.after?.value ?? null}, ${question.after?.id ?? null}, ${question.limit}) f`
    return rows.map((row) => ({ productId: row.product_id, value: row.value, title: row.title, description: row.description }))
  }
  /** From a sample that is large enough; the smaller the question turns out to be, the more of it is looked at. */
  const sampled = async (question: Question, without: string | undefined, from: number): Promise<Counts & { level: number }> => {
    let level = from
    let counts = await count(question, without, level)
    while (level > 0 && counts.total < SMALLEST_SAMPLE * 2 ** level) {
      level = Math.min(level - 1, levelFor(counts.total * 2))
      counts = await count(question, without, level)
    }
    return { ...counts, level }
  }
  /**
   * A facet does not filter itself: its values are counted as if none of them were chosen, which may be many more documents. A chosen value that is
   * too rare to be among them has the same number in both counts.
   */
  const withChosen = async (question: Question, { total, counts }: Counts, hits: Hit[], level: number): Promise<Found> => {
    const chosen = question.counted ? question.choices : []
    const own = await Promise.all(
      chosen.map(async ({ facet, terms }) => {
        const alone = await sampled(question, facet, levelFor(estimateOf(question)))
        const values = alone.counts.filter((one) => facetOf(one) === facet)
        const rare = counts.filter((one) => terms.includes(one.term) && !values.some(({ term }) => term === one.term))
        return { level: alone.level, counts: [...values, ...rare] }
      }),
    )
    return {
      hits,
      total,
      counts: [
        ...counts.filter((one) => !chosen.some(({ facet }) => facet === facetOf(one))),
        ...own.flatMap((one) => one.counts),
      ],
      exact: level === 0 && own.every((one) => one.level === 0),
    }
  }

  return {
    name: 'postgres',
    async find(question): Promise<Found> {
      const estimate = estimateOf(question)
      if (question.glance) {
        const hits = await find(question, { walk: estimate > LOOKED_AT, most: GLANCED_AT })
        return { hits, total: 0, counts: [], exact: false }
      }
      const from = levelFor(estimate)
      if (from > 0) {
        // Two sessions at once. Rarely there turn out to be few, and what was found is not needed.
        const [many, hits] = await Promise.all([sampled(question, undefined, from), find(question, { walk: true, most: RANKED })])
        if (many.level > 0) return withChosen(question, many, hits, many.level)
      }
      // Few enough to look at all of them.
      const { hits, ...counts } = await few(question)
      return withChosen(question, counts, hits, 0)
    },
  }
}

export function popularityNow(): number {
  return Date.now() / 86_400_000 / 30 - POPULARITY_EPOCH
}
/** Scores stay small numbers when they are counted in months since 2020. */
export const POPULARITY_EPOCH = Date.UTC(2020, 0, 1) / 86_400_000 / 30

const sample = (level: number): number[] => (level > 0 ? [-level] : [])
const levelFor = (documents: number): number =>
  documents <= LOOKED_AT ? 0 : Math.min(HIGHEST_SAMPLE, Math.ceil(Math.log2(documents / LOOKED_AT)) + 1)

function estimateOf({ wishes, enough, documents }: Question): number {
  if (wishes.length === 0) return documents
  const each = wishes.map((wish) => Math.min(wish.documents, documents)).sort((a, b) => a - b)
  return enough >= wishes.length ? each[0]! : each.reduce((sum, one) => sum + one, 0)
}

function kindOf({ sort, wishes, liked }: Question): string {
  if (sort === 'bestselling') return 'popularity'
  return sort === 'relevance' && wishes.length === 0 && !liked ? 'popularity' : sort
}

const choicesOf = ({ choices }: Question, without: string | undefined): string =>
  JSON.stringify(choices.filter(({ facet }) => facet !== without).map(({ terms }) => terms))

const quoted = (lexeme: string): string => `'${lexeme.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`
const oneOf = (parts: readonly string[]): string => (parts.length === 1 ? parts[0]! : `(${parts.join(' | ')})`)

/** All wishes, each in one of its ways, or enough of them. */
export function wanted({ wishes, enough }: Pick<Question, 'wishes' | 'enough'>): string | null {
  if (wishes.length === 0) return null
  const each = wishes.map(({ ways }) =>
    oneOf(
      ways.map(({ forms }) =>
        forms.length === 1 ? oneOf(forms[0]!.map(quoted)) : `(${forms.map((own) => oneOf(own.map(quoted))).join(' & ')})`,
      ),
    ),
  )
  if (enough >= each.length) return each.join(' & ')
  return combinations(each, enough)
    .map((some) => `(${some.join(' & ')})`)
    .join(' | ')
}

function combinations(parts: readonly string[], size: number): string[][] {
  if (size === 0) return [[]]
  return parts.flatMap((part, index) => combinations(parts.slice(index + 1), size - 1).map((rest) => [part, ...rest]))
}

/** Every form of every wish: the more of them, and the more prominent, the better. */
function ranked({ wishes, liked = [] }: Question): string | null {
  const forms = new Set([...liked, ...wishes.flatMap(({ ways }) => ways.flatMap((way) => way.forms.flat()))])
  return forms.size === 0 ? null : [...forms].map(quoted).join(' | ')
}
