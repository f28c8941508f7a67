import type { AuthDeps } from '../deps.ts'
import { heldBy } from '../roles.ts'

/** `last_used_at` is written again after so long: the list says when a key was used to some minutes, and a busy key costs no write a request. */
const NOTED_MINUTES = 5

/**
 * The keys that are accepted. A key never does more than its maker may do now: permissions that the account has lost since are left out, and
 * keys of accounts that are locked out. `used`: keys that were shown since the last question.
 */
export async function acceptedApiKeys({ db }: Pick<AuthDeps, 'db'>, used: readonly string[]) {
  if (used.length > 0)
    await db.sql`
      update api_keys set last_used_at = now()
       where key_id = any(${[...used]}::uuid[])
         and (last_used_at is null or last_used_at < now() - make_interval(mins => ${NOTED_MINUTES}))`
  const keys = await db.sql<{ keyId: string; hash: Buffer; permissions: string[]; expiresAt: Date | null; roles: string[] }[]>`
    select k.key_id as "keyId", k.secret_hash as hash, k.permissions, k.expires_at as "expiresAt", a.roles
      from api_keys k join accounts a using (user_id)
     where k.revoked_at is null and (k.expires_at is null or k.expires_at > now()) and a.disabled_at is null`
  return keys.map(({ keyId, hash, permissions, expiresAt, roles }) => ({
    keyId,
    hash: hash.toString('base64url'),
    permissions: heldBy(roles, permissions),
    expiresAt: expiresAt?.toISOString() ?? null,
  }))
}
