import type { Db } from '#kit/db/db.ts'
import { facetOf, type Found, type Hit, type Question, type SearchEngine } from './engine.ts'
import { type Counted, termNames } from './terms.ts'

/** Up to so many documents are all looked at; of more, counts come from a sample (`sample_level` in SQL) and hits from the best-selling ones. */
const LOOKED_AT = 1000
/** In a large catalogue, of more than LARGE documents: there they lie far apart. */
const LOOKED_AT_IN_LARGE = 600
const LARGE = 10_000
/** Where more fit, the order by relevance is that of this many, the best-selling, or of twice as many. */
const RANKED = 500
/** A suggestion is the best of the first so many. */
const GLANCED_AT = 100

type Numbers = Omit<Found, 'hits'>

/** The read model itself. What it asks are functions of migrations/014_best_selling_first.sql. */
export function createPostgresEngine({ brief: sql }: Pick<Db, 'brief'>, { rankedAtLeast = RANKED } = {}): SearchEngine {
  const named = termNames(sql)
  /** Of many documents the numbers come from a sample. */
  const count = async (question: Question, without?: string): Promise<Numbers> => {
    const [row] = await sql<(Counted & { level: number; total: number })[]>`
      select c.* from count_terms(${question.live}, ${question.shelf}, ${wanted(question)}::tsquery, ${[...question.must]}, ${choicesOf(question, without)}::text::jsonb,
        ${question.lowest}, ${question.highest}, ${atLeast(question)}::bigint, ${exactly(question)}, ${question.counted}) c`
    const { level, total } = row!
    const counts = await named(row!, question.choices)
    return {
      total: total * 2 ** level,
      counts: level === 0 ? counts : counts.map((one) => ({ ...one, documents: one.documents * 2 ** level })),
      exact: level === 0,
    }
  }
  /** All of them are read once, for the numbers and for the page; undefined where they are not few. */
  const few = async (question: Question): Promise<Found | undefined> => {
    const [row] = await sql<{ few: (Counted & { total: number; hits: Hit[] }) | null }[]>`
      select find_few(${question.live}, ${question.shelf}, ${wanted(question)}::tsquery, ${[...question.must]}, ${choicesOf(question)}::text::jsonb,
        ${question.lowest}, ${question.highest}, ${kindOf(question)}, ${ranked(question)}::tsquery, ${popularityNow()},
        ${JSON.stringify(question.boosts)}::text::jsonb, ${[...question.skipped]}::uuid[], ${question.after?.value ?? null}, ${question.after?.id ?? null},
        ${question.limit}, ${exactly(question)}, ${question.counted}) as few`
    if (!row!.few) return undefined
    const { hits, total } = row!.few
    return { hits, total, counts: await named(row!.few, question.choices), exact: true }
  }
  /** The best of the best-selling ones: of `most` or twice as many. */
  const best = async (question: Question, most: number): Promise<Hit[]> => {
    const rows = await sql<HitRow[]>`
      select f.product_id, f.value, f.title, f.description from find_best(${question.live}, ${question.shelf}, ${wanted(question)}::tsquery, ${[...question.must]},
        ${choicesOf(question)}::text::jsonb, ${question.lowest}, ${question.highest}, ${ranked(question)}::tsquery, ${popularityNow()},
        ${JSON.stringify(question.boosts)}::text::jsonb, ${[...question.skipped]}::uuid[], ${atLeast(question)}::bigint, ${most},
        ${question.after?.value ?? null}, ${question.after?.id ?? null}, ${question.limit}) f`
    return rows.map(hitOf)
  }
  /** In another order than by relevance: along its index. */
  const along = async (question: Question, kind: string): Promise<Hit[]> => {
    const rows = await sql<HitRow[]>`
      select f.product_id, f.value, f.title, f.description from find_along(${question.live}, ${question.shelf}, ${wanted(question)}::tsquery, ${[...question.must]},
        ${choicesOf(question)}::text::jsonb, ${question.lowest}, ${question.highest}, ${kind}, ${[...question.skipped]}::uuid[],
        ${question.after?.value ?? null}, ${question.after?.id ?? null}, ${question.limit}) f`
    return rows.map(hitOf)
  }
  const hitsOf = (question: Question, most: number): Promise<Hit[]> => {
    const kind = kindOf(question)
    return kind === 'relevance' ? best(question, most) : along(question, kind)
  }
  /**
   * A facet does not filter itself: its values are counted as if none of them were chosen, which may be many more documents. A chosen value that is
   * too rare to be among them has the same number in both counts.
   */
  const withChosen = async (question: Question, { total, counts, exact }: Numbers): Promise<Numbers> => {
    const chosen = question.counted ? question.choices : []
    const own = await Promise.all(
      chosen.map(async ({ facet, terms }) => {
        const alone = await count(question, facet)
        const values = alone.counts.filter((one) => facetOf(one) === facet)
        const rare = counts.filter((one) => terms.includes(one.term) && !values.some(({ term }) => term === one.term))
        return { exact: alone.exact, counts: [...values, ...rare] }
      }),
    )
    return {
      total,
      counts: [
        ...counts.filter((one) => !chosen.some(({ facet }) => facet === facetOf(one))),
        ...own.flatMap((one) => one.counts),
      ],
      exact: exact && own.every((one) => one.exact),
    }
  }

  return {
    name: 'postgres',
    async find(question): Promise<Found> {
      if (question.glance) return { hits: await hitsOf(question, GLANCED_AT), total: 0, counts: [], exact: false }
      if (estimateOf(question) <= exactly(question)) {
        const found = await few(question)
        if (found) return { hits: found.hits, ...(await withChosen(question, found)) }
      }
      // Two sessions at once.
      const [numbers, hits] = await Promise.all([
        count(question).then((counted) => withChosen(question, counted)),
        hitsOf(question, rankedAtLeast),
      ])
      return { hits, ...numbers }
    },
  }
}

interface HitRow {
  product_id: string
  value: string
  title: string
  description: string
}
const hitOf = ({ product_id, value, title, description }: HitRow): Hit => ({ productId: product_id, value, title, description })

export function popularityNow(): number {
  return Date.now() / 86_400_000 / 30 - POPULARITY_EPOCH
}
/** Scores stay small numbers when they are counted in months since 2020. */
export const POPULARITY_EPOCH = Date.UTC(2020, 0, 1) / 86_400_000 / 30

const exactly = ({ documents }: Question): number => (documents > LARGE ? LOOKED_AT_IN_LARGE : LOOKED_AT)

function estimateOf({ wishes, enough, documents }: Question): number {
  if (wishes.length === 0) return documents
  const each = wishes.map((wish) => Math.min(wish.documents, documents)).sort((a, b) => a - b)
  return enough >= wishes.length ? each[0]! : each.reduce((sum, one) => sum + one, 0)
}

/** Of several words about how many documents have all of them lies between chance, which the planner knows, and the rarest word. */
const atLeast = (question: Question): number => Math.ceil(estimateOf(question) / (question.enough > 1 ? 4 : 1))

function kindOf({ sort, wishes, liked }: Question): string {
  if (sort === 'bestselling') return 'popularity'
  return sort === 'relevance' && wishes.length === 0 && !liked ? 'popularity' : sort
}

const choicesOf = ({ choices }: Question, without?: string): string =>
  JSON.stringify(choices.filter(({ facet }) => facet !== without).map(({ terms }) => terms))

const quoted = (lexeme: string): string => `'${lexeme.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`
const oneOf = (parts: readonly string[]): string => (parts.length === 1 ? parts[0]! : `(${parts.join(' | ')})`)

/** Where a word stands, its stem does: half as much to look up. */
const indexed = ([word, ...stems]: readonly string[]): string => oneOf((stems.length > 0 ? stems : [word!]).map(quoted))

/** All wishes, each in one of its ways, or enough of them. */
export function wanted({ wishes, enough }: Pick<Question, 'wishes' | 'enough'>): string | null {
  if (wishes.length === 0) return null
  const each = wishes.map(({ ways }) =>
    oneOf(ways.map(({ forms }) => (forms.length === 1 ? indexed(forms[0]!) : `(${forms.map(indexed).join(' & ')})`))),
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
