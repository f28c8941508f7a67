import { DeliveryCompleted, ShipmentDispatched } from '#contracts/events/delivery.ts'
import type { Query } from '#kit/db/db.ts'
import { on, type Reaction } from '#kit/messaging/bus.ts'
import { confirmOrder } from '../commands/confirm-order.ts'
import { moveOrder } from '../commands/move-order.ts'
import type { OrdersDeps } from '../deps.ts'
import { confirmOrders } from '../place-store.ts'

/** An order is SHIPPED when its last unit has left, DELIVERED when the last has arrived. */
export function followDelivery(deps: OrdersDeps): Reaction[] {
  return [
    on(ShipmentDispatched, async ({ data, time }, { tx }) => {
      if (data.remaining > 0) return
      const { orderId } = data
      const shipped = { orderId, to: 'SHIPPED', actor: 'delivery', at: new Date(time) } as const
      const { status } = await moveOrder(deps, tx, shipped)
      if (status !== 'PENDING') return
      // Only a checkout that has the money and the goods plans a parcel before its order is confirmed. This one has not come to
      // confirm it: its process died, and the parcel left before it was taken up again.
      await confirmHere(deps, tx, orderId)
      await moveOrder(deps, tx, shipped)
    }),
    on(DeliveryCompleted, async ({ data, time }, { tx }) => {
      if (data.remaining > 0) return
      await moveOrder(deps, tx, { orderId: data.orderId, to: 'DELIVERED', actor: 'delivery', at: new Date(time) })
    }),
  ]
}

/** In the transaction of the reaction, not in a statement shared with others. */
async function confirmHere(deps: OrdersDeps, tx: Query, orderId: string): Promise<void> {
  await confirmOrder({ ...deps, confirm: async (one) => (await confirmOrders(tx, [one]))[0]! }, { orderId })
}
