import type { SearchDeps } from '../deps.ts'

export interface Likeness {
  readonly productId: string
  readonly channel: string
  readonly locale: string
  readonly limit: number
}

/** Words of the title that are looked for; a longer one says nothing more. */
const MOST_WORDS = 8

/** Products of the same narrowest category, best those whose texts share words with this one's title. */
export async function related({ db, engine }: SearchDeps, like: Likeness): Promise<string[]> {
  const [own] = await db.brief<{ live: string; shelf: number; category: number | null; documents: number; words: string[] }[]>`
    select s.live, d.shelf, coalesce(v.documents, 0) as documents,
           (select t.id from terms t where t.id = any (d.facets) and t.kind = 'category'
              and not exists (select 1 from terms c where c.id = any (d.facets) and c.kind = 'category' and c.parent = t.key) order by t.id limit 1) as category,
           array(select w.lexeme from unnest(d.words) w where 'A' = any (w.weights) order by w.positions[1] limit ${MOST_WORDS}) as words
      from sides s join terms shelf on shelf.locale = ${like.locale} and shelf.kind = 'shelf' and shelf.key = ${like.channel}
      join documents d on d.side = s.live and d.product_id = ${like.productId} and d.shelf = shelf.id
      left join vocabulary v on v.side = s.live and v.locale = ${like.locale} and v.word = ''`
  if (!own || own.category === null) return []
  const { hits } = await engine.find({
    live: own.live,
    shelf: own.shelf,
    documents: own.documents,
    wishes: [],
    liked: own.words,
    enough: 0,
    must: [own.shelf, own.category],
    choices: [],
    lowest: null,
    highest: null,
    sort: 'relevance',
    boosts: {},
    skipped: [like.productId],
    after: undefined,
    limit: like.limit,
    counted: false,
    glance: true,
  })
  return hits.map(({ productId }) => productId)
}
