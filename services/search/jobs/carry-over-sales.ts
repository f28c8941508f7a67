import type { SearchDeps } from '../deps.ts'
import { queueCopies } from '../store.ts'

const AT_ONCE = 500

/** What sells moves up, a little later: every document that changes writes all of its index entries again. */
export async function carryOverSales({ db, copy }: Pick<SearchDeps, 'db' | 'copy'>, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const done = await db.tx(async (tx) => {
      // no new levels while documents are put into those there are
      await tx`select from sides s for share`
      const moved = await tx<{ product_id: string }[]>`
        with due as (
          update sales s set waiting = false
           where s.product_id in (select w.product_id from sales w where w.waiting order by w.product_id limit ${AT_ONCE} for update skip locked)
          returning s.product_id, s.score
        ), moved as (
          update documents d set popularity = due.score, facets = with_levels(d.side, d.shelf, due.score::real, d.product_id, d.facets)
            from due where d.product_id = due.product_id and d.popularity is distinct from due.score::real
        )
        select product_id from due`
      const ids = moved.map(({ product_id }) => product_id)
      if (copy && ids.length > 0) await queueCopies(tx, ids)
      return ids
    })
    if (done.length < AT_ONCE) return
  }
}

/**
 * Counts are kept for a year and a bit, to compare with the year before; who clicked until no order can follow, and what an order came from as long as its
 * count: it may still be cancelled.
 */
export async function cleanUp({ db }: Pick<SearchDeps, 'db'>): Promise<void> {
  await db.sql`delete from query_days d where d.day < current_date - 400`
  await db.sql`delete from clicks c where c.at < now() - interval '400 days'`
  await db.sql`delete from clicks c where c.order_id is null and c.at < now() - interval '30 days'`
  await db.sql`update clicks c set user_id = null where c.user_id is not null and c.at < now() - interval '30 days'`
  await db.sql`delete from popular_queries p where p.searches < 2 and not exists (select 1 from query_days d where d.query = p.query and d.day > current_date - 30)`
}
