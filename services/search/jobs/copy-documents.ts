import { setTimeout as delay } from 'node:timers/promises'
import type { Query } from '#kit/db/db.ts'
import type { SearchDeps } from '../deps.ts'
import { indexInUse, makeIndex, putTemplate, useIndex } from '../engines/opensearch-index.ts'
import type { OpenSearchClient } from '../engines/opensearch-client.ts'
import { EVERY_PRODUCT } from '../store.ts'
import { wordsOf } from '../words.ts'

const AT_ONCE = 500
const TRIES = 4

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
export async function copyDocuments(deps: SearchDeps, signal: AbortSignal): Promise<void> {
  const { copy: client } = deps
  if (!client) return
  const [all] = await deps.db.sql<{ turn: bigint }[]>`select c.turn from copies c where c.product_id = ${EVERY_PRODUCT}`
  if (all || (await indexInUse(client)) === undefined) await copyAll(deps, client, signal)
  if (all) await deps.db.sql`delete from copies c where c.product_id = ${EVERY_PRODUCT} and c.turn = ${all.turn}`
  while (!signal.aborted) if ((await copyChanged(deps, client)) < AT_ONCE) return
}

/** Into a new index beside the one in use; what changes meanwhile waits in `copies` and comes after it. */
export async function copyAll({ db }: SearchDeps, client: OpenSearchClient, signal: AbortSignal): Promise<void> {
  await putTemplate(client)
  const index = `${client.alias}-${Date.now()}`
  await makeIndex(client, index)
  let after = EVERY_PRODUCT
  while (true) {
    signal.throwIfAborted()
    const page = await db.sql<{ product_id: string }[]>`
      select distinct d.product_id from documents d, sides s where d.side = s.live and d.product_id > ${after} order by d.product_id limit ${AT_ONCE}`
    if (page.length === 0) break
    const ids = page.map(({ product_id }) => product_id)
    await send(
      client,
      (await documentsOf(db.sql, ids)).flatMap((row) => indexed(index, row)),
    )
    after = ids.at(-1)!
  }
  await useIndex(client, index)
  await db.sql`insert into cache_changes (tags) values ('{documents}')`
}

async function copyChanged({ db }: SearchDeps, client: OpenSearchClient): Promise<number> {
  const due = await db.sql<
    { product_id: string; turn: bigint }[]
  >`select c.product_id, c.turn from copies c where c.product_id <> ${EVERY_PRODUCT} order by c.turn limit ${AT_ONCE}`
  if (due.length === 0) return 0
  const ids = due.map(({ product_id }) => product_id)
  const rows = await documentsOf(db.sql, ids)
  const shelves = await db.sql<{ id: number }[]>`select t.id from terms t where t.kind = 'shelf'`
  const kept = new Set(rows.map((row) => keyOf(row.product_id, row.shelf)))
  const gone = ids.flatMap((id) => shelves.map((shelf) => keyOf(id, shelf.id))).filter((key) => !kept.has(key))
  await send(client, [
    ...rows.flatMap((row) => indexed(client.alias, row)),
    ...gone.map((key) => ({ delete: { _index: client.alias, _id: key } })),
  ])
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

/** Sends lines again that were turned away for a moment; anything else is an error, and the job comes again. */
async function send(client: OpenSearchClient, lines: object[]): Promise<void> {
  let left = lines
  for (let tries = 1; left.length > 0; tries += 1) {
    const { errors, items } = await client.bulk(left)
    if (!errors) return
    const operations = operationsOf(left)
    const failed = items.flatMap((item, at) => {
      const { status, error } = Object.values(item)[0]!
      return status < 300 || status === 404 ? [] : [{ lines: operations[at]!, status, error }]
    })
    const hopeless = failed.find(({ status }) => status !== 429 && status < 500)
    if (hopeless ?? (failed.length > 0 && tries === TRIES))
      throw new Error(
        `OpenSearch took ${operations.length - failed.length} of ${operations.length} documents: ${JSON.stringify(failed[0]!.error)}`,
      )
    left = failed.flatMap((one) => one.lines)
    await delay(100 * 2 ** tries)
  }
}

/** `_bulk` has one line for a deletion and two for a document. */
function operationsOf(lines: readonly object[]): object[][] {
  const operations: object[][] = []
  for (const line of lines) {
    if ('delete' in line || 'index' in line) operations.push([line])
    else operations.at(-1)!.push(line)
  }
  return operations
}
