import { OrderCancelled, OrderCompleted, OrderConfirmed, OrderDelivered, OrderUpdated } from '#contracts/events/orders.ts'
import { ReviewUpdated } from '#contracts/events/reviews.ts'
import type { OrderLineFact } from '#contracts/values.ts'
import type { Tx } from '#kit/db/db.ts'
import { on, type Reaction } from '#kit/messaging/bus.ts'
import type { Deps } from '../deps.ts'
import { factsOf, reviewColumns, type StoredReview, tell } from '../store.ts'

/** Who bought what, as far as it arrived. Events of an order come in the order they happened. */
export const followOrders = (deps: Deps): Reaction[] => [
  on(OrderConfirmed, ({ data }, { tx }) => bought(tx, data)),
  on(OrderUpdated, async ({ data }, { tx }) => {
    // Without lines something else changed; before the confirmation nothing is bought yet.
    if (!data.lines) return
    const gone = await tx`
      delete from purchases p where p.order_id = ${data.orderId} and p.product_id <> all (${data.lines.map(({ productId }) => productId)}::uuid[])`
    const [known] = await tx`select 1 from purchases p where p.order_id = ${data.orderId} limit 1`
    if (known || gone.count > 0) await bought(tx, { ...data, lines: data.lines })
  }),
  on(OrderCancelled, async ({ data }, { tx }) => void (await tx`delete from purchases where order_id = ${data.orderId}`)),
  on(OrderDelivered, ({ data, time }, { tx }) => arrived(deps, tx, data.orderId, time)),
  // what is not shipped, like a gift card, is never delivered
  on(OrderCompleted, ({ data, time }, { tx }) => arrived(deps, tx, data.orderId, time)),
]

export async function bought(
  tx: Tx,
  {
    orderId,
    customerId,
    lines,
  }: { orderId: string; customerId: string | null; lines: readonly Pick<OrderLineFact, 'productId'>[] },
): Promise<void> {
  if (customerId === null) return
  await tx`
    insert into purchases (order_id, product_id, customer_id)
    select ${orderId}, p, ${customerId} from unnest(${[...new Set(lines.map(({ productId }) => productId))]}::uuid[]) p
        on conflict (order_id, product_id) do nothing`
}

/** From now on it can be judged; a review that was written before is marked as a buyer's. */
export async function arrived(deps: Deps, tx: Tx, orderId: string, at: string): Promise<void> {
  await tx`update purchases set delivered_at = ${at} where order_id = ${orderId} and delivered_at is null`
  const marked = await tx<StoredReview[]>`
    update reviews r set verified = true from purchases p
     where p.order_id = ${orderId} and r.product_id = p.product_id and r.author_id = p.customer_id and not r.verified
    returning ${reviewColumns(tx)}`
  const events = marked.map((review) => ReviewUpdated({ ...factsOf(review), state: review.state, changed: ['verified'] }))
  if (events.length > 0) await tell(deps, tx, [], events)
}
