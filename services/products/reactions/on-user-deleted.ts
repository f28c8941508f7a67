import { UserDeleted } from '#contracts/events/users.ts'
import { on, type Reaction } from '#kit/messaging/bus.ts'

/** An erased account keeps no wishes, and its stall is nobody's until staff hand it on. */
export const onUserDeleted: Reaction = on(UserDeleted, async ({ data }, { tx }) => {
  await tx`delete from wishlist_items where user_id = ${data.userId}`
  await tx`update sellers set user_id = null, version = version + 1 where user_id = ${data.userId}`
})
