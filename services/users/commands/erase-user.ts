import type { UsersDeps } from '../deps.ts'
import { errors } from '../errors.ts'
import { UserDeleted } from '#contracts/events/users.ts'
import { may, type Principal } from '#kit/core/principal.ts'

/**
 * Erases a person: profile, addresses, preferences, activity, and through `UserDeleted` what every other service knows.
 * Orders stay, under an id that leads to nobody. Erasing twice is fine. The profile goes first: should we stop before auth
 * is called, the event ends the account. Throws `users/not-found`, `users/administrator-stays`, `users/more-rights-needed`.
 */
export async function eraseUser(deps: UsersDeps, by: Principal, userId: string): Promise<void> {
  const { accounts } = await deps.auth.accounts({ userIds: [userId] })
  const { roles: own = [], grantedRoles = [] } = accounts[0] ?? {}
  // a directory's administrator is one, though the account itself is a customer's
  const roles = [...own, ...grantedRoles]
  if (roles.includes('ADMIN')) throw errors.administratorStays()
  const self = by.kind === 'user' && by.id === userId
  if (!self && roles.some((role) => role !== 'CUSTOMER') && !may(by, '*')) throw errors.moreRightsNeeded()

  const erased = await deps.db.tx(async (tx) => {
    const gone = await tx`delete from profiles where user_id = ${userId} returning 1`
    const erasedBefore = (await tx`select 1 from erasures where user_id = ${userId}`).length > 0
    if (gone.length === 0 && erasedBefore) return true
    // an account without a profile: opening it stopped half-way
    if (gone.length === 0 && accounts.length === 0) return false
    await tx`insert into erasures (user_id) values (${userId}) on conflict do nothing`
    await deps.outbox.append(tx, [UserDeleted({ userId })])
    return true
  })
  if (!erased) throw errors.notFound()
  deps.outbox.wake()
  await deps.auth.deleteAccount({ userId }, { principal: by })
}
