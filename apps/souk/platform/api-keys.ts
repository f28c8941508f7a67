import { timingSafeEqual } from 'node:crypto'
import { API_KEY_PREFIX, apiKeyHash, apiKeyIdOf, CHANGED_API_KEYS } from '#contracts/api-keys.ts'
import type { authRpc } from '#contracts/rpc/auth.ts'
import { withoutDeadline } from '#kit/core/context.ts'
import type { Principal } from '#kit/core/principal.ts'
import { errors } from '#kit/http/errors.ts'
import type { TokenVerifier } from '#kit/http/tokens.ts'
import type { RpcClient } from '#kit/rpc/rpc.ts'
import type { Platform } from './platform.ts'

/** What is known of the keys is good for so long; then the next one that is shown waits for the list. The longest that a revoked key works. */
const GOOD_MS = 5_000
/** Where auth does not answer, what was known counts this long; then keys are refused with a word to come again. */
const WITHOUT_AUTH_MS = 60_000
/** A key that nobody knows may ask for the list this often: a new key is found, guessing is not amplified. */
const UNKNOWN_MS = 1_000
const MOST_USED = 1_000

interface Known {
  readonly hash: Buffer
  readonly principal: Principal
  /** epoch milliseconds */
  readonly until: number
}

export interface ApiKeys {
  /** Who shows this key. Throws (or rejects with) `http/invalid-token`, and `http/unavailable` where auth cannot say. */
  verify(key: string): Principal | Promise<Principal>
  /** This key was made, revoked or lost rights: it is not believed before the list was read again. */
  change(keyId: string): void
  close(): Promise<void>
}

/** True for what looks like an API key; everything else is a token. */
export const isApiKey = (token: string): boolean => token.startsWith(API_KEY_PREFIX)

const NOBODY = Buffer.alloc(32)

type Accepted = Awaited<ReturnType<RpcClient<typeof authRpc>['apiKeys']>>['keys'][number]

const knownOf = ({ keyId, hash, permissions, expiresAt }: Accepted): Known => ({
  hash: Buffer.from(hash, 'base64url'),
  principal: { kind: 'key', id: keyId, permissions: new Set(permissions) },
  until: expiresAt === null ? Number.POSITIVE_INFINITY : Date.parse(expiresAt),
})

/** How this process knows API keys: all that are accepted, read from auth while keys are shown, and at once when one changed. */
export async function openApiKeys(
  { memory }: Pick<Platform, 'memory'>,
  auth: Pick<RpcClient<typeof authRpc>, 'apiKeys'>,
  now: () => number = () => performance.now(),
): Promise<ApiKeys> {
  let keys = new Map<string, Known>()
  const used = new Set<string>()
  /** changed since the last reading began: it may not know yet */
  const changed = new Set<string>()
  let readAt = Number.NEGATIVE_INFINITY
  let reading: Promise<void> | undefined

  const read = async (): Promise<void> => {
    const told = [...used]
    used.clear()
    const before = [...changed]
    changed.clear()
    const began = now()
    try {
      const answer = await auth.apiKeys({ used: told })
      keys = new Map(answer.keys.map((key) => [key.keyId, knownOf(key)]))
      for (const keyId of changed) keys.delete(keyId)
      readAt = began
    } catch (error) {
      for (const keyId of before) changed.add(keyId)
      throw error
    }
  }
  const readOnce = (): Promise<void> => {
    reading ??= withoutDeadline(read).finally(() => {
      reading = undefined
    })
    return reading
  }
  /** Reads the list as it is now: a reading that was under way when a key changed does not count. */
  const readAnew = async (): Promise<void> => {
    await readOnce()
    if (changed.size > 0) await readOnce()
  }
  const change = (keyId: string): void => {
    keys.delete(keyId)
    changed.add(keyId)
  }
  const told = await memory.notices(CHANGED_API_KEYS, WITHOUT_AUTH_MS / 1000).follow(change)

  const judge = (keyId: string, key: string): Principal => {
    const known = keys.get(keyId)
    // One comparison of equal length, whether the id is known or not.
    const right = timingSafeEqual(apiKeyHash(key), known?.hash ?? NOBODY)
    if (!known || !right || known.until <= Date.now()) throw errors.invalidToken()
    if (used.size < MOST_USED) used.add(keyId)
    return known.principal
  }

  return {
    verify(key) {
      const keyId = apiKeyIdOf(key)
      if (keyId === undefined) throw errors.invalidToken()
      const age = now() - readAt
      if (changed.size === 0 && age < (keys.has(keyId) ? GOOD_MS : UNKNOWN_MS)) return judge(keyId, key)
      return readAnew().then(
        () => judge(keyId, key),
        (cause: unknown) => {
          if (now() - readAt >= WITHOUT_AUTH_MS || !keys.has(keyId)) throw errors.unavailable({}, { cause })
          return judge(keyId, key)
        },
      )
    },
    change,
    close: () => told.stop(),
  }
}

/** Tokens and keys behind one door. */
export function withApiKeys(tokens: TokenVerifier, keys: ApiKeys): TokenVerifier {
  return { verify: (token) => (isApiKey(token) ? keys.verify(token) : tokens.verify(token)), clear: () => tokens.clear() }
}
