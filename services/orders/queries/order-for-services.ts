import type { Static } from 'typebox'
import type { ordersRpc } from '#contracts/rpc/orders.ts'
import { checkout } from '#contracts/processes/checkout.ts'
import type { OrdersDeps } from '../deps.ts'
import { guestTokenOf } from '../guest-token.ts'
import type { OrderView } from '../order-view.ts'
import { getOrders } from './get-order.ts'

type Answer = Static<typeof ordersRpc.methods.order.output>

/** Orders as other services need them: to write to the customer, to ship, to check a purchase. Answers in the order of the ids. */
export async function ordersForServices(deps: OrdersDeps, orderIds: readonly string[]): Promise<Answer[]> {
  const orders = new Map((await getOrders(deps.kit.db.sql, [...new Set(orderIds)])).map((order) => [order.id, order]))
  const unpaid = await awaitingPayment(deps, [...orders.values()])
  return orderIds.map((id) => answerOf(deps, orders.get(id), unpaid))
}

/** Which of them wait for their customer to name a means of payment. Most orders have one from the start: then nothing is asked. */
async function awaitingPayment({ kit }: OrdersDeps, orders: readonly OrderView[]): Promise<ReadonlySet<string>> {
  const open = orders.filter(({ status }) => status === 'PENDING').map(({ id }) => id)
  if (open.length === 0) return new Set()
  const rows = await kit.db.sql<{ id: string }[]>`
    select p.id from processes p
     where p.name = ${checkout.name} and p.id = any (${open}::uuid[]) and p.state->>'type' = 'awaiting-payment'`
  return new Set(rows.map(({ id }) => id))
}

function answerOf(deps: OrdersDeps, order: OrderView | undefined, unpaid: ReadonlySet<string>): Answer {
  if (!order) return null
  return {
    orderId: order.id,
    number: order.number,
    status: order.status,
    channel: order.channel,
    locale: order.locale,
    customerId: order.customerId,
    email: order.email,
    total: order.total,
    placedAt: order.placedAt,
    address: order.shippingAddress,
    guestToken: order.customerId === null ? guestTokenOf(deps.kit.secret('orders/guest-token'), order.id) : null,
    lines: order.items.map(({ lineId, sku, title, quantity, unitPrice, total }) => ({
      lineId,
      sku,
      title,
      quantity,
      unitPrice: unitPrice.amount,
      total: total.amount,
    })),
    awaitsPayment: unpaid.has(order.id),
  }
}
