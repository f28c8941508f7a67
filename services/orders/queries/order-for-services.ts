import type { Static } from 'typebox'
import type { ordersRpc } from '#contracts/rpc/orders.ts'
import type { OrdersDeps } from '../deps.ts'
import { guestTokenOf } from '../guest-token.ts'
import { getOrder } from './get-order.ts'

type Answer = Static<typeof ordersRpc.methods.order.output>

/** An order as other services need it: to write to the customer, to ship, to check a purchase. */
export async function orderForServices(deps: OrdersDeps, orderId: string): Promise<Answer> {
  const order = await getOrder(deps.kit.db.sql, orderId)
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
