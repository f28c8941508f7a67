import { PaymentFailed, PaymentProcessed } from '#contracts/events/payments.ts'
import { checkout, type CheckoutInput, type CheckoutResult } from '#contracts/processes/checkout.ts'
import { cartRpc } from '#contracts/rpc/cart.ts'
import { deliveryRpc } from '#contracts/rpc/delivery.ts'
import { inventoryRpc } from '#contracts/rpc/inventory.ts'
import { ordersRpc } from '#contracts/rpc/orders.ts'
import { paymentsRpc, type PaymentOutcome } from '#contracts/rpc/payments.ts'
import { defineProcess, listen } from '#kit/process/process.ts'
import {
  type CheckoutCommand,
  type CheckoutHappening,
  type CheckoutState,
  deadlineSeconds,
  done,
  durable,
  react,
  result,
  start,
} from './checkout.ts'

const needs = { inventory: inventoryRpc, payments: paymentsRpc, delivery: deliveryRpc, orders: ordersRpc, cart: cartRpc }

/** How the commands of the checkout are carried out: one idempotent call each. */
export const checkoutProcess = defineProcess<
  CheckoutInput,
  CheckoutState,
  CheckoutCommand,
  CheckoutHappening,
  CheckoutResult,
  typeof needs
>({
  contract: checkout,
  start,
  react,
  result,
  done,
  durable,
  // not ConfirmOrder: the shopper is told of what it says
  late: ['ReserveStock', 'TakePayment', 'CommitStock', 'PlanParcel', 'CloseCart'],
  deadlineSeconds,
  needs,
  perform: ({ inventory, payments, delivery, orders, cart }) => ({
    async ReserveStock({ orderId, channel, lines, importedAt, holdSeconds }, call) {
      if (importedAt) return { type: 'stock-reserved' }
      const answer = await inventory.reserve({ orderId, channel, lines: [...lines], ttlSeconds: holdSeconds }, call)
      if (answer.outcome === 'reserved') return { type: 'stock-reserved' }
      if (answer.outcome === 'ended') return { type: 'stock-expired' }
      return { type: 'stock-refused', missing: answer.skus }
    },
    async TakePayment({ orderId, amount, paymentMethodId, capture, customerId, importedAt }, call) {
      const history = importedAt ? { imported: true, at: importedAt } : {}
      return happeningOf(
        await payments.authorize({ orderId, attempt: 1, amount, paymentMethodId, capture, customerId, ...history }, call),
      )
    },
    async CheckPayment({ orderId }, call) {
      const status = await payments.status({ orderId }, call)
      return status.outcome === 'none' ? { type: 'money-refused', reason: 'no payment was made' } : happeningOf(status)
    },
    async CommitStock({ orderId }, call) {
      const { outcome } = await inventory.commit({ orderId }, call)
      return { type: outcome === 'committed' ? 'stock-committed' : 'stock-expired' }
    },
    async PlanParcel({ orderId, lines, optionId, importedAt }, call) {
      const { address } = await orders.shippingAddress({ orderId }, call)
      if (!address) return { type: 'parcel-planned' }
      const orderUnits = lines.reduce((units, line) => units + line.quantity, 0)
      const history = importedAt ? { imported: true, at: importedAt } : {}
      // The first parcel of an order has the order's id, so a repeat plans the same parcel.
      await delivery.createShipment(
        { orderId, shipmentId: orderId, optionId, address, lines: [...lines], orderUnits, ...history },
        call,
      )
      return { type: 'parcel-planned' }
    },
    async ConfirmOrder({ orderId, importedAt, changed }, call) {
      const { outcome } = await orders.confirm(
        { orderId, ...(importedAt ? { at: importedAt } : {}), ...(changed ? { changed } : {}) },
        call,
      )
      return { type: outcome === 'confirmed' ? 'order-confirmed' : 'order-not-open' }
    },
    async CompleteImported(imported, call) {
      await orders.completeImported({ orderId: imported.orderId, at: imported.at }, call)
      return { type: 'order-completed' }
    },
    async CloseCart({ cartId, orderId }, call) {
      await cart.close({ cartId, orderId }, call)
      return { type: 'cart-closed' }
    },
    async StopParcel({ orderId }, call) {
      const { outcome } = await delivery.cancelShipments({ orderId }, call)
      return { type: outcome === 'dispatched' ? 'parcel-gone' : 'parcel-stopped' }
    },
    async GiveMoneyBack({ orderId, reason }, call) {
      await payments.undo({ orderId, reason }, call)
      return { type: 'undone' }
    },
    async GiveStockBack({ orderId, lines, reason }, call) {
      await inventory.giveBack({ orderId, lines: [...lines], reason }, call)
      return { type: 'undone' }
    },
    async CancelOrder({ orderId, reason }, call) {
      await orders.markCancelled({ orderId, reason }, call)
      return { type: 'undone' }
    },
  }),
  listens: [
    listen(PaymentProcessed, ({ data }) => ({ processId: data.orderId, happening: { type: 'money-there' } })),
    listen(PaymentFailed, ({ data }) => ({ processId: data.orderId, happening: { type: 'money-refused', reason: data.reason } })),
  ],
})

function happeningOf(payment: PaymentOutcome): CheckoutHappening {
  switch (payment.outcome) {
    case 'authorized':
    case 'captured':
      return { type: 'money-there' }
    case 'declined':
      return { type: 'money-refused', reason: payment.reason }
    case 'challenge':
      return { type: 'challenge', url: payment.url }
    case 'pending':
      return { type: 'money-pending' }
  }
}
