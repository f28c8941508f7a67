import { UserDeleted } from '#contracts/events/users.ts'
import { on, type Reaction } from '#kit/messaging/bus.ts'

/** Forgets whom we wrote to, and does not write any more; that something was sent stays in the log. */
export const onUserDeleted: Reaction = on(UserDeleted, async ({ data }, { tx }) => {
  await tx`delete from mailbox b using messages m where m.user_id = ${data.userId} and b.id = m.id::text`
  await tx`
    update messages m set address = null, data = '{}',
      state = case when m.state = 'queued' then 'suppressed' else m.state end,
      reason = case when m.state = 'queued' then 'erased' else m.reason end,
      finished_at = coalesce(m.finished_at, now())
    where m.user_id = ${data.userId}`
})
