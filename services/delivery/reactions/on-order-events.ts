import { OrderCancelled, OrderConfirmed } from '#contracts/events/orders.ts'
import type { Reaction } from '#kit/messaging/bus.ts'
import { on } from '#kit/messaging/bus.ts'
import { cancelShipments } from '../commands/cancel-shipments.ts'
import type { Deps } from '../deps.ts'
import { countUnits } from '../store.ts'

/** Delivery hears of orders. Where the checkout already planned or stopped the parcels, nothing changes. */
export function orderReactions(deps: Deps): Reaction[] {
  return [
    on(OrderConfirmed, async ({ data }, { tx }) => {
      const [known] = await tx`
        select 1 from shipments s where s.order_id = ${data.orderId} union all
        select 1 from fulfilments f where f.order_id = ${data.orderId} and f.stopped_at is not null limit 1`
      if (known || data.imported) return
      const order = await deps.orders.order({ orderId: data.orderId })
      if (!order?.address) return
      const lines = data.lines.map(({ sku, quantity }) => ({ sku, quantity }))
      const optionId = await defaultOption(deps, data.channel, data.total.currency, order.address.country)
      // The first parcel of an order has the order's id: the checkout that plans it at this moment plans the same one.
      await deps.plan({
        shipmentId: data.orderId,
        orderId: data.orderId,
        optionId,
        carrier: await deps.options.carrierOf(optionId),
        address: order.address,
        lines,
        orderUnits: countUnits(lines),
        imported: false,
      })
    }),
    on(OrderCancelled, async ({ data }, { tx }) => {
      const outcome = await cancelShipments(tx, deps.outbox, data.orderId)
      if (outcome === 'dispatched') deps.log.warn({ orderId: data.orderId }, 'an order was cancelled whose parcel has left')
    }),
  ]
}

async function defaultOption(deps: Deps, channel: string, currency: string, country: string): Promise<string> {
  const offers = await deps.options.offers({ channel, currency, country, weightGrams: 0, subtotal: { amount: 0, currency } })
  return offers[0]?.id ?? 'home-standard'
}
