import type { Query } from '#kit/db/db.ts'
import type { SearchDeps } from '../deps.ts'
import { indexInUse, makeIndex, ownIndices, putTemplate, useIndex } from '../engines/opensearch-index.ts'
import type { OpenSearchClient } from '../engines/opensearch-client.ts'
import { EVERY_PRODUCT } from '../store.ts'
import { wordsOf } from '../words.ts'
import { PATIENCE, type Patience, sendLines } from './send-lines.ts'

const AT_ONCE = 500

export interface Pace extends Patience {
  /** products in a request */
  readonly atOnce: number
}
export type CopyDeps = Pick<SearchDeps, 'db' | 'copy'> & { readonly kit: { readonly settings: { readonly replicas: string } } }

interface Row {
  product_id: string
  shelf: number
  title: string
  description: string
  spoken: string
  facets: number[]
  price: bigint
  published_at: Date
  popularity: number
  rating: number
}

/** Keeps the copy in OpenSearch like the read model: all of it where there is none, then what changed. */
export async function copyDocuments(
  deps: CopyDeps,
  signal: AbortSignal,
  pace: Pace = { ...PATIENCE, atOnce: AT_ONCE },
): Promise<void> {
  const { copy: client } = deps
  if (!client) return
  const [all] = await deps.db.sql<{ turn: bigint }[]>`select c.turn from copies c where c.product_id = ${EVERY_PRODUCT}`
  if (all || (await indexInUse(client)) === undefined) await copyAll(deps, client, all?.turn ?? 0n, signal, pace)
  if (all) await deps.db.sql`delete from copies c where c.product_id = ${EVERY_PRODUCT} and c.turn = ${all.turn}`
  while (!signal.aborted) if ((await copyChanged(deps, client, signal, pace)) < pace.atOnce) return
}

/**
 * Into a new index beside the one in use; what changes meanwhile waits in `copies` and comes after it. Where an earlier run had to stop, this one
 * goes on.
 */
async function copyAll({ db, kit }: CopyDeps, client: OpenSearchClient, turn: bigint, signal: AbortSignal, pace: Pace) {
  const before = await begun(db.sql, client, turn)
  const index = before?.index ?? `${client.alias}-${Date.now()}`
  let after = before?.after ?? EVERY_PRODUCT
  if (!before) {
    await putTemplate(client, kit.settings.replicas)
    await makeIndex(client, index)
  }
  while (true) {
    signal.throwIfAborted()
    // with a subquery, not a join: it goes along the key and stops at the limit
    const page = await db.sql<{ product_id: string }[]>`
      select distinct d.product_id from documents d
       where d.side = (select s.live from sides s) and d.product_id > ${after} order by d.product_id limit ${pace.atOnce}`
    if (page.length === 0) break
    const ids = page.map(({ product_id }) => product_id)
    const lines = (await documentsOf(db.sql, ids)).flatMap((row) => indexed(index, row))
    await sendLines(client, lines, { refresh: false, signal }, pace)
    after = ids.at(-1)!
    await db.sql`
      insert into copying (index, after, turn) values (${index}, ${after}, ${turn})
          on conflict (one) do update set index = excluded.index, after = excluded.after, turn = excluded.turn, at = now()`
  }
  await useIndex(client, index)
  await db.sql`
    with done as (delete from copying)
    insert into cache_changes (tags) values ('{documents}')`
}

/** The index that the same copy has begun with, and how far it came. After an hour changes may have gone by that nobody noted. */
async function begun(db: Query, client: OpenSearchClient, turn: bigint) {
  const [row] = await db<{ index: string; after: string }[]>`
    select c.index, c.after from copying c where c.turn = ${turn} and c.at > now() - interval '1 hour'`
  return row && (await ownIndices(client)).includes(row.index) ? row : undefined
}

async function copyChanged({ db }: CopyDeps, client: OpenSearchClient, signal: AbortSignal, pace: Pace): Promise<number> {
  const due = await db.sql<
    { product_id: string; turn: bigint }[]
  >`select c.product_id, c.turn from copies c where c.product_id <> ${EVERY_PRODUCT} order by c.turn limit ${pace.atOnce}`
  if (due.length === 0) return 0
  const ids = due.map(({ product_id }) => product_id)
  const rows = await documentsOf(db.sql, ids)
  const shelves = await db.sql<{ id: number }[]>`select t.id from terms t where t.kind = 'shelf'`
  const kept = new Set(rows.map((row) => keyOf(row.product_id, row.shelf)))
  const gone = ids.flatMap((id) => shelves.map((shelf) => keyOf(id, shelf.id))).filter((key) => !kept.has(key))
  const lines = [
    ...rows.flatMap((row) => indexed(client.alias, row)),
    ...gone.map((key) => ({ delete: { _index: client.alias, _id: key } })),
  ]
  await sendLines(client, lines, { refresh: true, signal }, pace)
  // One that changed again meanwhile has another turn and stays. Answers that were kept before the copy knew it end now.
  await db.sql`
    with done as (delete from copies c where c.turn = any (${due.map(({ turn }) => String(turn))}::text[]::bigint[]))
    insert into cache_changes (tags) values ('{documents}')`
  return due.length
}

const keyOf = (productId: string, shelf: number) => `${productId}:${shelf}`

function documentsOf(db: Query, ids: readonly string[]): Promise<Row[]> {
  return db<Row[]>`
    select d.product_id, d.shelf, d.title, d.description, d.spoken, d.facets, d.price, d.published_at, d.popularity, d.rating
      from documents d, sides s where d.side = s.live and d.product_id = any (${ids as string[]}::uuid[])`
}

function indexed(index: string, row: Row): object[] {
  const source = {
    productId: row.product_id,
    shelf: row.shelf,
    title: row.title,
    description: row.description,
    titleText: wordsOf(row.title).join(' '),
    aside: row.spoken,
    descriptionText: wordsOf(row.description).join(' '),
    facets: row.facets.filter((term) => term > 0),
    price: Number(row.price),
    publishedAt: row.published_at.getTime(),
    popularity: row.popularity,
    rating: row.rating,
  }
  return [{ index: { _index: index, _id: keyOf(row.product_id, row.shelf) } }, source]
}
