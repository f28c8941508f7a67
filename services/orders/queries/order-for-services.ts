import type { Static } from 'typebox'
import type { ordersRpc } from '#contracts/rpc/orders.ts'
import type { OrdersDeps } from '../deps.ts'
import { guestTokenOf } from '../guest-token.ts'
import type { OrderView } from '../order-view.ts'
import { getOrders } from './get-order.ts'

type Answer = Static<typeof ordersRpc.methods.order.output>

/** Orders as other services need them: to write to the customer, to ship, to check a purchase. One statement, answers in the order of the ids. */
export async function ordersForServices(deps: OrdersDeps, orderIds: readonly string[]): Promise<Answer[]> {
  const orders = new Map((await getOrders(deps.kit.db.sql, [...new Set(orderIds)])).map((order) => [order.id, order]))
  return orderIds.map((id) => answerOf(deps, orders.get(id)))
}

function answerOf(deps: OrdersDeps, order: OrderView | undefined): Answer {
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
  }
}
