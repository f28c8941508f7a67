import type { Invariant } from '#kit/service/service.ts'

export const invariants: readonly Invariant[] = [
  {
    name: 'I30 a cart counts its lines right and keeps within its bounds',
    sql: `select c.id, c.line_count, l.lines
            from carts c
            left join (select l.cart_id, count(*) as lines from cart_lines l group by l.cart_id) l on l.cart_id = c.id
           where c.line_count <> coalesce(l.lines, 0) or c.line_count > 200`,
  },
  {
    name: 'I30 a user has one active cart a channel',
    sql: `select c.user_id, c.channel from carts c where c.state = 'active' and c.user_id is not null group by c.user_id, c.channel having count(*) > 1`,
  },
]
