import Type, { type Static } from 'typebox'
import { OrderParcel } from '#contracts/rpc/delivery.ts'
import { Quantity, Sku } from '#contracts/values.ts'
import { closed } from '#kit/messaging/event.ts'
import type { OrdersDeps } from '../deps.ts'
import type { OrderView } from '../order-view.ts'

const { lines: _skus, ...parcel } = OrderParcel.properties
/** A parcel with its content as the order names it. */
export const ParcelView = closed({
  ...parcel,
  items: Type.Array(closed({ sku: Sku, title: Type.String(), quantity: Quantity })),
})

/** Asks delivery: fails with kind `unavailable` while it is away. */
export async function parcelsOf({ delivery }: OrdersDeps, { id, items }: OrderView): Promise<Static<typeof ParcelView>[]> {
  const titles = new Map(items.map(({ sku, title }) => [sku, title]))
  const { parcels } = await delivery.parcels({ orderId: id })
  return parcels.map(({ lines, ...facts }) => ({
    ...facts,
    items: lines.map(({ sku, quantity }) => ({ sku, title: titles.get(sku) ?? sku, quantity })),
  }))
}
