import { OrderCancelled, OrderConfirmed, OrderUpdated } from '#contracts/events/orders.ts'
import { timeOfUuid } from '#kit/core/ids.ts'
import { onAny, type Reaction } from '#kit/messaging/bus.ts'
import type { Event, EventDefinition } from '#kit/messaging/event.ts'
import type { Tx } from '#kit/db/db.ts'
import { addDemand } from '../demand.ts'
import { boughtTag } from '../kept.ts'
import { holdPeople } from '../person-lock.ts'

/** An order follows from a click that was not longer ago. */
const FOLLOWED_DAYS = 7

interface Line {
  readonly productId: string
  readonly sku: string
  readonly quantity: number
}
interface Told {
  readonly orderId: string
  readonly customerId: string | null
  readonly imported: boolean
  readonly lines?: readonly Line[]
}

/**
 * What was bought, by order: a confirmed order counts from the moment it was placed, a changed one as it is now, a cancelled one not at all. Live lists read
 * these rows, so that they know of an order as soon as it is written.
 */
export const followOrders: Reaction[] = onAny(
  [OrderConfirmed, OrderUpdated, OrderCancelled] as readonly Omit<EventDefinition, never>[] as readonly EventDefinition[],
  async (events, { tx }) => {
    const orders = new Map<string, { told: Told; confirmed: boolean; lines: readonly Line[] }>()
    for (const event of events as readonly Event<Told>[]) {
      const told = event.data
      const before = orders.get(told.orderId)
      if (event.type === OrderCancelled.type) orders.set(told.orderId, { told, confirmed: false, lines: [] })
      else if (told.lines)
        orders.set(told.orderId, {
          told,
          confirmed: (before?.confirmed ?? false) || event.type === OrderConfirmed.type,
          lines: told.lines,
        })
    }
    if (orders.size === 0) return
    const all = [...orders.values()]
    const rows = all.flatMap(rowsOf)
    await holdPeople(
      tx,
      all.flatMap(({ told }) => told.customerId ?? []),
    )
    await write(
      tx,
      [...orders.keys()],
      [...orders].filter(([, { confirmed }]) => confirmed).map(([id]) => id),
      rows,
    )
    const confirmed = all.filter((order) => order.confirmed)
    await addDemand(
      tx,
      confirmed.flatMap(({ told, lines }) =>
        [...new Set(lines.map(({ productId }) => productId))].map((productId) => ({
          kind: 'purchase' as const,
          productId,
          at: timeOfUuid(told.orderId),
        })),
      ),
    )
    const now = confirmed.filter(({ told }) => !told.imported)
    if (now.length > 0) await followUp(tx, now)
  },
)

function rowsOf({ told, lines }: { told: Told; lines: readonly Line[] }) {
  const quantities = new Map<string, number>()
  for (const { productId, quantity } of lines) quantities.set(productId, (quantities.get(productId) ?? 0) + quantity)
  return [...quantities].map(([product_id, quantity]) => ({
    order_id: told.orderId,
    product_id,
    customer_id: told.customerId,
    quantity,
    at: timeOfUuid(told.orderId).toISOString(),
  }))
}

/** Makes the rows of these orders what they are now. An order that is changed before it is confirmed is not bought yet; one of somebody who was erased is nobody's. */
async function write(tx: Tx, orders: string[], confirmed: string[], rows: readonly object[]): Promise<void> {
  await tx`
    with now as (
      select x.* from jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb) as x(order_id uuid, product_id uuid, customer_id uuid, quantity integer, at timestamptz)
       where x.order_id = any(${confirmed}::uuid[]) or exists (select 1 from purchases p where p.order_id = x.order_id)
    ), gone as (
      delete from purchases p where p.order_id = any(${orders}::uuid[])
         and not exists (select 1 from now n where n.order_id = p.order_id and n.product_id = p.product_id)
      returning p.product_id
    ), put as (
      insert into purchases as p (order_id, product_id, customer_id, quantity, at)
      select n.order_id, n.product_id, case when e.person_id is null then n.customer_id end, n.quantity, n.at
        from now n left join erased e on e.person_id = n.customer_id order by n.order_id, n.product_id
          on conflict (order_id, product_id) do update set quantity = excluded.quantity
    )
    select count(*) from gone`
}

/** What an order of this moment means for carts, kept answers, clicks and experiments. */
async function followUp(tx: Tx, orders: readonly { told: Told; lines: readonly Line[] }[]): Promise<void> {
  const tags = [...new Set(orders.flatMap(({ lines }) => lines.map(({ productId }) => boughtTag(productId))))]
  await tx`insert into cache_changes (tags) values (${tags})`
  const bought = orders.flatMap(({ told, lines }) =>
    told.customerId === null
      ? []
      : lines.map(({ sku, productId }) => ({ customer_id: told.customerId, order_id: told.orderId, product_id: productId, sku })),
  )
  if (bought.length === 0) return
  await tx`
    with bought as (
      select * from jsonb_to_recordset(${JSON.stringify(bought)}::text::jsonb) as x(customer_id uuid, order_id uuid, product_id uuid, sku text)
    ), unpacked as (
      delete from cart_items c using bought b where c.customer_id = b.customer_id and c.sku = b.sku
    ), followed as (
      update clicks c set order_id = b.order_id from bought b
       where c.person_id = b.customer_id and c.product_id = b.product_id and c.order_id is null and c.at > now() - make_interval(days => ${FOLLOWED_DAYS})
      returning c.at::date as day, c.placement, c.strategy, c.order_id
    ), counted as (
      select f.day, f.placement, f.strategy, count(distinct f.order_id)::integer as orders from followed f group by 1, 2, 3
    ), summed as (
      update placement_days d set orders = d.orders + c.orders from counted c
       where (d.day, d.placement, d.strategy) = (c.day, c.placement, c.strategy)
    )
    update exposures x set ordered_at = now() from (select distinct b.customer_id from bought b) b, experiments e
     where x.subject_id = b.customer_id and e.id = x.experiment_id and e.state = 'running' and x.ordered_at is null`
}
