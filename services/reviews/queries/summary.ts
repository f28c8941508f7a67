import type { Query } from '#kit/db/db.ts'
import type { Summary, Titles } from '../shapes.ts'
import { ratingOf } from '../store.ts'

/** What the shown reviews of a product come to, and which filters would find something. */
export async function summaryOf(sql: Query, productId: string, locale: string): Promise<Summary> {
  const [row] = await sql<
    { stars: number[]; reviews: number; total: number; revision: bigint; verified: number; withPictures: number }[]
  >`
    select s.stars, s.reviews, s.total, s.revision,
           (select count(*)::integer from reviews r where r.product_id = s.product_id and r.state = 'published' and r.verified) as verified,
           (select count(*)::integer from reviews r where r.product_id = s.product_id and r.state = 'published'
               and exists (select 1 from pictures p where p.review_id = r.id and not p.waiting)) as "withPictures"
      from summaries s where s.product_id = ${productId}`
  const tags = await sql<{ key: string; titles: Titles; count: number }[]>`
    select t.key, t.titles, u.count from tags t join (
      select tag, count(*)::integer as count from reviews r cross join unnest(r.tags) tag where r.product_id = ${productId} and r.state = 'published' group by tag
    ) u on u.tag = t.key order by u.count desc, t.position, t.key`
  const stars = row?.stars ?? [0, 0, 0, 0, 0]
  return {
    productId,
    average: row ? ratingOf({ productId, ...row }).average : 0,
    reviews: row?.reviews ?? 0,
    verified: row?.verified ?? 0,
    withPictures: row?.withPictures ?? 0,
    stars: [5, 4, 3, 2, 1].map((one) => ({ stars: one, count: stars[one - 1]! })),
    tags: tags.map(({ key, titles, count }) => ({ key, title: titleIn(titles, locale), count })),
  }
}

/** In the language, its relative, English, or whatever there is. */
export function titleIn(titles: Titles, locale: string): string {
  return titles[locale] ?? titles[locale.split('-')[0]!] ?? titles['en'] ?? Object.values(titles)[0]!
}
