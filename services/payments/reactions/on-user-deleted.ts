import { UserDeleted } from '#contracts/events/users.ts'
import { on } from '#kit/messaging/bus.ts'

/** Erasure: the saved methods go; payments stay, as the law wants, without anything that names the person. */
export const onUserDeleted = on(UserDeleted, async ({ data }, { tx }) => {
  await tx`delete from payment_methods where user_id = ${data.userId}`
  await tx`delete from preauthorizations where customer_id = ${data.userId}`
  await tx`update payments set customer_id = null, version = version + 1 where customer_id = ${data.userId}`
})
