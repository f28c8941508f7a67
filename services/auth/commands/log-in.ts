import { checkPassword, tellFailure } from './check-password.ts'
import { passSecondStep } from './second-step.ts'
import type { AuthDeps } from '../deps.ts'
import { errors } from '../errors.ts'
import { hashSecret } from '../keyed-hash.ts'
import { type Grant, openSession, type Origin } from '../sessions.ts'
import { type Tokens, tokensFor } from '../tokens.ts'
import type { MfaRequired } from '#contracts/rpc/auth.ts'
import { newSecret } from '#kit/core/ids.ts'

/** How long the second step may take. */
const CHALLENGE_SECONDS = 300

export interface LoginInput extends Origin {
  readonly email: string
  readonly password: string
  /** code of the authenticator, where the client asks for both at once */
  readonly totp?: string | undefined
}

/**
 * Password login. Accounts with a second step get `{ mfaRequired, mfaToken }` unless a fresh code came along. Throws
 * `auth/bad-credentials` for wrong password and unknown account alike, `auth/account-disabled` only to who knows the password.
 */
export async function logIn(deps: AuthDeps, input: LoginInput): Promise<Tokens | MfaRequired> {
  const account = await checkPassword(deps, input)
  if (!account) throw errors.badCredentials()
  if (account.disabled) {
    await tellFailure(deps, account.userId, 'disabled')
    throw errors.accountDisabled()
  }
  if (account.mfa) {
    if (input.totp === undefined) return await challenge(deps, account.userId)
    return await passSecondStep(deps, account, { code: input.totp }, input)
  }
  const session = await deps.db.tx((tx) => openSession(deps, tx, account, 'password', input))
  return await tokensFor(deps, account.userId, session)
}

/** The second step is due. `grant`: what the first one brought along; nothing of it counts before. */
export async function challenge(deps: AuthDeps, userId: string, grant?: Grant): Promise<MfaRequired> {
  const mfaToken = `mfa_${newSecret()}`
  await deps.db.sql`
    insert into mfa_challenges (token_hash, user_id, expires_at, provider, subject, issuer, proved_at, granted_roles, id_token)
    values (${hashSecret(mfaToken)}, ${userId}, now() + make_interval(secs => ${CHALLENGE_SECONDS}),
            ${grant?.provider ?? null}, ${grant?.subject ?? null}, ${grant?.issuer ?? null}, ${grant?.provedAt ?? null}, ${[...(grant?.roles ?? [])]}::text[], ${grant?.idToken ?? null})`
  return { mfaRequired: true, mfaToken, expiresIn: CHALLENGE_SECONDS }
}
