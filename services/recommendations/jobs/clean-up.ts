import type { Deps } from '../deps.ts'

const BATCH = 5000

/** Forgets what is too old, in small steps so that nobody has to wait. */
export async function cleanUp({ db, settings }: Deps, signal: AbortSignal): Promise<void> {
  const { sql } = db
  const steps = [
    () =>
      sql`delete from touches t where t.ctid = any(array(select o.ctid from touches o where o.at < now() - make_interval(days => ${settings.keepDays}) limit ${BATCH}))`,
    () =>
      sql`delete from clicks c where c.id = any(array(select o.id from clicks o where o.at < now() - interval '30 days' limit ${BATCH}))`,
    () =>
      sql`delete from cart_items c where c.ctid = any(array(select o.ctid from cart_items o where o.at < now() - interval '30 days' limit ${BATCH}))`,
    () => sql`delete from placement_days d where d.day < current_date - 400`,
  ]
  for (const step of steps) {
    let removed = BATCH
    while (removed === BATCH && !signal.aborted) removed = (await step()).count
  }
}

/** How many products have each term: what "rare" means to likeness. */
export async function countTerms({ db }: Pick<Deps, 'db'>): Promise<void> {
  await db.tx(async (tx) => {
    await tx`
      with counted as (select t.term, count(*)::integer as products from facts f cross join unnest(f.terms) as t(term) group by 1),
      gone as (delete from term_counts c where not exists (select 1 from counted n where n.term = c.term))
      insert into term_counts as c (term, products) select n.term, n.products from counted n order by n.term
          on conflict (term) do update set products = excluded.products where c.products <> excluded.products`
  })
}
