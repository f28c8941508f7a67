/** The read model made anew from the catalogue, beside the one that is read, while changes go on. */
import type { Query } from '#kit/db/db.ts'
import type { SearchDeps } from './deps.ts'
import { foldAllWords } from './jobs/fold-words.ts'
import { keepRatings } from './ratings.ts'
import { markBestSelling } from './levels.ts'
import { describe, EVERY_PRODUCT, lockProducts, putDocuments, putProducts, queueCopies } from './store.ts'

const PAGE = 500
/** transactions at a time: one reads of the catalogue while another one writes */
const TOGETHER = 2
/** documents of a side that one statement compares */
const COMPARED_AT_ONCE = 5000
/** No question takes as long as this, so nobody reads the side that was replaced. */
const READERS_GONE_SECONDS = 30

/** What a rebuild needs of the service. */
export type RebuildDeps = Pick<SearchDeps, 'db' | 'products' | 'reviews' | 'copy'> & {
  readonly kit: Pick<SearchDeps['kit'], 'log'>
}

export interface Rebuild {
  readonly state: 'running' | 'done' | 'never'
  readonly askedBy: string | null
  readonly begunAt: Date | null
  readonly finishedAt: Date | null
  /** while it runs: documents that are made, and how many readers have meanwhile */
  readonly progress: { readonly made: number; readonly of: number } | null
  readonly documents: number | null
  readonly hashBefore: string | null
  readonly hashAfter: string | null
}

/** Begins a rebuild; one that is running goes on instead. */
export async function askForRebuild(tx: Query, askedBy: string): Promise<void> {
  await tx`
    with asked as (
      update sides s set building = case s.live when 'a' then 'b' else 'a' end, after = null, begun_at = now(), asked_by = ${askedBy}, finished_at = null,
             documents = null, hash_before = null, hash_after = null
       where s.building is null
      returning s.building
    )
    select clear_side(asked.building) from asked`
}

export async function rebuildState(db: Query): Promise<Rebuild> {
  type Row = Omit<Rebuild, 'state' | 'documents' | 'progress'> & {
    building: string | null
    documents: bigint | null
    made: number
    of: number
  }
  const [row] = await db<Row[]>`
    select s.building, s.asked_by as "askedBy", s.begun_at as "begunAt", s.finished_at as "finishedAt", s.documents,
           s.hash_before as "hashBefore", s.hash_after as "hashAfter",
           (select coalesce(sum(v.documents), 0)::integer from vocabulary v where v.side = s.building and v.word = '') as made,
           (select coalesce(sum(v.documents), 0)::integer from vocabulary v where v.side = s.live and v.word = '') as of
      from sides s`
  const { building, documents, made, of, ...rest } = row!
  const state = building ? 'running' : rest.finishedAt ? 'done' : 'never'
  return {
    state,
    ...rest,
    progress: building ? { made, of } : null,
    documents: documents === null ? null : Number(documents),
  }
}

/**
 * Goes on with a rebuild that was asked for, wherever it stopped; afterwards empties the side that was replaced. After `signal` no statement is
 * begun any more.
 */
export async function goOnRebuilding(deps: RebuildDeps, signal: AbortSignal, comparedAtOnce = COMPARED_AT_ONCE): Promise<void> {
  while (!signal.aborted) {
    const state = await fillPage(deps)
    if (signal.aborted) return
    if (state === 'nothing') return clearReplaced(deps)
    if (state === 'filled') return exchange(deps, signal, comparedAtOnce)
  }
}

/** Several transactions share a page; the next one begins when all of them are done. */
async function fillPage({ db, products, reviews, copy }: RebuildDeps): Promise<'more' | 'filled' | 'nothing'> {
  const [sides] = await db.sql<{ building: string | null; after: string | null }[]>`select s.building, s.after from sides s`
  if (!sides?.building) return 'nothing'
  const { building, after } = sides
  const { ids, next } = await products.entryIds({ limit: PAGE, ...(after === null ? {} : { after }) })
  const part = async (some: readonly string[]) =>
    await db.tx(async (tx) => {
      await tx`select set_config('work_mem', '64MB', true)`
      // in the order in which reactions lock: two that wait for each other would both have to begin anew
      await lockProducts(tx, some)
      const [now] = await tx<{ building: string | null }[]>`select s.building from sides s for share`
      if (now!.building !== building || some.length === 0) return
      // Stars that no event brought: of a time before this service, or before the log that is kept. Then readers get them too.
      const starred = await keepRatings(tx, (await reviews.ratings({ productIds: [...some] })).ratings)
      const { entries } = await products.entries({ ids: [...some] })
      if (starred.length > 0) await putProducts(tx, some, entries, { copied: copy !== undefined })
      else await putDocuments(tx, building, some, await describe(tx, entries), { told: false })
    })
  const size = Math.ceil(ids.length / TOGETHER)
  await Promise.all(Array.from({ length: TOGETHER }, (_, at) => part(ids.slice(at * size, (at + 1) * size))))
  if (next === null) return 'filled'
  await db.sql`update sides s set after = ${next} where s.building = ${building}`
  return 'more'
}

/** From one statement to the next everybody reads the new side. */
async function exchange(deps: RebuildDeps, signal: AbortSignal, comparedAtOnce: number): Promise<void> {
  const { db, kit, copy } = deps
  await foldAllWords(deps, signal)
  await markBestSelling(db, 'building', signal)
  if (signal.aborted) return
  // What was collected for the index is put in before anybody has to wait for us.
  await db.sql`select side_is_ready(s.building) from sides s where s.building is not null`
  const hashes = await compare(db, signal, comparedAtOnce)
  // What it took to get here is done again by whoever goes on; the side is as full as it was.
  if (signal.aborted) return
  await db.tx(async (tx) => {
    const [sides] = await tx<{ live: string; building: string | null }[]>`select s.live, s.building from sides s for update`
    // another process did it meanwhile
    if (!sides!.building) return
    const [size] = await tx<{ documents: number }[]>`
      select coalesce(sum(v.documents), 0)::integer as documents from vocabulary v where v.side = ${sides!.building} and v.word = ''`
    await tx`
      update sides set live = building, building = null, after = null, finished_at = now(), cleared = false, documents = ${size!.documents},
             hash_before = ${hashes.live}, hash_after = ${hashes.building}`
    if (copy) await queueCopies(tx, [EVERY_PRODUCT])
    kit.log.info({ documents: size!.documents, before: hashes.live, after: hashes.building }, 'the read model was made anew')
  })
}

/**
 * What both sides say, as one number each. Whoever changes a product changes it on both sides in one transaction, and a statement sees all of it or
 * nothing: so sides are compared piece by piece while everybody writes.
 */
async function compare(
  { sql }: SearchDeps['db'],
  signal: AbortSignal,
  atOnce: number,
): Promise<{ live: string; building: string }> {
  interface Piece {
    last: string | null
    live: bigint
    liveDocuments: bigint
    building: bigint
    buildingDocuments: bigint
  }
  const sum = { live: 0n, liveDocuments: 0n, building: 0n, buildingDocuments: 0n }
  for (let behind: string | null = '00000000-0000-0000-0000-000000000000'; behind !== null && !signal.aborted; ) {
    const [piece]: Piece[] = await sql<Piece[]>`
      select piece.last, l.hash as live, l.documents as "liveDocuments", b.hash as building, b.documents as "buildingDocuments"
        from sides s
       cross join lateral (select (select d.product_id from documents d where d.side = s.building and d.product_id > ${behind}
                                    order by d.product_id offset ${atOnce} limit 1) as last) piece
       cross join lateral hash_between(s.live, ${behind}, coalesce(piece.last, 'ffffffff-ffff-ffff-ffff-ffffffffffff')) l
       cross join lateral hash_between(s.building, ${behind}, coalesce(piece.last, 'ffffffff-ffff-ffff-ffff-ffffffffffff')) b`
    sum.live ^= piece!.live
    sum.building ^= piece!.building
    sum.liveDocuments += piece!.liveDocuments
    sum.buildingDocuments += piece!.buildingDocuments
    behind = piece!.last
  }
  const said = (hash: bigint, documents: bigint) => `${BigInt.asUintN(64, hash).toString(16)} ${documents}`
  return { live: said(sum.live, sum.liveDocuments), building: said(sum.building, sum.buildingDocuments) }
}

async function clearReplaced({ db }: Pick<SearchDeps, 'db'>): Promise<void> {
  await db.tx(async (tx) => {
    const [due] = await tx<{ replaced: string }[]>`
      update sides s set cleared = true
       where s.building is null and not s.cleared and s.finished_at < now() - make_interval(secs => ${READERS_GONE_SECONDS})
      returning case s.live when 'a' then 'b' else 'a' end as replaced`
    if (due) await tx`select clear_side(${due.replaced})`
  })
}
