import { DeliveryCompleted, ShipmentDispatched } from '#contracts/events/delivery.ts'
import { on, type Reaction } from '#kit/messaging/bus.ts'
import { moveOrder } from '../commands/move-order.ts'
import type { OrdersDeps } from '../deps.ts'

/** An order is SHIPPED when its last unit has left, DELIVERED when the last has arrived. */
export function followDelivery(deps: OrdersDeps): Reaction[] {
  return [
    on(ShipmentDispatched, async ({ data, time }, { tx }) => {
      if (data.remaining > 0) return
      await moveOrder(deps, tx, { orderId: data.orderId, to: 'SHIPPED', actor: 'delivery', at: new Date(time) })
    }),
    on(DeliveryCompleted, async ({ data, time }, { tx }) => {
      if (data.remaining > 0) return
      await moveOrder(deps, tx, { orderId: data.orderId, to: 'DELIVERED', actor: 'delivery', at: new Date(time) })
    }),
  ]
}
