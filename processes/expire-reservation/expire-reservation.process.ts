import { ReservationExpired } from '#contracts/events/inventory.ts'
import { type Ended, expireReservation, type OrderOnly } from '#contracts/processes/end-checkout.ts'
import { ordersRpc } from '#contracts/rpc/orders.ts'
import { beginOn, defineProcess } from '#kit/process/process.ts'
import { type ExpireCommand, type ExpireHappening, type ExpireState, react, result, start } from './expire-reservation.ts'

const needs = { orders: ordersRpc }

export const expireReservationProcess = defineProcess<
  OrderOnly,
  ExpireState,
  ExpireCommand,
  ExpireHappening,
  Ended,
  typeof needs
>({
  contract: expireReservation,
  start,
  react,
  result,
  done: (state) => state.type === 'ended',
  durable: () => false,
  deadlineSeconds: () => 30,
  needs,
  perform: ({ orders }) => ({
    async EndCheckout({ orderId }, call) {
      const { outcome } = await orders.endCheckout({ orderId, reason: 'reservation-expired' }, call)
      return { type: outcome === 'cancelled' ? 'checkout-ended' : 'checkout-was-over' }
    },
  }),
  listens: [],
  beginsOn: [beginOn(ReservationExpired, ({ data }) => ({ processId: data.orderId, input: { orderId: data.orderId } }))],
})
