import { UserDeleted } from '#contracts/events/users.ts'
import { on, type Reaction } from '#kit/messaging/bus.ts'
import { forget } from '../commands/forget.ts'

/** An erased account leaves orders of nobody: they still say what goes together. What is told of it later is of nobody, too. */
export const forgetUsers: Reaction = on(UserDeleted, async ({ data }, { tx }) => {
  await forget(tx, data.userId)
  await tx`insert into erased (person_id) values (${data.userId}) on conflict (person_id) do nothing`
  await tx`update purchases p set customer_id = null where p.customer_id = ${data.userId}`
  await tx`delete from opted_out o where o.person_id = ${data.userId}`
})
