import { ordersRpc } from '#contracts/rpc/orders.ts'
import { grouped } from '#kit/db/grouped.ts'
import { implement, type RpcImplementation } from '#kit/rpc/rpc.ts'
import { endCheckout, markCancelled, takeBack } from './commands/cancel-order.ts'
import { confirmOrder } from './commands/confirm-order.ts'
import type { OrdersDeps } from './deps.ts'
import { editCalls } from './edit-calls.ts'
import { importCalls } from './import-calls.ts'
import { exportOrders } from './queries/export-orders.ts'
import { giftCardForMail } from './queries/gift-cards.ts'
import { ordersForServices } from './queries/order-for-services.ts'
import { shippingAddressOf } from './queries/shipping-address.ts'
import { ordersOfCustomer } from './queries/orders-of-customer.ts'
import { quoteBasket } from './queries/quote-basket.ts'
import { returnCalls } from './return-calls.ts'

export function ordersCalls(deps: OrdersDeps): RpcImplementation {
  // mails of a moment ask for their orders together
  const order = grouped({ maxSize: 64, maxInFlight: 1 }, (ids: readonly string[]) => ordersForServices(deps, ids))
  return implement(ordersRpc, {
    quote: (input) => quoteBasket(deps, input),
    order: ({ orderId }) => order(orderId),
    shippingAddress: async ({ orderId }) => ({ address: await shippingAddressOf(deps, orderId) }),
    confirm: async (input) => ({ outcome: await confirmOrder(deps, input) }),
    endCheckout: (input) => endCheckout(deps, input),
    takeBack: async (input) => ({
      outcome: (await takeBack(deps, input)).outcome === 'cancelled' ? ('cancelled' as const) : ('too-late' as const),
    }),
    giftCard: ({ giftCardId }) => giftCardForMail(deps, giftCardId),
    markCancelled: (input) => markCancelled(deps, input),
    ordersOfCustomer: (input) => ordersOfCustomer(deps.kit.db.sql, input),
    exportOrders: (input) => exportOrders(deps.kit.db.sql, input),
    ...importCalls(deps),
    ...returnCalls(deps),
    ...editCalls(deps),
  })
}
