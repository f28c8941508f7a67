import Type from 'typebox'
import { EditRefusal } from '#contracts/processes/edit-order.ts'
import { RefundPart } from '#contracts/processes/return.ts'
import { Nullable, PostalAddress, StockLine, Uuid } from '#contracts/values.ts'
import { closed } from '#kit/messaging/event.ts'
import { method } from '#kit/rpc/rpc.ts'

const EditOnly = closed({ editId: Uuid })

/** What the flow `edit-order` asks of orders; part of ordersRpc. All of them may be repeated. */
export const editMethods = {
  /** What the parcel of a change holds and where it goes; null: as before. */
  parcelOfEdit: method(
    EditOnly,
    closed({ lines: Nullable(Type.Array(StockLine, { minItems: 1 })), address: Nullable(PostalAddress) }),
    { read: true },
  ),
  /** Writes the change into the order, once, with what has to be given back. `moved-on`: the order is not what it was. */
  applyEdit: method(
    EditOnly,
    Type.Union([
      closed({ outcome: Type.Literal('applied'), refunds: Type.Array(RefundPart) }),
      closed({ outcome: Type.Literal('moved-on') }),
    ]),
  ),
  /** The order stays as it was. */
  refuseEdit: method(closed({ editId: Uuid, reason: EditRefusal }), closed({})),
  /** Something a person has to look at, or null: not any more. */
  noteOnEdit: method(closed({ editId: Uuid, problem: Nullable(Type.String()) }), closed({})),
}
