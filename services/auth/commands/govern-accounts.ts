import { revokeKeysOf } from './govern-api-keys.ts'
import { type Account, accountById } from '../accounts.ts'
import type { AuthDeps } from '../deps.ts'
import { errors } from '../errors.ts'
import { permissionsOf, requireAtLeast, requireRoles, type Role } from '../roles.ts'
import { endingSessions, revokeSessions } from '../sessions.ts'
import { may, type Principal } from '#kit/core/principal.ts'
import type { Query, Tx } from '#kit/db/db.ts'

async function lockedAccount(tx: Tx, userId: string): Promise<Account> {
  await tx`select 1 from accounts where user_id = ${userId} for update`
  const account = await accountById(tx, userId)
  if (!account) throw errors.accountNotFound()
  return account
}

/** Two administrators who demote each other at the same moment stand in line here. */
async function lockAdmins(tx: Tx): Promise<void> {
  await tx`select pg_advisory_xact_lock(hashtext('auth last administrator'))`
}

async function requireAnAdmin(tx: Query): Promise<void> {
  const [left] = await tx`select 1 from accounts where 'ADMIN' = any (roles) and disabled_at is null limit 1`
  if (!left) throw errors.lastAdmin()
}

/**
 * Rights are given to an e-mail address, and anybody may open an account with any: it has to be proven first that the account
 * is its owner's. The operator at the machine (`souk user`, a service) vouches for it.
 */
function requireProvenAddress(by: Principal, account: Account, roles: readonly Role[]): void {
  if (account.emailVerified || by.kind === 'service') return
  const had = new Set(permissionsOf(account.roles))
  const gains = permissionsOf(roles).some((permission) => !had.has(permission) && !had.has('*'))
  if (gains) throw errors.addressUnproven()
}

/**
 * Replaces the roles of an account. Who changes them must hold every right the account has and gets. Its sessions end, so
 * no token with the old rights is accepted. Throws `auth/unknown-role`, `auth/more-rights-needed`, `auth/address-unproven`,
 * `auth/last-admin`.
 */
export async function setRoles(deps: AuthDeps, by: Principal, userId: string, names: readonly string[]): Promise<Role[]> {
  const roles = requireRoles(names)
  requireAtLeast(by, roles)
  return await endingSessions(deps, async (tx) => {
    await lockAdmins(tx)
    const account = await lockedAccount(tx, userId)
    requireAtLeast(by, [...account.roles, ...account.grantedRoles])
    requireProvenAddress(by, account, roles)
    if (account.roles.length === roles.length && roles.every((role) => account.roles.includes(role))) return roles
    await tx`update accounts set roles = ${roles} where user_id = ${userId}`
    // a sign-in that is half done was judged by the roles before
    await tx`delete from mfa_challenges where user_id = ${userId}`
    if (account.roles.includes('ADMIN')) await requireAnAdmin(tx)
    await revokeSessions(deps, tx, userId, 'roles-changed')
    return roles
  })
}

/** Locks an account out at once, or lets it in again. Both are fine to repeat. */
export async function setDisabled(deps: AuthDeps, by: Principal, userId: string, disabled: boolean): Promise<void> {
  await endingSessions(deps, async (tx) => {
    await lockAdmins(tx)
    const account = await lockedAccount(tx, userId)
    requireAtLeast(by, [...account.roles, ...account.grantedRoles])
    if (account.disabled === disabled) return
    await tx`update accounts set disabled_at = case when ${disabled} then now() end where user_id = ${userId}`
    if (!disabled) return
    if (account.roles.includes('ADMIN')) await requireAnAdmin(tx)
    await tx`delete from mfa_challenges where user_id = ${userId}`
    await revokeSessions(deps, tx, userId, 'disabled')
  })
}

/**
 * Erases an account on somebody's behalf: their own, a customer's, or whoever's they like where they hold every right. Throws
 * `auth/more-rights-needed`. users asks too, before it erases the profile; this is for who calls past it.
 */
export async function eraseAccount(deps: AuthDeps, by: Principal, userId: string): Promise<void> {
  await endingSessions(deps, async (tx) => {
    await tx`select 1 from accounts where user_id = ${userId} for update`
    const { roles = [], grantedRoles = [] } = (await accountById(tx, userId)) ?? {}
    const staff = [...roles, ...grantedRoles].some((role) => role !== 'CUSTOMER')
    // over a network it is a service that asks for somebody
    const asker = by.kind === 'service' ? (by.onBehalfOf ?? by) : by
    if (staff && asker.id !== userId && !may(asker, '*')) throw errors.moreRightsNeeded()
    await deleteAccount(deps, tx, userId)
  })
}

/** Erases everything auth knows of a person. Sessions end first, so that their tokens are refused. Fine to repeat. */
export async function deleteAccount(deps: AuthDeps, tx: Tx, userId: string): Promise<void> {
  await revokeSessions(deps, tx, userId, 'deleted')
  await revokeKeysOf(deps, tx, userId)
  await tx`delete from accounts where user_id = ${userId}`
}
