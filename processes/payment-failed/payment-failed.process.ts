import { PaymentFailed } from '#contracts/events/payments.ts'
import { type Ended, type OrderOnly, paymentFailed } from '#contracts/processes/end-checkout.ts'
import { ordersRpc } from '#contracts/rpc/orders.ts'
import { paymentsRpc } from '#contracts/rpc/payments.ts'
import { beginOn, defineProcess } from '#kit/process/process.ts'
import { type FailedCommand, type FailedHappening, type FailedState, react, result, start } from './payment-failed.ts'

const needs = { orders: ordersRpc, payments: paymentsRpc }

export const paymentFailedProcess = defineProcess<OrderOnly, FailedState, FailedCommand, FailedHappening, Ended, typeof needs>({
  contract: paymentFailed,
  start,
  react,
  result,
  done: (state) => state.type === 'ended',
  durable: (state) => state.type === 'taking-back',
  deadlineSeconds: () => 30,
  needs,
  perform: ({ orders, payments }) => ({
    async EndCheckout({ orderId }, call) {
      const { outcome } = await orders.endCheckout({ orderId, reason: 'payment-failed' }, call)
      if (outcome === 'cancelled') return { type: 'checkout-ended' }
      if (outcome !== 'confirmed') return { type: 'nothing-open' }
      // Another attempt may have paid the order meanwhile.
      const money = await payments.status({ orderId }, call)
      return { type: money.outcome === 'captured' || money.outcome === 'authorized' ? 'nothing-open' : 'was-confirmed' }
    },
    async TakeOrderBack({ orderId }, call) {
      const { outcome } = await orders.takeBack({ orderId, reason: 'payment-failed' }, call)
      return { type: outcome === 'cancelled' ? 'taken-back' : 'too-late' }
    },
  }),
  listens: [],
  beginsOn: [
    beginOn(PaymentFailed, ({ data }) =>
      data.imported ? undefined : { processId: data.orderId, input: { orderId: data.orderId } },
    ),
  ],
})
