import { OrderCancelled, OrderConfirmed } from '#contracts/events/orders.ts'
import { UserDeleted } from '#contracts/events/users.ts'
import type { Tx } from '#kit/db/db.ts'
import { on, onMany, type Reaction } from '#kit/messaging/bus.ts'
import { POPULARITY_EPOCH } from '../engines/postgres.ts'

/** An order counts for a search when the click was not longer ago. */
const FOLLOWED_DAYS = 7
const MONTH_MS = 30 * 86_400_000

/** Sold units, fading by half in a month, and orders that began with a search. */
export const followOrders: Reaction = onMany(OrderConfirmed, async (events, { tx }) => {
  const sold = new Map<string, { product_id: string; units: number; weight: number }>()
  for (const { data, time } of events) {
    for (const { productId, quantity } of data.lines) {
      const before = sold.get(productId) ?? { product_id: productId, units: 0, weight: 0 }
      const months = Date.parse(time) / MONTH_MS - POPULARITY_EPOCH
      sold.set(productId, {
        product_id: productId,
        units: before.units + quantity,
        weight: before.weight + quantity * 2 ** months,
      })
    }
  }
  await tx`
    insert into sales as s (product_id, units, score)
    select x.product_id, x.units, log(2, x.weight::numeric)::float8
      from jsonb_to_recordset(${JSON.stringify([...sold.values()])}::text::jsonb) as x(product_id uuid, units bigint, weight float8) order by x.product_id
        on conflict (product_id) do update
       set units = s.units + excluded.units, waiting = true, score = log(2, (2 ^ s.score + 2 ^ excluded.score)::numeric)::float8`
  const bought = events.flatMap(({ data: { imported, customerId, orderId, lines }, time }) =>
    imported || customerId === null
      ? []
      : lines.map(({ productId }) => ({ user_id: customerId, order_id: orderId, product_id: productId, at: time })),
  )
  if (bought.length > 0) await countOrders(tx, bought)
})

interface Bought {
  readonly user_id: string
  readonly order_id: string
  readonly product_id: string
  /** when it was confirmed */
  readonly at: string
}

/** Takes the counts in the order in which the log of searches takes them: of two who wait for each other, the log would lose its searches. */
const lockDays = (tx: Tx, changes: string) => tx`
  select d.day, d.channel, d.locale, d.query, c.orders from query_days d join ${tx(changes)} c using (day, channel, locale, query)
   order by d.channel, d.locale, d.query, d.day for update of d`

/** Counts each order for the searches whose clicks it follows, once however often it is told. */
async function countOrders(tx: Tx, bought: readonly Bought[]): Promise<void> {
  await tx`
    with bought as (
      select * from jsonb_to_recordset(${JSON.stringify(bought)}::text::jsonb) as x(user_id uuid, order_id uuid, product_id uuid, at timestamptz)
       where not exists (select 1 from clicks k where k.order_id = x.order_id)
    ), followed as (
      update clicks c set order_id = b.order_id, counted_on = (
          select max(d.day) from query_days d
           where (d.channel, d.locale, d.query) = (c.channel, c.locale, c.query) and d.day between c.at::date - 1 and c.at::date)
        from bought b
       where c.user_id = b.user_id and c.product_id = b.product_id and c.order_id is null and c.cancelled_order is distinct from b.order_id
         and c.at between b.at - make_interval(days => ${FOLLOWED_DAYS}) and b.at
      returning c.counted_on as day, c.channel, c.locale, c.query, c.order_id
    ), counted as (
      select f.day, f.channel, f.locale, f.query, count(distinct f.order_id) as orders from followed f where f.day is not null group by 1, 2, 3, 4
    ), locked as materialized (${lockDays(tx, 'counted')})
    update query_days d set orders = d.orders + l.orders from locked l
     where (d.day, d.channel, d.locale, d.query) = (l.day, l.channel, l.locale, l.query)`
}

/** A cancelled order comes from no search; its clicks are free for the next one. */
export const followCancelled: Reaction = onMany(OrderCancelled, async (events, { tx }) => {
  await tx`
    with counted as materialized (
      select c.id, c.order_id, c.counted_on, c.channel, c.locale, c.query from clicks c
       where c.order_id = any(${events.map(({ data }) => data.orderId)}::uuid[]) order by c.id for update
    ), freed as (
      update clicks c set order_id = null, counted_on = null, cancelled_order = k.order_id from counted k where c.id = k.id
    ), fewer as (
      select k.counted_on as day, k.channel, k.locale, k.query, count(distinct k.order_id) as orders from counted k
       where k.counted_on is not null group by 1, 2, 3, 4
    ), locked as materialized (${lockDays(tx, 'fewer')})
    update query_days d set orders = d.orders - l.orders from locked l
     where (d.day, d.channel, d.locale, d.query) = (l.day, l.channel, l.locale, l.query)`
})

export const forgetUser: Reaction = on(UserDeleted, async ({ data }, { tx }) => {
  await tx`update clicks set user_id = null where clicks.user_id = ${data.userId}`
})
