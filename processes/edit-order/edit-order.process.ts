import { PaymentFailed, PaymentProcessed } from '#contracts/events/payments.ts'
import { editOrder, type EditOrderInput, type EditOrderResult } from '#contracts/processes/edit-order.ts'
import { deliveryRpc } from '#contracts/rpc/delivery.ts'
import { inventoryRpc } from '#contracts/rpc/inventory.ts'
import { ordersRpc } from '#contracts/rpc/orders.ts'
import { type PaymentOutcome, paymentsRpc } from '#contracts/rpc/payments.ts'
import { defineProcess, listen } from '#kit/process/process.ts'
import {
  deadlineSeconds,
  done,
  durable,
  type EditCommand,
  type EditHappening,
  type EditState,
  react,
  result,
  start,
} from './edit-order.ts'

const needs = { inventory: inventoryRpc, payments: paymentsRpc, delivery: deliveryRpc, orders: ordersRpc }

/** How the commands of a change are carried out: one idempotent call each. The surcharge is a payment of its own, under the change's id. */
export const editOrderProcess = defineProcess<
  EditOrderInput,
  EditState,
  EditCommand,
  EditHappening,
  EditOrderResult,
  typeof needs
>({
  contract: editOrder,
  start,
  react,
  result,
  done,
  durable,
  deadlineSeconds,
  needs,
  perform: ({ inventory, payments, delivery, orders }) => ({
    async SetStock({ orderId, lines }, call) {
      const answer = await inventory.amend({ orderId, lines: [...lines] }, call)
      if (answer.outcome === 'out-of-stock') return { type: 'stock-refused', missing: answer.skus }
      return { type: answer.outcome === 'amended' ? 'stock-set' : 'stock-gone' }
    },
    async TakeSurcharge({ editId, amount, paymentMethodId, customerId }, call) {
      const input = { orderId: editId, attempt: 1, amount, paymentMethodId, capture: true, customerId }
      return happeningOf(await payments.authorize(input, call))
    },
    async CheckSurcharge({ editId }, call) {
      const status = await payments.status({ orderId: editId }, call)
      return status.outcome === 'none' ? { type: 'money-refused', reason: 'no payment was made' } : happeningOf(status)
    },
    async ReplaceParcel({ orderId, editId }, call) {
      const { lines, address } = await orders.parcelOfEdit({ editId }, call)
      const change = { orderId, changeId: editId, ...(lines ? { lines } : {}), ...(address ? { address } : {}) }
      const { outcome } = await delivery.replaceParcels(change, call)
      if (outcome === 'dispatched') return { type: 'parcel-gone' }
      return { type: outcome === 'stopped' ? 'order-stopped' : 'parcel-replaced' }
    },
    async ApplyEdit({ editId }, call) {
      const answer = await orders.applyEdit({ editId }, call)
      return answer.outcome === 'applied' ? { type: 'edit-applied', refunds: answer.refunds } : { type: 'moved-on' }
    },
    async Refund({ part }, call) {
      const { outcome } = await payments.refund({ ...part, reason: 'order-changed' }, call)
      return { type: outcome === 'refunded' ? 'refunded' : outcome === 'pending' ? 'refund-pending' : 'refund-refused' }
    },
    async NoteProblem({ editId, problem }, call) {
      await orders.noteOnEdit({ editId, problem }, call)
      return { type: 'noted' }
    },
    async GiveSurchargeBack({ editId, reason }, call) {
      await payments.undo({ orderId: editId, reason }, call)
      return { type: 'undone' }
    },
    async GiveStockBack({ orderId, lines }, call) {
      await inventory.amend({ orderId, lines: [...lines] }, call)
      return { type: 'undone' }
    },
    async RefuseEdit({ editId, reason }, call) {
      await orders.refuseEdit({ editId, reason }, call)
      return { type: 'undone' }
    },
  }),
  listens: [
    listen(PaymentProcessed, ({ data }) => ({ processId: data.orderId, happening: { type: 'money-there' } })),
    listen(PaymentFailed, ({ data }) => ({ processId: data.orderId, happening: { type: 'money-refused', reason: data.reason } })),
  ],
})

function happeningOf(payment: PaymentOutcome): EditHappening {
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
