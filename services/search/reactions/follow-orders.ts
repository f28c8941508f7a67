import { OrderConfirmed } from '#contracts/events/orders.ts'
import { UserDeleted } from '#contracts/events/users.ts'
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
  const bought = events.flatMap(({ data: { imported, customerId, orderId, lines } }) =>
    imported || customerId === null
      ? []
      : lines.map(({ productId }) => ({ user_id: customerId, order_id: orderId, product_id: productId })),
  )
  if (bought.length === 0) return
  await tx`
    with bought as (
      select * from jsonb_to_recordset(${JSON.stringify(bought)}::text::jsonb) as x(user_id uuid, order_id uuid, product_id uuid)
    ), followed as (
      update clicks c set order_id = b.order_id from bought b
       where c.user_id = b.user_id and c.product_id = b.product_id and c.order_id is null and c.at > now() - make_interval(days => ${FOLLOWED_DAYS})
      returning c.at::date as day, c.channel, c.locale, c.query, c.order_id
    ), counted as (
      select f.day, f.channel, f.locale, f.query, count(distinct f.order_id) as orders from followed f group by 1, 2, 3, 4
    )
    update query_days d set orders = d.orders + c.orders from counted c
     where (d.day, d.channel, d.locale, d.query) = (c.day, c.channel, c.locale, c.query)`
})

export const forgetUser: Reaction = on(UserDeleted, async ({ data }, { tx }) => {
  await tx`update clicks set user_id = null where clicks.user_id = ${data.userId}`
})
