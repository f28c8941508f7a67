import { randomBytes } from 'node:crypto'
import type { AuthDeps } from '../deps.ts'
import { errors } from '../errors.ts'
import { heldBy, isForKeys } from '../roles.ts'
import { apiKeyHash, apiKeyText } from '#contracts/api-keys.ts'
import { ApiKeyCreated, ApiKeyRevoked } from '#contracts/events/users.ts'
import { uuidv7 } from '#kit/core/ids.ts'
import { may, type Principal } from '#kit/core/principal.ts'
import type { Tx } from '#kit/db/db.ts'

/** Keys that are accepted at a time in the whole shop: all of them are in the memory of whoever verifies keys. */
const MOST_KEYS = 500
/** A key that has ended stays in the list so long. */
export const KEPT_DAYS = 90

export interface NewApiKey {
  /** who makes it */
  readonly userId: string
  readonly name: string
  readonly permissions: readonly string[]
  readonly expiresAt: Date | null
}

/**
 * Makes a key and returns it with its id; this is the only time that it can be read. The account of its maker has to have every permission
 * (`auth/more-rights-needed`), by its own roles: what a provider gave ends with the session. Throws `auth/not-for-api-keys`,
 * `auth/expires-in-the-past`, `auth/too-many-api-keys`.
 */
export async function createApiKey(deps: AuthDeps, wanted: NewApiKey): Promise<{ id: string; key: string }> {
  const { userId, name, expiresAt } = wanted
  const permissions = [...new Set(wanted.permissions)].sort()
  const foreign = wanted.permissions.findIndex((permission) => !isForKeys(permission))
  if (foreign >= 0)
    throw errors.notForApiKeys({}, { fields: [{ pointer: `/permissions/${foreign}`, message: 'an API key cannot have it' }] })
  if (expiresAt && expiresAt.getTime() <= Date.now()) throw errors.expiresInThePast()
  const keyId = uuidv7()
  const key = apiKeyText(keyId, randomBytes(32))
  await deps.db.tx(async (tx) => {
    // two who make the last one stand in line here
    await tx`select pg_advisory_xact_lock(hashtext('auth api keys'))`
    // its roles stay as they are until the key is there
    const [maker] = await tx<{ roles: string[] }[]>`
      select roles from accounts where user_id = ${userId} and disabled_at is null for share`
    if (!maker || heldBy(maker.roles, permissions).length < permissions.length) throw errors.moreRightsNeeded()
    const [{ live } = { live: 0 }] = await tx<{ live: number }[]>`
      select count(*)::int as live from api_keys where revoked_at is null and (expires_at is null or expires_at > now())`
    if (live >= MOST_KEYS) throw errors.tooManyApiKeys()
    await tx`
      insert into api_keys (key_id, user_id, name, secret_hash, permissions, expires_at)
      values (${keyId}, ${userId}, ${name}, ${apiKeyHash(key)}, ${permissions}, ${expiresAt})`
    await deps.outbox.append(tx, [ApiKeyCreated({ userId, keyId, permissions, expiresAt: expiresAt?.toISOString() ?? null })])
  })
  await deps.changedKeys.post([keyId])
  return { id: keyId, key }
}

/**
 * Revokes a key; fine to repeat. Whoever made it may, and whoever holds everything that it may do (`auth/more-rights-needed`). Throws
 * `auth/api-key-not-found`.
 */
export async function revokeApiKey(deps: AuthDeps, by: Principal, keyId: string): Promise<void> {
  await deps.db.tx(async (tx) => {
    const [key] = await tx<{ userId: string; permissions: string[]; revoked: boolean }[]>`
      select user_id as "userId", permissions, revoked_at is not null as revoked from api_keys where key_id = ${keyId} for update`
    if (!key) throw errors.apiKeyNotFound()
    const { userId, permissions, revoked } = key
    if (userId !== by.id && !permissions.every((permission) => may(by, permission))) throw errors.moreRightsNeeded()
    if (revoked) return
    await tx`update api_keys set revoked_at = now() where key_id = ${keyId}`
    await deps.outbox.append(tx, [ApiKeyRevoked({ userId, keyId, revokedBy: by.id })])
  })
  await deps.changedKeys.post([keyId])
}

/** The keys of an account go with it: what they did stays in the history under an id that leads to nobody. */
export async function revokeKeysOf(deps: Pick<AuthDeps, 'outbox'>, tx: Tx, userId: string): Promise<void> {
  const gone = await tx<{ keyId: string; revoked: boolean }[]>`
    delete from api_keys where user_id = ${userId} returning key_id as "keyId", revoked_at is not null as revoked`
  await deps.outbox.append(
    tx,
    gone.filter(({ revoked }) => !revoked).map(({ keyId }) => ApiKeyRevoked({ userId, keyId, revokedBy: null })),
  )
}
