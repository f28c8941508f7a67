import type { Invariant } from '#kit/service/service.ts'

/** Statements that return a row for every violation. */
export const invariants: readonly Invariant[] = [
  {
    name: 'every product has one current address',
    sql: `select p.id, p.slug from products p
           where not exists (select 1 from slugs s where s.product_id = p.id and s.current and s.slug = p.slug)`,
  },
  {
    name: 'the category tree has no rings and no broken paths',
    sql: `select c.id, c.path from categories c left join categories parent on parent.id = c.parent_id
           where c.path is distinct from coalesce(parent.path, '{}') || c.id`,
  },
  {
    name: 'only what is on sale and priced is on a list',
    sql: `select c.product_id, c.channel, c.locale from product_cards c join products p on p.id = c.product_id
           where p.status <> 'ACTIVE' and not exists (select 1 from stale_cards s where s.product_id = p.id)`,
  },
  {
    name: 'a channel sells in the currency of its own price list',
    sql: `select ch.key from channels ch left join price_lists l on l.id = ch.base_price_list where l.currency is distinct from ch.currency`,
  },
]
