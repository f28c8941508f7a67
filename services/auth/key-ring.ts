import { createPrivateKey, createPublicKey, generateKeyPair, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import { ACCESS_TOKEN_SECONDS } from './access-token.ts'
import { seal, unseal } from '#kit/core/sealed.ts'
import { hashSecret } from './keyed-hash.ts'
import type { Db, Query } from '#kit/db/db.ts'

/** A retired key verifies for as long as tokens it signed may live; processes may sign with it for KEY_CACHE_SECONDS more. */
const VERIFY_AFTER_RETIREMENT_SECONDS = ACCESS_TOKEN_SECONDS + 120
const KEY_DAYS = 90

export interface SigningKey {
  readonly kid: string
  readonly privateKey: KeyObject
}

export type PublicJwk = Record<string, unknown> & { readonly kid: string }

const bind = (kid: string): string => `signing_keys:${kid}`

/** A new ES256 key; its kid is the RFC 7638 thumbprint of its public half. */
async function makeKey(secret: Buffer) {
  const { privateKey } = await promisify(generateKeyPair)('ec', { namedCurve: 'P-256' })
  const { kty, crv, x, y } = createPublicKey(privateKey).export({ format: 'jwk' })
  const kid = hashSecret(JSON.stringify({ crv, kty, x, y })).toString('base64url')
  const jwk: PublicJwk = { kty, crv, x, y, kid, use: 'sig', alg: 'ES256' }
  return { kid, jwk, sealed: seal(secret, bind(kid), privateKey.export({ format: 'der', type: 'pkcs8' })) }
}

async function insertKey(tx: Query, secret: Buffer): Promise<void> {
  const { kid, jwk, sealed } = await makeKey(secret)
  // one active key: a second process that starts at the same moment finds the index taken and uses the first one's
  await tx`insert into signing_keys (kid, public_jwk, private_key) values (${kid}, ${JSON.stringify(jwk)}::text::jsonb, ${sealed}) on conflict do nothing`
}

/** The key that signs now. Makes one in an installation that has none. */
export async function activeKey(db: Db, secret: Buffer): Promise<SigningKey> {
  const read = async () =>
    (await db.sql<{ kid: string; private_key: Buffer }[]>`select kid, private_key from signing_keys where retired_at is null`)[0]
  let row = await read()
  if (!row) {
    await insertKey(db.sql, secret)
    row = await read()
  }
  if (!row) throw new Error('there is no signing key and none could be made')
  return {
    kid: row.kid,
    privateKey: createPrivateKey({ key: unseal(secret, bind(row.kid), row.private_key), format: 'der', type: 'pkcs8' }),
  }
}

/** Public halves of all keys whose tokens may still be valid, newest first. */
export async function publicKeys(db: Db): Promise<PublicJwk[]> {
  const rows = await db.sql<{ public_jwk: PublicJwk }[]>`
    select public_jwk from signing_keys where verify_until is null or verify_until > now() order by created_at desc`
  return rows.map((row) => row.public_jwk)
}

/**
 * A new key signs from now on; the old one verifies until its last token has ended. Two rotations at once are one:
 * the second waits for the first and finds its key taken.
 */
export async function rotateSigningKey(db: Db, secret: Buffer): Promise<{ kid: string }> {
  return await db.tx(async (tx) => {
    await tx`update signing_keys set retired_at = now(), verify_until = now() + make_interval(secs => ${VERIFY_AFTER_RETIREMENT_SECONDS}) where retired_at is null`
    await insertKey(tx, secret)
    const [row] = await tx<{ kid: string }[]>`select kid from signing_keys where retired_at is null`
    return { kid: row!.kid }
  })
}

/** Rotates a key that has served its time and forgets keys nobody can need. */
export async function tendSigningKeys(db: Db, secret: Buffer): Promise<void> {
  const [old] =
    await db.sql`select 1 from signing_keys where retired_at is null and created_at < now() - make_interval(days => ${KEY_DAYS})`
  if (old) await rotateSigningKey(db, secret)
  await db.sql`delete from signing_keys where verify_until < now() - interval '1 day'`
}
