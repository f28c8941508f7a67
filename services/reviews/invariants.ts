import type { Invariant } from '#kit/service/service.ts'

/** Each returns one row per violation; none is a healthy shop. */
export const invariants: readonly Invariant[] = [
  {
    name: 'R1 the stars of a product are those of its shown reviews',
    sql: `select product_id, s.stars, f.stars as folded
            from summaries s
            full join (select r.product_id, array[count(*) filter (where r.stars = 1), count(*) filter (where r.stars = 2), count(*) filter (where r.stars = 3),
                              count(*) filter (where r.stars = 4), count(*) filter (where r.stars = 5)]::integer[] as stars
                         from reviews r where r.state = 'published' group by r.product_id) f using (product_id)
           where coalesce(s.stars, '{0,0,0,0,0}') <> coalesce(f.stars, '{0,0,0,0,0}')`,
  },
  {
    name: 'R2 nobody has two reviews of one product',
    sql: 'select r.product_id, r.author_id from reviews r group by 1, 2 having count(*) > 1',
  },
  {
    name: 'R3 votes and open reports are counted right',
    sql: `select r.id from reviews r
           where (r.helpful, r.unhelpful) <> (select count(*) filter (where v.helpful), count(*) filter (where not v.helpful) from votes v where v.review_id = r.id)
              or r.open_reports <> (select count(*) from reports p where p.review_id = r.id and p.closed_at is null)`,
  },
  {
    name: 'R5 pictures that wait are counted right',
    sql: 'select r.id from reviews r where r.pictures_waiting <> (select count(*) from pictures p where p.review_id = r.id and p.waiting)',
  },
  {
    name: 'R4 every change of the stars was told',
    sql: 'select s.product_id, s.revision, s.told from summaries s where s.revision <> s.told',
  },
]
