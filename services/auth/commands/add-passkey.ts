import type { PublicKeyCredentialCreationOptionsJSON, RegistrationResponseJSON } from '@simplewebauthn/server'
import { type OwnerProof, requireOwner } from './reauthenticate.ts'
import type { AuthDeps } from '../deps.ts'
import { errors } from '../errors.ts'
import {
  ALGORITHMS,
  CHALLENGE_SECONDS,
  MOST_PASSKEYS,
  newChallenge,
  passkeysOf,
  type PasskeyView,
  spendChallenge,
  userHandleOf,
  viewOf,
} from '../passkeys.ts'
import { requireRelyingParty } from '../relying-party.ts'
import { endingSessions, revokeSessions } from '../sessions.ts'
import { tellMeans } from '../sign-in-means.ts'
import { uuidv7 } from '#kit/core/ids.ts'

/** What the authenticator needs to make a passkey that can be found without a name, and only after its owner unlocked it. */
export async function beginPasskey(deps: AuthDeps, input: OwnerProof): Promise<PublicKeyCredentialCreationOptionsJSON> {
  const { id } = requireRelyingParty(deps)
  const account = await requireOwner(deps, input)
  const known = await passkeysOf(deps.db.sql, account.userId)
  if (known.length >= MOST_PASSKEYS) throw errors.tooManyPasskeys()
  const { generateRegistrationOptions } = await import('@simplewebauthn/server')
  return await generateRegistrationOptions({
    rpName: 'Souk',
    rpID: id,
    userName: account.email,
    userDisplayName: account.email,
    userID: new Uint8Array(userHandleOf(account.userId)),
    challenge: await newChallenge(deps.db.sql, account.userId),
    timeout: CHALLENGE_SECONDS * 1000,
    attestationType: 'none',
    supportedAlgorithmIDs: ALGORITHMS,
    excludeCredentials: known.map(({ credentialId }) => ({ id: credentialId })),
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
  })
}

/**
 * Keeps what the authenticator made. The challenge proves that the owner began it a moment ago. Throws `auth/bad-passkey` for anything
 * that does not fit, `auth/passkey-known` for a credential that is registered, whoever's it is.
 */
export async function addPasskey(
  deps: AuthDeps,
  { id: userId, sessionId }: { id: string; sessionId: string },
  { name, credential }: { name: string; credential: RegistrationResponseJSON },
): Promise<PasskeyView> {
  const { id, origins } = requireRelyingParty(deps)
  const { sql } = deps.db
  const { verifyRegistrationResponse } = await import('@simplewebauthn/server')
  const verified = await verifyRegistrationResponse({
    response: credential,
    expectedChallenge: (challenge) => spendChallenge(sql, challenge, userId),
    expectedOrigin: [...origins],
    expectedRPID: id,
    requireUserVerification: true,
    supportedAlgorithmIDs: ALGORITHMS,
  }).catch((error: unknown) => {
    deps.log.info({ err: error, userId }, 'a passkey was not taken')
    return { verified: false as const }
  })
  if (!verified.verified) throw errors.badPasskey()
  const { credential: made, credentialBackedUp } = verified.registrationInfo
  // the account is locked: twenty requests at once would all count nineteen
  return await deps.db.tx(async (tx) => {
    await tx`select 1 from accounts where user_id = ${userId} for update`
    const [row] = await tx<PasskeyView[]>`
      insert into passkeys (passkey_id, user_id, credential_id, public_key, counter, transports, name, synced, session_id)
      select ${uuidv7()}::uuid, user_id, ${made.id}, ${Buffer.from(made.publicKey)}::bytea, ${BigInt(made.counter)}::bigint, ${made.transports ?? []}::text[],
             ${name}, ${credentialBackedUp}::boolean, ${sessionId}::uuid
        from accounts where user_id = ${userId} and disabled_at is null
          on conflict (credential_id) do nothing
      returning ${viewOf(tx)}`
    if (!row) throw errors.passkeyKnown()
    const [{ n } = { n: 0 }] = await tx<{ n: number }[]>`select count(*)::integer as n from passkeys where user_id = ${userId}`
    if (n > MOST_PASSKEYS) throw errors.tooManyPasskeys()
    await tellMeans(deps, tx, userId, [{ means: 'passkey', change: 'added' }])
    return row
  })
}

/** Gives one of the own passkeys another name. Throws `auth/passkey-not-found`, also for other people's. */
export async function renamePasskey(deps: AuthDeps, userId: string, id: string, name: string): Promise<PasskeyView> {
  const { sql } = deps.db
  const [row] = await sql<PasskeyView[]>`
    update passkeys set name = ${name} where passkey_id = ${id} and user_id = ${userId} returning ${viewOf(sql)}`
  if (!row) throw errors.passkeyNotFound()
  return row
}

/** Forgets one of the own passkeys; sessions that came by it end. Throws `auth/passkey-not-found`, also for other people's. */
export async function removePasskey(deps: AuthDeps, id: string, input: OwnerProof): Promise<void> {
  const [known] = await deps.db.sql`select 1 from passkeys where passkey_id = ${id} and user_id = ${input.userId}`
  if (!known) throw errors.passkeyNotFound()
  await requireOwner(deps, input)
  await endingSessions(deps, async (tx) => {
    const gone = await tx`delete from passkeys where passkey_id = ${id} and user_id = ${input.userId} returning 1`
    if (gone.length === 0) return
    await revokeSessions(deps, tx, input.userId, 'logout', { passkeys: [id] })
    await tellMeans(deps, tx, input.userId, [{ means: 'passkey', change: 'removed' }])
  })
}
