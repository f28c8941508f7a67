import { readLink, spendLink } from './request-link.ts'
import type { AuthDeps } from '../deps.ts'
import { errors } from '../errors.ts'
import { endingSessions } from '../sessions.ts'
import { forgetSignInMeans } from '../sign-in-means.ts'
import type { Principal } from '#kit/core/principal.ts'

/**
 * Spends a verification link. Until an address is verified for the first time, a stranger may have opened the account with it: the passkeys
 * and providers they added go, those that the session which shows the link added stay. Throws `auth/link-not-valid` for one that expired,
 * was used or is not ours.
 */
export async function verifyEmail(deps: AuthDeps, by: Principal, token: string): Promise<void> {
  const link = await readLink(deps, token, 'verify')
  if (!link) throw errors.linkNotValid()
  await endingSessions(deps, async (tx) => {
    if (!(await spendLink(tx, link.requestId))) throw errors.linkNotValid()
    const first = await tx`
      update accounts set email_verified_at = now()
       where user_id = ${link.userId} and email_key = ${link.emailKey} and email_verified_at is null returning 1`
    if (first.length > 0) await forgetSignInMeans(deps, tx, link.userId, by.kind === 'user' ? by.sessionId : undefined)
  })
}
