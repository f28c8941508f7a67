import { clientOfAddress } from '#kit/http/rate-limit.ts'
import { checkPassword } from './check-password.ts'
import { readLink, spendLink } from './request-link.ts'
import { accountById } from '../accounts.ts'
import type { AuthDeps } from '../deps.ts'
import { errors } from '../errors.ts'
import { hashPassword } from '../password-hashing.ts'
import { requireGoodPassword } from '../password-rules.ts'
import { endingSessions, openSession, type Origin, revokeSessions, type SessionMethod } from '../sessions.ts'
import { forgetSignInMeans } from '../sign-in-means.ts'
import { counter, forgiveAttempts } from '../throttle.ts'
import { type Tokens, tokensFor } from '../tokens.ts'
import type { Principal } from '#kit/core/principal.ts'
import type { Tx } from '#kit/db/db.ts'

/** Writes the new hash, ends every session, and makes worthless what is under way: reset links, second steps, passkeys and providers being added. */
async function store(deps: AuthDeps, tx: Tx, userId: string, hash: string): Promise<void> {
  await tx`update accounts set password_hash = ${hash}, password_changed_at = now() where user_id = ${userId}`
  await tx`update link_requests set used_at = now() where user_id = ${userId} and purpose = 'reset' and used_at is null`
  await tx`delete from mfa_challenges where user_id = ${userId}`
  await tx`delete from passkey_challenges where user_id = ${userId}`
  await tx`delete from provider_trips where user_id = ${userId}`
  await revokeSessions(deps, tx, userId, 'password-changed')
}

/** The user changes the password, showing the old one. All sessions end; the answer opens a new one for this device. */
export async function changePassword(
  deps: AuthDeps,
  principal: Principal & { kind: 'user' },
  input: Origin & { currentPassword: string; newPassword: string },
): Promise<Tokens> {
  const known = await accountById(deps.db.sql, principal.id)
  if (!known) throw errors.accountNotFound()
  requireGoodPassword(input.newPassword, known, '/newPassword')
  const account = await checkPassword(deps, { email: known.email, password: input.currentPassword, ip: input.ip })
  if (!account || account.disabled) throw errors.badCredentials()
  const hash = await deps.hashing.run(() => hashPassword(input.newPassword))
  const session = await endingSessions(deps, async (tx) => {
    const [old] = await tx<
      { method: SessionMethod }[]
    >`select method from sessions where session_id = ${principal.sessionId} and user_id = ${account.userId}`
    // reset by link since it was checked? Then this change must not win
    const [same] =
      await tx`select 1 from accounts where user_id = ${account.userId} and password_hash = ${account.passwordHash} for update`
    if (!same) throw errors.badCredentials()
    await store(deps, tx, account.userId, hash)
    return await openSession(deps, tx, { userId: account.userId, passwordHash: hash }, old?.method ?? 'password', input)
  })
  return await tokensFor(deps, account.userId, session)
}

/**
 * Reset by mail link. Proves the mailbox, so the address counts as verified and counters start anew; the second step stays on. Passkeys and
 * other sign-ins go: whoever resets wants others out, and a stranger may have added them.
 */
export async function resetPassword(deps: AuthDeps, input: { token: string; password: string; ip: string }): Promise<void> {
  const link = await readLink(deps, input.token, 'reset')
  const account = link && (await accountById(deps.db.sql, link.userId))
  // checked before hashing: invented links must not cost a hash
  if (!account) throw errors.linkNotValid()
  requireGoodPassword(input.password, account)
  const hash = await deps.hashing.run(() => hashPassword(input.password))
  await endingSessions(deps, async (tx) => {
    if (!(await spendLink(tx, link.requestId))) throw errors.linkNotValid()
    await store(deps, tx, account.userId, hash)
    await forgetSignInMeans(deps, tx, account.userId)
    await tx`update accounts set email_verified_at = coalesce(email_verified_at, now()) where user_id = ${account.userId}`
    const secret = deps.secrets.throttle
    await forgiveAttempts(tx, [
      counter(secret, 'account', account.emailKey),
      counter(secret, 'account-place', account.emailKey, clientOfAddress(input.ip)),
    ])
  })
}

/** Staff or the host sets a password. Ends all sessions. Throws `auth/account-not-found`, `auth/weak-password`. */
export async function setPassword(deps: AuthDeps, input: { userId: string; password: string }): Promise<void> {
  const account = await accountById(deps.db.sql, input.userId)
  if (!account) throw errors.accountNotFound()
  requireGoodPassword(input.password, account)
  const hash = await deps.hashing.run(() => hashPassword(input.password))
  await endingSessions(deps, (tx) => store(deps, tx, account.userId, hash))
}
