import { cancelOrder, type CancelOrderInput, type CancelOrderResult } from '#contracts/processes/cancel-order.ts'
import { deliveryRpc } from '#contracts/rpc/delivery.ts'
import { inventoryRpc } from '#contracts/rpc/inventory.ts'
import { ordersRpc } from '#contracts/rpc/orders.ts'
import { paymentsRpc } from '#contracts/rpc/payments.ts'
import { defineProcess } from '#kit/process/process.ts'
import {
  type CancelCommand,
  type CancelHappening,
  type CancelState,
  deadlineSeconds,
  done,
  durable,
  react,
  result,
  start,
} from './cancel-order.ts'

const needs = { inventory: inventoryRpc, payments: paymentsRpc, delivery: deliveryRpc, orders: ordersRpc }

export const cancelOrderProcess = defineProcess<
  CancelOrderInput,
  CancelState,
  CancelCommand,
  CancelHappening,
  CancelOrderResult,
  typeof needs
>({
  contract: cancelOrder,
  start,
  react,
  result,
  done,
  durable,
  deadlineSeconds,
  needs,
  perform: ({ inventory, payments, delivery, orders }) => ({
    async StopParcel({ orderId }, call) {
      const { outcome } = await delivery.cancelShipments({ orderId }, call)
      return { type: outcome === 'dispatched' ? 'parcel-gone' : 'parcel-stopped' }
    },
    async GiveMoneyBack({ orderId, reason }, call) {
      await payments.undo({ orderId, reason }, call)
      return { type: 'given-back' }
    },
    async GiveStockBack({ orderId, lines, reason }, call) {
      await inventory.giveBack({ orderId, lines: [...lines], reason }, call)
      return { type: 'given-back' }
    },
    async CancelOrder({ orderId, reason }, call) {
      await orders.markCancelled({ orderId, reason }, call)
      return { type: 'given-back' }
    },
  }),
  listens: [],
})
