import { UserDeleted } from '#contracts/events/users.ts'
import { on } from '#kit/messaging/bus.ts'

/**
 * Erasure: orders stay, as the books need them, without anything that names the person. The country stays for taxes. Answers
 * kept for repeated requests go, since they show the address; so do notes, by the customer or about them ("Ms Example called").
 */
export const onUserDeleted = on(UserDeleted, async ({ data: { userId } }, { tx }) => {
  await tx`
    with mine as materialized (select o.id from orders o where o.customer_id = ${userId}),
    -- before the contacts lose their address: cards that were sent to it
    recipients as (
      delete from gift_card_recipients r using order_contacts c, mine where c.order_id = mine.id and lower(r.email) = lower(c.email)
    ), notes as (
      delete from order_notes n using mine where n.order_id = mine.id
    ), requests as (
      delete from order_requests r where r.scope = ${`user ${userId}`}
    )
    update order_contacts c set email = null,
      shipping = case when jsonb_typeof(c.shipping) = 'object' then jsonb_build_object('name', '–', 'line1', '–', 'city', '–', 'postalCode', '–', 'country', c.shipping -> 'country') end,
      billing = case when jsonb_typeof(c.billing) = 'object' then jsonb_build_object('name', '–', 'line1', '–', 'city', '–', 'postalCode', '–', 'country', c.billing -> 'country') end
    from mine where c.order_id = mine.id`
})
