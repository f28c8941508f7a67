import type { Invariant } from '#kit/service/service.ts'
import { importInvariants } from './import-invariants.ts'
import { returnInvariants } from './return-invariants.ts'

/** What must hold in this schema at any moment; each statement returns a row for every violation. */
export const invariants: readonly Invariant[] = [
  {
    name: 'I6 every order has told of its creation',
    sql: `select o.id from orders o where not exists (select 1 from outbox_heads h where h.aggregatetype = 'order' and h.aggregateid = o.id::text)`,
  },
  {
    name: 'I15 the lines of an order sum to its totals',
    sql: `select o.id from orders o join (select i.order_id, sum(i.subtotal) as subtotal, sum(i.discount) as discount from order_items i group by i.order_id) s
      on s.order_id = o.id where s.subtotal <> o.subtotal or s.discount <> o.discount`,
  },
  {
    name: 'I17 a promotion counts the uses that stand, and no more than its limit',
    sql: `select p.id from promotions p where p.used > coalesce(p.usage_limit, p.used)
      or p.used <> (select count(*) from promotion_uses u where u.promotion_id = p.id and u.promotion_counted and u.released_at is null)`,
  },
  {
    name: 'I17 a code counts the uses that stand, and no more than its limit',
    sql: `select c.id from coupons c where c.used > coalesce(c.usage_limit, c.used)
      or c.used <> (select count(*) from promotion_uses u where u.coupon_id = c.id and u.coupon_counted and u.released_at is null)`,
  },
  {
    name: 'I17 a cancelled order holds no promotion, an open one holds what it was given',
    sql: `select u.order_id from promotion_uses u left join orders o on o.id = u.order_id where o.id is null or (o.status = 'CANCELLED') <> (u.released_at is not null)`,
  },
  {
    name: 'I14 the balance of a gift card is the sum of its entries',
    sql: `select g.id from gift_cards g where g.balance <> (select coalesce(sum(e.amount), 0) from gift_card_entries e where e.gift_card_id = g.id)`,
  },
  {
    name: 'I14 gift cards paid what the order says, and have it back when it was cancelled',
    sql: `select o.id from orders o left join (
        select e.reference, -sum(e.amount) filter (where e.kind = 'redeem') as paid, coalesce(sum(e.amount) filter (where e.kind = 'give-back'), 0) as back
        from gift_card_entries e group by e.reference) e on e.reference = o.id
      where o.gift_card_paid <> coalesce(e.paid, 0) or (o.status = 'CANCELLED' and coalesce(e.back, 0) <> coalesce(e.paid, 0))`,
  },
  {
    name: 'I19 no flow is left behind',
    sql: `select p.name, p.id from processes p where p.status = 'stuck' or (p.status = 'running' and p.due_at < now() - interval '10 minutes')`,
  },
  {
    name: 'I20 the history of an order ends in its status',
    sql: `select o.id from orders o where o.status <> (select h.to_status from order_history h where h.order_id = o.id order by h.seq desc limit 1)`,
  },
  ...returnInvariants,
  ...importInvariants,
  { name: 'every order lies in the partition of its month', sql: 'select o.id from orders_rest o' },
]
