import Type, { type Static } from 'typebox'
import { CancelReason } from '#contracts/events/orders.ts'
import { StockLine, Uuid } from '#contracts/values.ts'
import { closed } from '#kit/messaging/event.ts'
import { defineProcessContract } from '#kit/process/contract.ts'

export const CancelOrderInput = closed({
  orderId: Uuid,
  reason: CancelReason,
  lines: Type.Array(StockLine, { minItems: 1 }),
  /** ids under which changes of the order were paid */
  surcharges: Type.Optional(Type.Array(Uuid)),
})
export type CancelOrderInput = Static<typeof CancelOrderInput>

export const CancelOrderResult = closed({ outcome: Type.Union([Type.Literal('cancelled'), Type.Literal('too-late')]) })
export type CancelOrderResult = Static<typeof CancelOrderResult>

/** Takes a confirmed order back, as long as its parcel has not left. */
export const cancelOrder = defineProcessContract('cancel-order', 'orders', { input: CancelOrderInput, result: CancelOrderResult })
