import { readLink, spendLink } from './request-link.ts'
import type { AuthDeps } from '../deps.ts'
import { errors } from '../errors.ts'

/** Spends a verification link. Throws `auth/link-not-valid` for one that expired, was used or is not ours. */
export async function verifyEmail(deps: AuthDeps, token: string): Promise<void> {
  const link = await readLink(deps, token, 'verify')
  if (!link) throw errors.linkNotValid()
  await deps.db.tx(async (tx) => {
    if (!(await spendLink(tx, link.requestId))) throw errors.linkNotValid()
    await tx`update accounts set email_verified_at = coalesce(email_verified_at, now()) where user_id = ${link.userId} and email_key = ${link.emailKey}`
  })
}
