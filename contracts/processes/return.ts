import Type, { type Static } from 'typebox'
import { StockLine, Uuid } from '#contracts/values.ts'
import { MoneyJson } from '#kit/core/money.ts'
import { closed } from '#kit/messaging/event.ts'
import { defineProcessContract } from '#kit/process/contract.ts'

/** A part of a refund: money of one order's payment, given back once per `refundId`. */
export const RefundPart = closed({ refundId: Uuid, orderId: Uuid, amount: MoneyJson })
export type RefundPart = Static<typeof RefundPart>

/** What came of the goods' arrival: what goes back on the shelf, and what money goes back through payments. */
export const Receipt = closed({ restock: Type.Array(StockLine), refunds: Type.Array(RefundPart) })
export type Receipt = Static<typeof Receipt>

/** Goods that are to come back. For an exchange the flow ends when they are here; the process `exchange` goes on. */
export const ReturnInput = closed({
  returnId: Uuid,
  orderId: Uuid,
  kind: Type.Union([Type.Literal('return'), Type.Literal('exchange')]),
  lines: Type.Array(StockLine, { minItems: 1 }),
  /** a rule has agreed already */
  approved: Type.Boolean(),
  /** seconds the customer has, from the approval, to send the goods */
  sendWithinSeconds: Type.Integer({ minimum: 1 }),
})
export type ReturnInput = Static<typeof ReturnInput>

export const ReturnResult = closed({
  outcome: Type.Union([Type.Literal('refunded'), Type.Literal('exchanging'), Type.Literal('rejected'), Type.Literal('closed')]),
})
export type ReturnResult = Static<typeof ReturnResult>

/** Approval → label → goods → refund → shelf. */
export const returnGoods = defineProcessContract('return', 'orders', { input: ReturnInput, result: ReturnResult })

/** What can happen to a waiting return from outside. */
export type ReturnDecision = { readonly type: 'approved' } | { readonly type: 'rejected' }
export type GoodsReceived = { readonly type: 'received'; readonly receipt: Receipt }
/** Staff looked at a refused refund: try again, or the money went back in another way. */
export type RefundDecision = { readonly type: 'refund-again' } | { readonly type: 'refund-settled' }
