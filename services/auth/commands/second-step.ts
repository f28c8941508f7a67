import { tellFailure } from './check-password.ts'
import { type Account, accountById } from '../accounts.ts'
import type { AuthDeps } from '../deps.ts'
import { errors } from '../errors.ts'
import { hashSecret } from '../keyed-hash.ts'
import { type Grant, openSession, type Origin } from '../sessions.ts'
import { settleGrant } from '../sign-in-means.ts'
import { blockedFor, counter, forgiveAttempts, takeAttempt, tooManyAttempts } from '../throttle.ts'
import { type Tokens, tokensFor } from '../tokens.ts'
import { acceptCode, spendRecoveryCode } from '../totp.ts'
import type { Tx } from '#kit/db/db.ts'

/** A code of the authenticator, or one of the recovery codes. */
export type Proof = { readonly code: string } | { readonly recoveryCode: string }

async function accept(deps: AuthDeps, tx: Tx, userId: string, proof: Proof): Promise<boolean> {
  return 'code' in proof
    ? await acceptCode(deps, tx, userId, proof.code, true)
    : await spendRecoveryCode(deps, tx, userId, proof.recoveryCode)
}

/**
 * Runs `work` in the transaction in which the proof is accepted, so a code is spent only together with what it was for.
 * Five tries in five minutes per account. Throws `auth/bad-code`, `auth/too-many-attempts`.
 */
export async function withProof<T>(deps: AuthDeps, userId: string, proof: Proof, work: (tx: Tx) => Promise<T>): Promise<T> {
  const counters = [counter(deps.secrets.throttle, 'mfa', userId)]
  const attempt = await takeAttempt(deps.db.sql, counters)
  if (attempt === 'refused') throw tooManyAttempts(await blockedFor(deps.db.sql, counters))
  const done = await deps.db.tx(async (tx) => {
    if (!(await accept(deps, tx, userId, proof))) return undefined
    await forgiveAttempts(tx, counters)
    return { result: await work(tx) }
  })
  if (done) return done.result
  await tellFailure(deps, userId, attempt === 'last' ? 'locked' : 'mfa')
  throw errors.badCode()
}

/** Second step of a login whose first step has just been passed. */
export async function passSecondStep(deps: AuthDeps, account: Account, proof: Proof, origin: Origin): Promise<Tokens> {
  const session = await withProof(deps, account.userId, proof, (tx) => openSession(deps, tx, account, 'mfa', origin))
  return await tokensFor(deps, account.userId, session)
}

/** Second step with the token of the first. The token is good for one login; a wrong code leaves it valid until it expires. */
export async function verifyMfa(deps: AuthDeps, input: Origin & { mfaToken: string; proof: Proof }): Promise<Tokens> {
  const tokenHash = hashSecret(input.mfaToken)
  const [challenge] = await deps.db.sql<{ userId: string }[]>`
    select user_id as "userId" from mfa_challenges where token_hash = ${tokenHash} and expires_at > now()`
  const account = challenge && (await accountById(deps.db.sql, challenge.userId))
  if (!account) throw errors.badMfaToken()
  if (account.disabled) throw errors.accountDisabled()
  const session = await withProof(deps, account.userId, input.proof, async (tx) => {
    const [used] = await tx<(Grant | { provider: null })[]>`
      delete from mfa_challenges where token_hash = ${tokenHash} and expires_at > now()
      returning provider, subject, issuer, proved_at as "provedAt", granted_roles as roles, id_token as "idToken"`
    // thrown inside the transaction: the code stays unspent
    if (!used) throw errors.badMfaToken()
    const grant = used.provider === null ? undefined : used
    // connected with somebody else meanwhile
    if (grant && !(await settleGrant(deps, tx, account.userId, grant))) throw errors.accountExists()
    return await openSession(deps, tx, account, 'mfa', input, { grant })
  })
  return await tokensFor(deps, account.userId, session)
}
