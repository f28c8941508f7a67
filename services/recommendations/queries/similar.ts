import type { Query } from '#kit/db/db.ts'

/** Rarest terms that candidates are looked up by. */
const LOOKED_UP = 12
/** A term of more products than this tells too little to look up by. */
const COMMON = 3000

/**
 * Products whose text and attributes are like this one's, the closest first: cosine of terms weighted by rarity (inverse document frequency). Words of
 * descriptions count a third. Knows a product as soon as its event was handled.
 */
export async function similarProducts(db: Query, productId: string, channel: string, limit: number): Promise<string[]> {
  const rows = await db<{ product_id: string }[]>`
    with size as (select greatest(count(*), 1)::float8 as products from facts),
    mine as (
      select t.term, coalesce(c.products, 1) as products,
             case when t.term like 'd:%' then 0.33 else 1 end * ln(1 + size.products / coalesce(c.products, 1)) as weight
        from size, facts f cross join unnest(f.terms) as t(term) left join term_counts c using (term) where f.product_id = ${productId}
    ), rare as (
      select array_agg(r.term) as terms from (select m.term from mine m where m.products <= ${COMMON} order by m.weight desc, m.term limit ${LOOKED_UP}) r
    ), near as (
      select f.product_id, f.terms from facts f, rare
       where f.terms && rare.terms and f.channels @> array[${channel}]::text[] and f.product_id <> ${productId} limit 5000
    )
    select n.product_id, sum(m.weight * m.weight) / sqrt(cardinality(n.terms)) as likeness
      from near n cross join unnest(n.terms) as t(term) join mine m using (term)
     group by n.product_id, n.terms order by likeness desc, n.product_id limit ${limit}`
  return rows.map(({ product_id }) => product_id)
}
