/** The best-selling quarter of a shelf, eighth and so on: what is looked at first where very many products fit. */
import type { Db } from '#kit/db/db.ts'

interface Levels {
  /** among fewer documents the best-selling ones are found at once without */
  readonly from: number
  /** documents that the narrowest level has at least */
  readonly narrowest: number
  /** documents that one statement marks */
  readonly atOnce: number
}
const LEVELS: Levels = { from: 4000, narrowest: 250, atOnce: 1000 }

/**
 * Gives the best-selling documents of a side terms by which the index of words has them, where the side has none yet. After `signal` no statement
 * is begun any more; the next call goes on.
 */
export async function markBestSelling(
  db: Db,
  which: 'live' | 'building',
  signal: AbortSignal,
  wanted: Partial<Levels> = {},
): Promise<void> {
  if (signal.aborted) return
  const levels = { ...LEVELS, ...wanted }
  const [sides] = await db.sql<{ live: string; building: string | null }[]>`select s.live, s.building from sides s`
  const side = sides![which]
  if (side === null) return
  await chooseLevels(db, side, levels)
  if (signal.aborted) return
  const waiting = await db.sql<Shelf[]>`
    select c.shelf, min(c.level)::integer as level from cuts c where c.side = ${side} and not c.ready group by c.shelf`
  for (const { shelf, level } of waiting) {
    if (signal.aborted) return
    let after: string | null = null
    do after = await markSome(db, side, { shelf, level }, { after, atOnce: levels.atOnce })
    while (after !== null && !signal.aborted)
    if (signal.aborted) return
    await db.sql`update cuts c set ready = true where c.side = ${side} and c.shelf = ${shelf}`
  }
}

interface Shelf {
  readonly shelf: number
  /** its widest level */
  readonly level: number
}

/** From here on everybody who writes a document puts it into the levels it belongs to. */
async function chooseLevels(db: Db, side: string, { from, narrowest }: Levels): Promise<void> {
  const cuts = await db.sql`
    with sizes as (
      select d.shelf, count(*) as documents from documents d
       where d.side = ${side} and not exists (select 1 from cuts c where c.side = d.side and c.shelf = d.shelf) group by d.shelf
    )
    select s.shelf, l as level, cut.popularity, cut.product_id
      from sizes s cross join generate_series(2, 12) l
     cross join lateral (select d.popularity, d.product_id from documents d where d.side = ${side} and d.shelf = s.shelf
                          order by d.popularity desc, d.product_id desc offset s.documents >> l limit 1) cut
     where s.documents >= ${from} and s.documents >> l >= ${narrowest}`
  if (cuts.length === 0) return
  await db.tx(async (tx) => {
    // Whoever is writing without these levels comes to an end first.
    await tx`select from sides s for update`
    await tx`
      insert into cuts (side, shelf, level, popularity, product_id)
      select ${side}, x.shelf, x.level, x.popularity, x.product_id
        from jsonb_to_recordset(${JSON.stringify(cuts)}::text::jsonb) as x(shelf integer, level smallint, popularity real, product_id uuid)
          on conflict do nothing`
  })
}

/** Down from the best-selling one, in pieces; answers where the next one begins. */
async function markSome(
  db: Db,
  side: string,
  { shelf, level }: Shelf,
  { after, atOnce }: { after: string | null; atOnce: number },
): Promise<string | null> {
  const [row] = await db.sql<{ last: string | null }[]>`
    with these as materialized (
      select d.product_id, d.popularity
        from documents d join cuts c on c.side = d.side and c.shelf = d.shelf and c.level = ${level}
       where d.side = ${side} and d.shelf = ${shelf} and (d.popularity, d.product_id) >= (c.popularity, c.product_id)
         and (${after}::text is null or (d.popularity, d.product_id) < ((${after}::text::json ->> 0)::real, (${after}::text::json ->> 1)::uuid))
       order by d.popularity desc, d.product_id desc limit ${atOnce}
    ), held as (
      -- in the order in which others write them
      select d.product_id, with_levels(d.side, d.shelf, d.popularity, d.product_id, d.facets) as facets from documents d
       where d.side = ${side} and d.shelf = ${shelf} and d.product_id in (select s.product_id from these s) order by d.product_id for update
    ), marked as (
      update documents d set facets = h.facets from held h
       where d.side = ${side} and d.shelf = ${shelf} and d.product_id = h.product_id and d.facets <> h.facets
    )
    select (select json_build_array(s.popularity, s.product_id)::text from these s order by s.popularity, s.product_id limit 1) as last`
  return row!.last
}
