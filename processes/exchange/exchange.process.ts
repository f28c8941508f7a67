import { exchange, type ExchangeInput, type ExchangeResult } from '#contracts/processes/exchange.ts'
import { ordersRpc } from '#contracts/rpc/orders.ts'
import { paymentsRpc } from '#contracts/rpc/payments.ts'
import { uuidFrom } from '#kit/core/ids.ts'
import { defineProcess } from '#kit/process/process.ts'
import {
  deadlineSeconds,
  done,
  durable,
  type ExchangeCommand,
  type ExchangeHappening,
  type ExchangeState,
  react,
  result,
  start,
} from './exchange.ts'

const needs = { payments: paymentsRpc, orders: ordersRpc }

/** How the commands of an exchange are carried out: one idempotent call each. */
export const exchangeProcess = defineProcess<
  ExchangeInput,
  ExchangeState,
  ExchangeCommand,
  ExchangeHappening,
  ExchangeResult,
  typeof needs
>({
  contract: exchange,
  start,
  react,
  result,
  done,
  durable,
  deadlineSeconds,
  needs,
  perform: ({ payments, orders }) => ({
    async PlaceReplacement({ returnId }, call) {
      const answer = await orders.placeReplacement({ returnId }, call)
      return answer.outcome === 'placed' ? { type: 'placed', refunds: answer.refunds } : { type: 'impossible' }
    },
    async LookAtReplacement({ returnId }, call) {
      const { outcome } = await orders.replacementState({ returnId }, call)
      return { type: outcome === 'waiting' ? 'still-waiting' : outcome }
    },
    async ReleaseCredit({ returnId }, call) {
      return { type: 'released', refunds: (await orders.releaseCredit({ returnId }, call)).refunds }
    },
    async Refund({ part, attempt }, call) {
      const refundId = attempt === 1 ? part.refundId : uuidFrom(`refund ${part.refundId} attempt ${attempt}`)
      const { outcome } = await payments.refund(
        { orderId: part.orderId, refundId, amount: part.amount, reason: 'exchange' },
        call,
      )
      return { type: outcome === 'refunded' ? 'refunded' : outcome === 'pending' ? 'refund-pending' : 'refund-refused' }
    },
    async NoteProblem({ returnId, problem }, call) {
      await orders.noteOnReturn({ returnId, problem }, call)
      return { type: 'noted' }
    },
    async Complete({ returnId, outcome }, call) {
      await orders.completeReturn({ returnId, outcome }, call)
      return { type: 'completed' }
    },
  }),
  listens: [],
})
