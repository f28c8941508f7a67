import { UserDeleted } from '#contracts/events/users.ts'
import { on } from '#kit/messaging/bus.ts'

/** Erasure: drafts name their customer and where they live. */
export const forgetDraftsOfUser = on(UserDeleted, async ({ data: { userId } }, { tx }) => {
  await tx`select delete_drafts(array(select d.id from drafts d where d.customer_id = ${userId}))`
})
