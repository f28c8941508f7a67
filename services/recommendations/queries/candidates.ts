import type { Query } from '#kit/db/db.ts'
import { POPULAR } from '../model/evaluate.ts'
import { PARAMETERS } from '../model/parameters.ts'
import { type Interest, rank } from '../model/rank.ts'
import type { Neighbour, Popular } from '../model/train.ts'
import type { Strategy } from '../experiment.ts'
import { similarProducts } from './similar.ts'

/** Orders since the model was trained that are looked at for each product, the latest first. */
const LIVE_ORDERS = 100
/** Products of a history whose latest orders are looked at; older interests rest on the model. */
const LIVE_INTERESTS = 10
/** Two orders are little evidence. */
const LIVE_SHRINKAGE = 3

export interface Candidate {
  readonly product: string
  readonly reason: 'bought-together' | 'similar' | 'popular' | 'trending'
  readonly because: string | null
}

export interface Wish {
  readonly channel: string
  /** only what is in it; null: everything */
  readonly category: string | null
  readonly strategy: Strategy
  /** version of the model; null: the active one */
  readonly model: number | null
  readonly interests: readonly Interest[]
  /** what is not to be recommended */
  readonly without: ReadonlySet<string>
  readonly limit: number
  /** what is popular counts a little beside what goes together */
  readonly withPopular: boolean
}

export interface Candidates {
  readonly list: readonly Candidate[]
  /** version that was asked; null: none has been trained */
  readonly model: number | null
}

/** What could be recommended, the best first. Shorter than asked where nothing more fits: `fallback` goes on. */
export async function candidates(db: Query, wish: Wish): Promise<Candidates> {
  const { strategy, channel, category, without, limit } = wish
  if (strategy === 'popular' || strategy === 'trending') return { list: await inDemand(db, strategy, wish), model: null }
  if (strategy === 'content') return { list: await ofCategory(db, category, await alike(db, wish)), model: null }
  const popular = wish.withPopular ? await popularShares(db, channel) : []
  const { version, neighbours } = await neighboursOf(db, wish)
  const list = rank(wish.interests, neighbours, popular, PARAMETERS, { without, limit }).map(({ product, because }) => ({
    product,
    because,
    reason: because === null ? ('popular' as const) : ('bought-together' as const),
  }))
  return { list: await ofCategory(db, category, list), model: version }
}

/** Those that are in the category; null: all. */
async function ofCategory(db: Query, category: string | null, list: readonly Candidate[]): Promise<readonly Candidate[]> {
  if (category === null || list.length === 0) return list
  const products = list.map(({ product }) => product)
  const rows = await db<{ product_id: string }[]>`
    select f.product_id from facts f where f.product_id = any(${products}::uuid[]) and ${category}::uuid = any(f.categories)`
  const inside = new Set(rows.map(({ product_id }) => product_id))
  return list.filter(({ product }) => inside.has(product))
}

async function alike(db: Query, { interests, channel, without, limit }: Wish): Promise<Candidate[]> {
  const list: Candidate[] = []
  const seen = new Set(without)
  const lists = await Promise.all(
    interests.slice(0, 3).map(async ({ product }) => ({ product, found: await similarProducts(db, product, channel, limit) })),
  )
  for (let place = 0; place < limit; place += 1) {
    for (const { product: because, found } of lists) {
      const product = found[place]
      if (product === undefined || seen.has(product)) continue
      seen.add(product)
      list.push({ product, reason: 'similar', because })
    }
  }
  return list.slice(0, limit)
}

/** What sells, or is in demand just now, on this channel and in this category. */
export async function inDemand(
  db: Query,
  by: 'popular' | 'trending',
  { channel, category, without, limit }: Pick<Wish, 'channel' | 'category' | 'without' | 'limit'>,
): Promise<Candidate[]> {
  const column = by === 'popular' ? db`d.popular` : db`d.trending`
  const rows = await db<{ product_id: string }[]>`
    select d.product_id from demand d join facts f using (product_id)
     where ${column} is not null and f.channels @> array[${channel}]::text[] and (${category}::uuid is null or ${category}::uuid = any(f.categories))
       and d.product_id <> all(${[...without]}::uuid[])
     order by ${column} desc, d.product_id limit ${limit}`
  return rows.map(({ product_id }) => ({ product: product_id, reason: by, because: null }))
}

/** A product never sold is recommended after all others: the shop is new, or the channel. */
export async function anything(db: Query, channel: string, without: ReadonlySet<string>, limit: number): Promise<Candidate[]> {
  const rows = await db<{ product_id: string }[]>`
    select f.product_id from facts f
     where f.channels @> array[${channel}]::text[] and f.product_id <> all(${[...without]}::uuid[])
     order by f.product_id desc limit ${limit}`
  return rows.map(({ product_id }) => ({ product: product_id, reason: 'popular' as const, because: null }))
}

async function popularShares(db: Query, channel: string): Promise<Popular[]> {
  const rows = await db<{ product_id: string; popular: number }[]>`
    select d.product_id, d.popular from demand d join facts f using (product_id)
     where d.popular is not null and f.channels @> array[${channel}]::text[] order by d.popular desc, d.product_id limit ${POPULAR}`
  const most = rows[0]?.popular ?? 0
  return rows.map(({ product_id, popular }) => ({ product: product_id, share: 2 ** (popular - most) }))
}

/** Neighbours as the model has them, with what was ordered together since it was trained. */
async function neighboursOf(
  db: Query,
  { interests, model }: Wish,
): Promise<{ version: number | null; neighbours: Map<string, Neighbour[]> }> {
  const products = interests.map(({ product }) => product)
  const [active] = await db<{ version: number; trained_until: Date }[]>`
    select m.version, m.trained_until from models m
     where not m.emptied and m.trained_until is not null and (m.version = ${model} or m.state = 'active')
     order by (m.version = ${model}) desc nulls last limit 1`
  const neighbours = new Map<string, Neighbour[]>()
  if (active) {
    const rows = await db<{ product_id: string; others: string[]; scores: number[] }[]>`
      select n.product_id, n.others, n.scores from neighbours n where n.version = ${active.version} and n.product_id = any(${products}::uuid[])`
    for (const { product_id, others, scores } of rows)
      neighbours.set(
        product_id,
        others.map((product, at) => ({ product, score: scores[at]! })),
      )
  }
  const live = await db<{ product_id: string; other: string; score: number }[]>`
    with asked as (select unnest(${products.slice(0, LIVE_INTERESTS)}::uuid[]) as product_id),
    recent as (
      select a.product_id, r.order_id from asked a cross join lateral (
        select p.order_id from purchases p
         where p.product_id = a.product_id and p.at > ${active?.trained_until ?? new Date(0)} order by p.at desc limit ${LIVE_ORDERS}) r
    ), counted as (select r.product_id, count(*) as orders from recent r group by 1)
    select r.product_id, o.product_id as other, count(*) / (min(c.orders) + ${LIVE_SHRINKAGE})::float8 as score
      from recent r join counted c using (product_id) join purchases o on o.order_id = r.order_id and o.product_id <> r.product_id
     group by 1, 2`
  for (const { product_id, other, score } of live) {
    const list = neighbours.get(product_id) ?? []
    const known = list.findIndex(({ product }) => product === other)
    if (known < 0) list.push({ product: other, score })
    else list[known] = { product: other, score: list[known]!.score + score }
    neighbours.set(product_id, list)
  }
  return { version: active?.version ?? null, neighbours }
}
