import type { AuthenticationResponseJSON, PublicKeyCredentialRequestOptionsJSON } from '@simplewebauthn/server'
import { tellFailure } from './check-password.ts'
import { accountById } from '../accounts.ts'
import type { AuthDeps } from '../deps.ts'
import { errors } from '../errors.ts'
import { sameBytes } from '../keyed-hash.ts'
import { CHALLENGE_SECONDS, newChallenge, passkeyByCredential, type Passkey, spendChallenge, userHandleOf } from '../passkeys.ts'
import { requireRelyingParty } from '../relying-party.ts'
import { openSession, type Origin } from '../sessions.ts'
import { blockedFor, counter, forgiveAttempts, takeAttempt, tooManyAttempts } from '../throttle.ts'
import { type Tokens, tokensFor } from '../tokens.ts'
import { clientOfAddress } from '#kit/http/rate-limit.ts'

/** What any authenticator may sign to sign in: it offers the passkeys it has for this shop by itself. */
export async function beginSignIn(deps: AuthDeps): Promise<PublicKeyCredentialRequestOptionsJSON> {
  const { id } = requireRelyingParty(deps)
  const { generateAuthenticationOptions } = await import('@simplewebauthn/server')
  return await generateAuthenticationOptions({
    rpID: id,
    challenge: await newChallenge(deps.db.sql),
    timeout: CHALLENGE_SECONDS * 1000,
    userVerification: 'required',
  })
}

/**
 * Signs in with a passkey: two factors at once. Answers that are not accepted are counted by place. Throws `auth/bad-passkey` for
 * whatever does not fit (challenge, origin, domain, signature, counter, owner), `auth/account-disabled`, `auth/too-many-attempts`.
 */
export async function signInWithPasskey(
  deps: AuthDeps,
  input: Origin & { credential: AuthenticationResponseJSON },
): Promise<Tokens> {
  const { sql } = deps.db
  const counters = [counter(deps.secrets.throttle, 'passkey-place', clientOfAddress(input.ip))]
  const attempt = await takeAttempt(sql, counters)
  if (attempt === 'refused') throw tooManyAttempts(await blockedFor(sql, counters))
  const passkey = await passkeyByCredential(sql, input.credential.id)
  const signed = passkey && (await verified(deps, passkey, input.credential))
  const account = signed && (await accountById(sql, passkey.userId))
  if (!account) {
    await tellFailure(deps, passkey?.userId, attempt === 'last' ? 'locked' : 'mfa', 'passkey')
    throw errors.badPasskey()
  }
  if (account.disabled) {
    await tellFailure(deps, account.userId, 'disabled', 'passkey')
    throw errors.accountDisabled()
  }
  const session = await deps.db.tx(async (tx) => {
    const used = await tx`
      update passkeys set counter = ${signed.counter}, synced = ${signed.synced}, last_used_at = now()
       where passkey_id = ${passkey.id} and counter = ${passkey.counter} returning 1`
    // removed meanwhile, or another signature with this count was faster
    if (used.length === 0) throw errors.badPasskey()
    await forgiveAttempts(tx, counters)
    return await openSession(deps, tx, account, 'passkey', input, { passkeyId: passkey.id })
  })
  return await tokensFor(deps, account.userId, session)
}

/** Checks an answer of an authenticator, all of it; the library throws at the first thing that is wrong. */
async function verified(
  deps: AuthDeps,
  passkey: Passkey,
  credential: AuthenticationResponseJSON,
): Promise<{ counter: bigint; synced: boolean } | undefined> {
  const { id, origins } = requireRelyingParty(deps)
  const { userHandle } = credential.response
  // a passkey that says it is somebody else's: not one that we made
  if (userHandle !== undefined && !sameBytes(Buffer.from(userHandle, 'base64url'), userHandleOf(passkey.userId))) return undefined
  const { verifyAuthenticationResponse } = await import('@simplewebauthn/server')
  try {
    const { verified: fits, authenticationInfo } = await verifyAuthenticationResponse({
      response: credential,
      expectedChallenge: (challenge) => spendChallenge(deps.db.sql, challenge),
      expectedOrigin: [...origins],
      expectedRPID: id,
      requireUserVerification: true,
      credential: {
        id: passkey.credentialId,
        publicKey: new Uint8Array(passkey.publicKey),
        counter: Number(passkey.counter),
      },
    })
    if (!fits) return undefined
    return { counter: BigInt(authenticationInfo.newCounter), synced: authenticationInfo.credentialBackedUp }
  } catch (error) {
    deps.log.info({ err: error, userId: passkey.userId }, 'a passkey was not accepted')
    return undefined
  }
}
