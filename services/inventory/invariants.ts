import type { Invariant } from '#kit/service/service.ts'

/** Each returns one row per violation; none is a healthy shop. */
export const invariants: readonly Invariant[] = [
  {
    name: 'I1 stock is never negative and never promised twice',
    sql: 'select s.sku, s.warehouse from stock s where s.reserved < 0 or s.reserved > s.on_hand or s.owed < 0',
  },
  {
    name: 'I2 what is reserved is the sum of the live holds',
    sql: `select s.sku, s.warehouse, s.reserved, s.owed, l.quantity, l.owed as lines_owed
            from stock s
            full join (select l.sku, l.warehouse,
                              coalesce(sum(l.quantity) filter (where x.state = 'held'), 0) as quantity,
                              coalesce(sum(l.owed) filter (where x.state in ('held', 'committed')), 0) as owed
                         from reservation_lines l join reservations x on x.order_id = l.order_id
                        where x.state = 'held' or l.owed > 0
                        group by l.sku, l.warehouse) l on l.sku = s.sku and l.warehouse = s.warehouse
           where s.sku is null or s.reserved <> coalesce(l.quantity, 0) or s.owed <> coalesce(l.owed, 0)`,
  },
  {
    name: 'I2 what lies on the shelf is the sum of all movements',
    sql: `select s.sku, s.warehouse, s.on_hand, m.total
            from stock s
            full join (select m.sku, m.warehouse, sum(m.delta) as total from movements m group by m.sku, m.warehouse) m
              on m.sku = s.sku and m.warehouse = s.warehouse
           where s.sku is null or s.on_hand <> coalesce(m.total, 0)`,
  },
  {
    name: 'I4 no hold outlives its time by more than a minute',
    sql: "select x.order_id, x.expires_at from reservations x where x.state = 'held' and x.expires_at < clock_timestamp() - interval '60 seconds'",
  },
]
