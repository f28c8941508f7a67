import { ReturnReceived } from '#contracts/events/delivery.ts'
import { returnGoods, type ReturnInput, type ReturnResult } from '#contracts/processes/return.ts'
import { deliveryRpc } from '#contracts/rpc/delivery.ts'
import { inventoryRpc } from '#contracts/rpc/inventory.ts'
import { ordersRpc } from '#contracts/rpc/orders.ts'
import { paymentsRpc } from '#contracts/rpc/payments.ts'
import { DomainError, isTransient } from '#kit/core/errors.ts'
import { uuidFrom } from '#kit/core/ids.ts'
import { defineProcess, listen } from '#kit/process/process.ts'
import {
  deadlineSeconds,
  done,
  durable,
  react,
  result,
  type ReturnCommand,
  type ReturnHappening,
  type ReturnState,
  start,
} from './return.ts'

const needs = { inventory: inventoryRpc, payments: paymentsRpc, delivery: deliveryRpc, orders: ordersRpc }

/** How the commands of a return are carried out: one idempotent call each. */
export const returnProcess = defineProcess<ReturnInput, ReturnState, ReturnCommand, ReturnHappening, ReturnResult, typeof needs>({
  contract: returnGoods,
  start,
  react,
  result,
  done,
  durable,
  deadlineSeconds,
  needs,
  perform: ({ inventory, payments, delivery, orders }) => ({
    async MakeLabel({ returnId, orderId, lines }, call) {
      const order = await orders.order({ orderId }, call)
      if (!order?.address) return { type: 'labelled' }
      try {
        const { trackingNumber } = await delivery.createReturn(
          { orderId, returnId, address: order.address, lines: [...lines] },
          call,
        )
        await orders.noteOnReturn({ returnId, trackingNumber }, call)
      } catch (error) {
        // No carrier takes it from there: the customer sends it in another way, the warehouse books it in by hand.
        if (!(error instanceof DomainError) || isTransient(error)) throw error
        await orders.noteOnReturn({ returnId, problem: `no label: ${error.message}` }, call)
      }
      return { type: 'labelled' }
    },
    async RecordReceipt({ returnId, lines }, call) {
      const answer = await orders.recordReceipt({ returnId, lines: [...lines] }, call)
      return answer.outcome === 'received' ? { type: 'received', receipt: answer.receipt } : { type: 'closed' }
    },
    async CloseReturn({ returnId }, call) {
      const answer = await orders.closeReturn({ returnId }, call)
      return answer.outcome === 'received' ? { type: 'received', receipt: answer.receipt } : { type: 'closed' }
    },
    async Refund({ part, attempt }, call) {
      const refundId = attempt === 1 ? part.refundId : uuidFrom(`refund ${part.refundId} attempt ${attempt}`)
      const { outcome } = await payments.refund({ orderId: part.orderId, refundId, amount: part.amount, reason: 'return' }, call)
      return { type: outcome === 'refunded' ? 'refunded' : outcome === 'pending' ? 'refund-pending' : 'refund-refused' }
    },
    async NoteProblem({ returnId, problem }, call) {
      await orders.noteOnReturn({ returnId, problem }, call)
      return { type: 'noted' }
    },
    async Restock({ returnId, orderId, lines }, call) {
      if (lines.length > 0) await inventory.restock({ reference: returnId, orderId, lines: [...lines], reason: 'return' }, call)
      return { type: 'restocked' }
    },
    async Complete({ returnId }, call) {
      await orders.completeReturn({ returnId, outcome: 'refunded' }, call)
      return { type: 'completed' }
    },
  }),
  listens: [
    listen(ReturnReceived, ({ data }) => ({ processId: data.returnId, happening: { type: 'arrived', lines: data.lines } }), {
      whileRunning: true,
    }),
  ],
})
