import { OrderCancelled, OrderConfirmed } from '#contracts/events/orders.ts'
import type { Tx } from '#kit/db/db.ts'
import type { Reaction } from '#kit/messaging/bus.ts'
import { on, onMany } from '#kit/messaging/bus.ts'
import type { DataOf } from '#kit/messaging/event.ts'
import { cancelShipments } from '../commands/cancel-shipments.ts'
import type { Deps } from '../deps.ts'
import { countUnits } from '../store.ts'

/** Delivery hears of orders. Where the checkout already planned or stopped the parcels, nothing changes. */
export function orderReactions(deps: Deps): Reaction[] {
  return [
    onMany(OrderConfirmed, async (events, { tx }) => {
      const orders = new Map(events.filter(({ data }) => !data.imported).map(({ data }) => [data.orderId, data]))
      for (const id of await withoutParcel(tx, [...orders.keys()])) await planFirstParcel(deps, orders.get(id)!)
    }),
    on(OrderCancelled, async ({ data }, { tx }) => {
      const outcome = await cancelShipments(tx, deps.outbox, data.orderId)
      if (outcome === 'dispatched') deps.log.warn({ orderId: data.orderId }, 'an order was cancelled whose parcel has left')
    }),
  ]
}

/** Orders of the list that nobody has planned a parcel for and nobody has stopped: none, as a rule. */
async function withoutParcel(tx: Tx, orders: readonly string[]): Promise<string[]> {
  if (orders.length === 0) return []
  const rows = await tx<{ id: string }[]>`
    select o.id from unnest(${[...orders]}::uuid[]) o(id)
     where not exists (select from shipments s where s.order_id = o.id)
       and not exists (select from fulfilments f where f.order_id = o.id and f.stopped_at is not null)`
  return rows.map(({ id }) => id)
}

async function planFirstParcel(deps: Deps, data: DataOf<typeof OrderConfirmed>): Promise<void> {
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
}

async function defaultOption(deps: Deps, channel: string, currency: string, country: string): Promise<string> {
  const offers = await deps.options.offers({ channel, currency, country, weightGrams: 0, subtotal: { amount: 0, currency } })
  return offers[0]?.id ?? 'home-standard'
}
