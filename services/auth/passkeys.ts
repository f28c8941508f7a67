import { randomBytes } from 'node:crypto'
import { hashSecret } from './keyed-hash.ts'
import type { Query } from '#kit/db/db.ts'

/** What an authenticator is asked to sign is good for so long. */
export const CHALLENGE_SECONDS = 300
export const MOST_PASSKEYS = 20
/** EdDSA, ES256, RS256 (COSE), which every authenticator has one of. Asking Node for more makes it warn of experiments. */
export const ALGORITHMS = [-8, -7, -257]

/** A passkey as its owner sees it. */
export interface PasskeyView {
  readonly id: string
  readonly name: string
  /** kept in a cloud, comes along to other devices */
  readonly synced: boolean
  readonly createdAt: Date
  readonly lastUsedAt: Date | null
}

/** Columns of a `PasskeyView`. */
export const viewOf = (sql: Query) => sql`
  passkey_id as id, name, synced, created_at as "createdAt", last_used_at as "lastUsedAt"`

/** What is needed to check a signature. */
export interface Passkey {
  readonly id: string
  readonly userId: string
  readonly credentialId: string
  readonly publicKey: Buffer
  readonly counter: bigint
}

/** Bytes to sign, for adding a passkey (`userId`) or for signing in. Noted as a hash. */
export async function newChallenge(sql: Query, userId?: string): Promise<Uint8Array<ArrayBuffer>> {
  const challenge = new Uint8Array(randomBytes(32))
  const text = Buffer.from(challenge).toString('base64url')
  await sql`
    insert into passkey_challenges (challenge_hash, user_id, expires_at)
    values (${hashSecret(text)}, ${userId ?? null}, now() + make_interval(secs => ${CHALLENGE_SECONDS}))`
  return challenge
}

/** True once, for the first answer to a challenge of ours, whatever else is wrong with that answer. */
export async function spendChallenge(sql: Query, challenge: string, userId?: string): Promise<boolean> {
  const spent = await sql`
    delete from passkey_challenges
     where challenge_hash = ${hashSecret(challenge)} and user_id is not distinct from ${userId ?? null}::uuid and expires_at > now() returning 1`
  return spent.length === 1
}

/** The passkeys of somebody, oldest first. */
export async function passkeysOf(sql: Query, userId: string): Promise<(PasskeyView & { credentialId: string })[]> {
  return await sql<(PasskeyView & { credentialId: string })[]>`
    select ${viewOf(sql)}, credential_id as "credentialId"
      from passkeys where user_id = ${userId} order by passkey_id`
}

export async function passkeyByCredential(sql: Query, credentialId: string): Promise<Passkey | undefined> {
  const [row] = await sql<Passkey[]>`
    select passkey_id as id, user_id as "userId", credential_id as "credentialId", public_key as "publicKey", counter
      from passkeys where credential_id = ${credentialId}`
  return row
}

/** What an authenticator knows its owner by: the bytes of the user id. */
export const userHandleOf = (userId: string): Buffer => Buffer.from(userId.replaceAll('-', ''), 'hex')
