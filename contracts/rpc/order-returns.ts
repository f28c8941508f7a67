import Type from 'typebox'
import { Receipt, RefundPart } from '#contracts/processes/return.ts'
import { Nullable, StockLine, Uuid } from '#contracts/values.ts'
import { closed } from '#kit/messaging/event.ts'
import { method } from '#kit/rpc/rpc.ts'

const ReturnOnly = closed({ returnId: Uuid })

/** What the flows `return` and `exchange` ask of orders; part of ordersRpc. All of them may be repeated. */
export const returnMethods = {
  /** Goods arrived at the warehouse: → RECEIVED, with the refund worked out. The first receipt counts. `over`: the return was rejected or closed. */
  recordReceipt: method(
    closed({ returnId: Uuid, lines: Type.Array(StockLine) }),
    Type.Union([closed({ outcome: Type.Literal('received'), receipt: Receipt }), closed({ outcome: Type.Literal('over') })]),
  ),
  /** Nothing was sent back in time. `received`: it was, in the last moment. */
  closeReturn: method(
    ReturnOnly,
    Type.Union([closed({ outcome: Type.Literal('closed') }), closed({ outcome: Type.Literal('received'), receipt: Receipt })]),
  ),
  /** What staff and the customer should know: the number of the parcel, or what went wrong (null: nothing any more). */
  noteOnReturn: method(
    closed({ returnId: Uuid, trackingNumber: Type.Optional(Type.String()), problem: Type.Optional(Nullable(Type.String())) }),
    closed({}),
  ),
  /** The end: gift cards credited, credit note asked for, the order → RETURNED if nothing of it is left. */
  completeReturn: method(
    closed({ returnId: Uuid, outcome: Type.Union([Type.Literal('refunded'), Type.Literal('replaced')]) }),
    closed({}),
  ),
  /**
   * Places the order of an exchange, paid with what the returned goods had cost. `refunds`: what was paid too much.
   * `impossible`: the wanted goods are not to be had.
   */
  placeReplacement: method(
    ReturnOnly,
    Type.Union([
      closed({ outcome: Type.Literal('placed'), refunds: Type.Array(RefundPart) }),
      closed({ outcome: Type.Literal('impossible'), reason: Type.String() }),
    ]),
  ),
  /** `waiting`: for its payment or its parcel. */
  replacementState: method(
    ReturnOnly,
    closed({ outcome: Type.Union([Type.Literal('waiting'), Type.Literal('shipped'), Type.Literal('cancelled')]) }),
    { read: true },
  ),
  /** There will be no replacement: what was set aside for it goes back to the customer. */
  releaseCredit: method(ReturnOnly, closed({ refunds: Type.Array(RefundPart) })),
}
