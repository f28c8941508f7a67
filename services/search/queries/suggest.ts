import type { SearchDeps } from '../deps.ts'
import type { Suggestions } from '../shapes.ts'
import { understand, type Understanding } from '../understand.ts'
import { plain } from '../words.ts'

export interface Typed {
  readonly q: string
  readonly limit: number
  readonly channel: string
  readonly locale: string
  /** customer groups whose prices the cards show */
  readonly groups: readonly string[]
}

const PRODUCTS = 5
const PLACES = 3

/** What somebody who is still typing may want: questions, categories and brands, products. */
export async function suggest(deps: SearchDeps, typed: Typed): Promise<{ answer: Suggestions; productIds: string[] }> {
  const place = { channel: typed.channel, locale: typed.locale }
  const beginning = plain(typed.q).trim().replaceAll(/\s+/g, ' ')
  if (beginning === '') return { answer: { queries: [], categories: [], brands: [], products: [] }, productIds: [] }
  const [meant, kept] = await Promise.all([
    understand(deps.db.brief, { q: typed.q, ...place, typing: true }),
    beginningsOf(deps, beginning, typed),
  ])
  const found =
    meant.shelf === null || meant.wishes.length === 0
      ? []
      : (
          await deps.engine.find({
            live: meant.live,
            shelf: meant.shelf,
            documents: meant.documents,
            wishes: meant.wishes,
            enough: meant.wishes.length,
            must: [meant.shelf],
            choices: [],
            lowest: null,
            highest: null,
            sort: 'relevance',
            boosts: {},
            skipped: [],
            after: undefined,
            limit: PRODUCTS,
            counted: false,
            glance: true,
          })
        ).hits
  const ids = found.map(({ productId }) => productId)
  const { cards } = ids.length > 0 ? await deps.products.cards({ ...place, groups: [...typed.groups], ids }) : { cards: [] }
  const cardOf = new Map(cards.map(({ productId, card }) => [productId, card]))
  const queries = [...new Set([...kept.queries, ...completions(meant)])].slice(0, typed.limit)
  const products = ids.flatMap((id) => cardOf.get(id) ?? [])
  return { answer: { queries, categories: kept.categories, brands: kept.brands, products }, productIds: ids }
}

/** The words so far with the ends that the last one may have, right ones in place of misspelt ones. */
function completions({ wishes }: Understanding): string[] {
  const last = wishes.at(-1)
  if (!last) return []
  const before = wishes.slice(0, -1).map(({ typed, taken }) => taken ?? typed)
  const ends = last.ways.map(({ words }) => words.join(' ')).filter((word) => word !== last.typed || last.known)
  return ends.map((end) => [...before, end].join(' '))
}

interface Place {
  readonly id: string
  readonly slug: string | null
  readonly title: string
}

async function beginningsOf({ db }: SearchDeps, beginning: string, { channel, locale, limit }: Typed) {
  const after = `${beginning}\u{10ffff}`
  const [row] = await db.brief<{ queries: string[]; categories: Place[] | null; brands: Place[] | null }[]>`
    with named as (
      select t.kind, t.key as id, t.slug, t.label as title, row_number() over (partition by t.kind order by length(t.label), t.key) as place
        from terms t
       where t.locale = ${locale} and t.kind in ('category', 'brand') and lower(t.label) collate "C" >= ${beginning} and lower(t.label) collate "C" < ${after}
    )
    select array(select p.query from popular_queries p
                  where p.channel = ${channel} and p.locale = ${locale} and p.query >= ${beginning} and p.query < ${after}
                  order by p.searches desc, p.query limit ${limit}) as queries,
           (select json_agg(json_build_object('id', n.id, 'slug', n.slug, 'title', n.title) order by n.place) from named n where n.kind = 'category' and n.place <= ${PLACES}) as categories,
           (select json_agg(json_build_object('id', n.id, 'slug', n.slug, 'title', n.title) order by n.place) from named n where n.kind = 'brand' and n.place <= ${PLACES}) as brands`
  return { queries: row!.queries, categories: row!.categories ?? [], brands: row!.brands ?? [] }
}
