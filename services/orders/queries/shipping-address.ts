import type { PostalAddress } from '#contracts/values.ts'
import type { OrdersDeps } from '../deps.ts'

/** Where the goods of an order go. Null: no such order, or nothing to send. */
export async function shippingAddressOf(deps: OrdersDeps, orderId: string): Promise<PostalAddress | null> {
  const remembered = deps.recent.addressOf(orderId)
  if (remembered !== undefined) return remembered
  const [row] = await deps.kit.db.sql<{ shipping: PostalAddress | null }[]>`
    select c.shipping from order_contacts c where c.order_id = ${orderId}`
  return row?.shipping ?? null
}
