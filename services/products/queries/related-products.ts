import { isUuid } from './product-detail.ts'
import type { Query } from '#kit/db/db.ts'

/** Cards (JSON text) of what goes with a product: those the shop named, then the newest of its categories. Unknown product: none. */
export async function relatedProducts(
  db: Query,
  asked: string,
  channel: string,
  locale: string,
  limit: number,
): Promise<string[]> {
  const rows = await db<{ card: string }[]>`
    with product as (
      select p.id, p.category_ids from products p
       where ${isUuid(asked) ? db`p.id = ${asked}` : db`p.id = (select sl.product_id from slugs sl where sl.slug = ${asked})`}
    ), named as (
      select c.product_id, c.card::text as card, r.position, c.published_at
        from product p join product_relations r on r.product_id = p.id
        join product_cards c on c.product_id = r.related_id and c.channel = ${channel} and c.locale = ${locale}
    ), alike as (
      select c.product_id, c.card::text as card, 1000000 as position, c.published_at
        from product p join product_cards c on c.channel = ${channel} and c.locale = ${locale} and c.category_ids && p.category_ids and c.product_id <> p.id
       where not exists (select 1 from named n where n.product_id = c.product_id)
       order by c.published_at desc limit ${limit}
    )
    select card from (select * from named union all select * from alike) one
     order by one.position, one.published_at desc, one.product_id limit ${limit}`
  return rows.map((row) => row.card)
}
