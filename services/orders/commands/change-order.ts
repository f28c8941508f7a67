import Type, { type Static } from 'typebox'
import { OrderUpdated } from '#contracts/events/orders.ts'
import { Attributes, Nullable, PostalAddress } from '#contracts/values.ts'
import type { Tx } from '#kit/db/db.ts'
import { closed } from '#kit/messaging/event.ts'
import type { OrdersDeps } from '../deps.ts'
import { errors } from '../errors.ts'
import type { OrderView } from '../order-view.ts'
import { readPlaced } from '../queries/placed-order.ts'

export const ChangeOrderBody = closed({
  email: Type.Optional(Type.String({ format: 'email', maxLength: 254 })),
  /** only while the order waits for its payment: afterwards the parcel is on its way with an address of its own */
  shippingAddress: Type.Optional(PostalAddress),
  billingAddress: Type.Optional(Nullable(PostalAddress)),
  attributes: Type.Optional(Attributes),
})
export type ChangeOrderBody = Static<typeof ChangeOrderBody>

/**
 * Changes what may still change before the goods leave; amounts and lines never do. Throws errors.notChangeable,
 * errors.countryFixed, errors.versionConflict, errors.invalidAttributes.
 */
export async function changeOrder(
  deps: OrdersDeps,
  tx: Tx,
  order: OrderView,
  changes: ChangeOrderBody,
  expectedVersion: number | undefined,
): Promise<void> {
  const changed = Object.keys(changes)
  if (changed.length === 0) return
  if (changes.attributes) await deps.attributes.check(changes.attributes)
  const statuses = changes.shippingAddress ? ['PENDING'] : ['PENDING', 'CONFIRMED']
  if (changes.shippingAddress) {
    if (order.shippingAddress && changes.shippingAddress.country !== order.shippingAddress.country) throw errors.countryFixed()
    await holdCheckout(tx, order)
  }
  const [row] = await tx`
    update orders set version = orders.version + 1, updated_at = now(),
      attributes = coalesce(${changes.attributes ? JSON.stringify(changes.attributes) : null}::text::jsonb, orders.attributes)
    where orders.id = ${order.id} and orders.status = any(${statuses}) and (${expectedVersion ?? null}::bigint is null or orders.version = ${expectedVersion ?? null}::bigint)
    returning orders.version`
  if (!row) {
    const now = await readPlaced(tx, order.id)
    if (now && statuses.includes(now.status)) throw errors.versionConflict({ orderId: order.id })
    throw errors.notChangeable({ orderId: order.id, status: now?.status })
  }
  const has = (field: keyof ChangeOrderBody) => field in changes
  await tx`
    update order_contacts set
      email = case when ${has('email')} then ${changes.email ?? null} else order_contacts.email end,
      shipping = case when ${has('shippingAddress')} then ${JSON.stringify(changes.shippingAddress ?? null)}::text::jsonb else order_contacts.shipping end,
      billing = case when ${has('billingAddress')} then nullif(${JSON.stringify(changes.billingAddress ?? null)}::text::jsonb, 'null') else order_contacts.billing end
    where order_contacts.order_id = ${order.id}`
  const placed = await readPlaced(tx, order.id)
  await deps.kit.outbox.append(tx, [OrderUpdated({ ...placed!.facts, changed })])
}

/**
 * Keeps the checkout waiting while the address is written, so that its parcel is planned with the old address or the new one
 * and everybody knows which. A checkout that is at work is past that.
 */
async function holdCheckout(tx: Tx, order: OrderView): Promise<void> {
  const [waiting] = await tx`
    select 1 from processes p where p.name = 'checkout' and p.id = ${order.id} and p.status = 'waiting' and p.lease_until <= now() for update`
  if (!waiting) throw errors.notChangeable({ orderId: order.id, status: order.status })
}
