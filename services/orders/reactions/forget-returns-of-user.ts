import { UserDeleted } from '#contracts/events/users.ts'
import { on } from '#kit/messaging/bus.ts'

/**
 * Erasure: what the customer wrote about returns goes. Invoices stay in the books with their numbers, drawn again without name and
 * address, which are gone from the order by then.
 */
export const forgetReturnsOfUser = on(UserDeleted, async ({ data: { userId } }, { tx }) => {
  await tx`update returns r set comment = null from orders o where o.id = r.order_id and o.customer_id = ${userId} and r.comment is not null`
  await tx`update invoices i set object_key = null, retry_at = now() from orders o where o.id = i.order_id and o.customer_id = ${userId}`
})
