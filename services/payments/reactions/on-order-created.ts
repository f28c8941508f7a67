import { OrderCreated } from '#contracts/events/orders.ts'
import { on } from '#kit/messaging/bus.ts'
import type { Deps } from '../deps.ts'

/**
 * In a shop with PAYMENTS_PREAUTHORIZE_ORDERS: notes that the money of a new order shall be set aside from the customer's default method. Only noted: the
 * checkout that placed the order is about to ask by itself, and no gateway is called in a transaction. `jobs/preauthorize.ts` looks later.
 */
export function onOrderCreated({ settings }: Pick<Deps, 'settings'>) {
  return on(OrderCreated, async ({ data: { orderId, customerId, total, imported } }, { tx }) => {
    if (imported || customerId === null || total.amount === 0) return
    await tx`
      insert into preauthorizations (order_id, customer_id, currency, amount, due_at)
      values (${orderId}, ${customerId}, ${total.currency}, ${total.amount}, now() + ${settings.preauthorizeAfterMs} * interval '1 millisecond')
      on conflict do nothing`
  })
}
