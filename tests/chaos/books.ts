import { ORDER_STATUSES, mayMove } from '../../services/orders/order.ts'
import type { OrderStatus } from '#contracts/events/orders.ts'
import type { Sql } from '#kit/db/db.ts'
import { type Finding, wrongs } from './scenario.ts'

type Row = Pick<Finding, 'id' | 'trials' | 'violations' | 'examples' | 'note'>

/** Rules that can be read off the books at the end of a run, whatever happened in it: what was counted, and what does not add up. */
export async function checkBooks(sql: Sql): Promise<Row[]> {
  const rule = async (id: string, note: string, counted: string, broken: string): Promise<Row> => {
    const [row] = await sql.unsafe<{ n: number }[]>(`select count(*)::int as n from (${counted}) counted`)
    const wrong = await sql.unsafe<{ what: string }[]>(broken)
    return rowOf(id, note, row!.n, wrong)
  }
  const legal = ORDER_STATUSES.flatMap((from) => ORDER_STATUSES.filter((to) => mayMove(from, to)).map((to) => `${from} ${to}`))
  return [
    await rule(
      'I3',
      'orders: what is held of each article is the sum of their lines of it',
      'select distinct order_id from orders.order_items',
      `with wanted as (select order_id, sku, sum(quantity)::int as units from orders.order_items group by 1, 2),
            held as (select order_id, sku, sum(quantity + owed)::int as units from inventory.reservation_lines group by 1, 2)
       select w.order_id || ' wants ' || w.units || ' of ' || w.sku || ', held were ' || h.units as what
         from wanted w join held h using (order_id, sku) where w.units <> h.units`,
    ),
    await rule(
      'I4',
      'holds of stock that ended once: sold with one movement of the ledger each, or let go with none',
      'select order_id from inventory.reservations',
      `with sold as (select reference, sku, -sum(delta)::int as units, count(*) as times from inventory.movements where kind = 'sale' group by 1, 2),
            held as (select x.order_id, x.state, l.sku, sum(l.quantity)::int as units, count(*) as places
                       from inventory.reservations x join inventory.reservation_lines l on l.order_id = x.order_id group by 1, 2, 3)
       select coalesce(h.order_id::text, s.reference) || ' is ' || coalesce(h.state, 'unknown') || ', sold ' || coalesce(s.units, 0) || ' of ' || coalesce(h.units, 0) as what
         from held h full join sold s on s.reference = h.order_id::text and s.sku = h.sku
        -- what was sold to an order that was changed stands in several movements
        where not exists (select from orders.order_edits e where e.order_id::text = coalesce(h.order_id::text, s.reference)) and (h.state is null or h.state = 'held' or (h.state = 'committed') <> (s.units is not null)
           or (h.state = 'committed' and (s.units <> h.units or s.times <> h.places)))`,
    ),
    await rule(
      'I6',
      'orders that have told of themselves: a chain of events each, from its beginning',
      'select id from orders.orders',
      `select o.id || ' has told of nothing' as what from orders.orders o
        where not exists (select from bus.log l where l.topic = 'order.events' and l.key = o.id::text and l.type = 'OrderCreated.v1')
       union all
       select l.key || ' is told of and is not there' from bus.log l
        where l.topic = 'order.events' and l.type = 'OrderCreated.v1' and not exists (select from orders.orders o where o.id::text = l.key)`,
    ),
    await rule(
      'I14',
      'transactions of the ledger whose entries sum to zero; payments whose entries are what they say',
      'select distinct tx_id from payments.ledger_entries',
      `select tx_id || ': ' || sum(amount) || ' ' || currency as what from payments.ledger_entries group by tx_id, currency having sum(amount) <> 0
       union all
       select 'payment ' || p.id || ' says ' || (p.captured - p.refunded - p.charged_back) || ', the ledger ' || coalesce(sum(e.amount), 0)
         from payments.payments p left join payments.ledger_entries e on e.payment_id = p.id and e.account like 'gateway:%' group by p.id
       having coalesce(sum(e.amount), 0) <> p.captured - p.refunded - p.charged_back
       union all
       select 'payment ' || e.payment_id || ' has money in the ledger and is not there' from payments.ledger_entries e
        where not exists (select from payments.payments p where p.id = e.payment_id)`,
    ),
    await rule(
      'I15',
      'orders whose lines sum to their totals, to the last cent',
      'select id from orders.orders',
      `select o.id || ': lines ' || coalesce(s.subtotal, 0) || ' − ' || coalesce(s.discount, 0) || ', order ' || o.subtotal || ' − ' || o.discount as what
         from orders.orders o
         left join (select order_id, sum(subtotal) as subtotal, sum(discount) as discount, sum(unit_price * quantity) as priced from orders.order_items group by 1) s on s.order_id = o.id
        where s.subtotal is distinct from o.subtotal or s.discount is distinct from o.discount or s.priced is distinct from o.subtotal
           or o.total <> o.subtotal - o.discount + o.shipping + case when o.tax_included then 0 else o.tax end`,
    ),
    await movesOf(sql, legal),
  ]
}

/** Every move an order has made, in its history: allowed, each from where the one before had led, and the last one to where it is. No order is without. */
async function movesOf(sql: Sql, legal: readonly string[]): Promise<Row> {
  const moves = await sql<
    { order: string; seq: number; from: OrderStatus | null; to: OrderStatus; before: OrderStatus | null; now: string }[]
  >`
    select h.order_id as order, h.seq, h.from_status as from, h.to_status as to,
           lag(h.to_status) over (partition by h.order_id order by h.seq) as before,
           case when h.seq = max(h.seq) over (partition by h.order_id) then o.status else h.to_status end as now
      from orders.order_history h join orders.orders o on o.id = h.order_id
     where h.from_status is distinct from h.to_status`
  const wrong = moves
    .filter(({ from, to, before, now }) => (from !== null && !legal.includes(`${from} ${to}`)) || from !== before || to !== now)
    .map(({ order, seq, from, to, now }) => ({ what: `order ${order}, ${seq}: ${from} → ${to}, is ${now}` }))
  const silent = await sql<{ what: string }[]>`
    select 'order ' || o.id || ' has no history' as what from orders.orders o
     where not exists (select from orders.order_history h where h.order_id = o.id)`
  return rowOf('I20', 'moves of orders: allowed, and the history ends where the order is', moves.length, [...wrong, ...silent])
}

function rowOf(id: string, note: string, trials: number, wrong: readonly { what: string }[]): Row {
  return { id, note, trials, ...wrongs(wrong.map(({ what }) => what)) }
}
