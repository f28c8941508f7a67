import { type CryptoKey, importJWK } from 'jose'
import { ApiKeyCreated, ApiKeyRevoked, SessionRevoked } from '#contracts/events/users.ts'
import { ENDED_SESSIONS, SESSIONS } from '#contracts/sessions.ts'
import { authRpc } from '#contracts/rpc/auth.ts'
import { withoutDeadline } from '#kit/core/context.ts'
import { createTokenVerifier, type TokenKind, type TokenVerifier } from '#kit/http/tokens.ts'
import type { Event } from '#kit/messaging/event.ts'
import { openApiKeys, withApiKeys } from './api-keys.ts'
import type { Platform, PlatformOptions } from './platform.ts'
import { untilDone } from './until-done.ts'

/** A token that names an unknown key may ask for the keys this often: rotation is noticed, guessing is not amplified. */
const RELOAD_MS = 5_000
/** Access tokens live shorter than this, so a revocation may then be forgotten. */
const REMEMBER_MS = 30 * 60_000
/** While somebody asks, the list of ended sessions is read this often. */
const LOOK_MS = 5_000
/** A session that is used is noted this often. */
const NOTE_MS = 60_000
const MOST_NOTED = 50_000
/** what tells that a credential counts no more, or a new one does; all of one topic */
const HEARD: ReadonlySet<string> = new Set([SessionRevoked.type, ApiKeyCreated.type, ApiKeyRevoked.type])

export interface Identity {
  readonly tokens: TokenVerifier
  /** false while auth runs elsewhere and has not answered yet: users cannot be recognised, so the process is not ready */
  known(): boolean
  close(): Promise<void>
}

/** How this process knows who asks: public keys, ended sessions and API keys from auth. */
export async function openIdentity(
  platform: Platform,
  { settings, log, peers }: Pick<PlatformOptions, 'settings' | 'log' | 'peers'>,
  service: TokenKind | undefined,
): Promise<Identity> {
  const auth = platform.host.rpc.client(authRpc, 'gateway')
  let keys = new Map<string, CryptoKey>()
  let loadedAt = Number.NEGATIVE_INFINITY
  const load = async (): Promise<void> => {
    const answer = await auth.jwks({})
    // A fresh installation has no key yet: the first token must find the one made since.
    loadedAt = answer.keys.length === 0 ? Number.NEGATIVE_INFINITY : performance.now()
    const imported = await Promise.all(
      answer.keys.map(async (jwk) => [String(jwk.kid), (await importJWK(jwk, 'ES256')) as CryptoKey] as const),
    )
    keys = new Map(imported)
  }

  let known = false
  const revoked = new Map<string, number>()
  const revoke = (sessionId: string): void => void revoked.set(sessionId, Date.now() + REMEMBER_MS)
  const signOfLife = rememberUse(platform)
  // Three ways to hear of an ended session: the memory of all processes (at once), the event (when the bus has carried it), and the
  // list itself every few seconds, so that a bus that stands still keeps nobody signed in.
  let lookedAt = Number.NEGATIVE_INFINITY
  const lookForEnded = (): void => {
    const now = performance.now()
    if (!known || now - lookedAt < LOOK_MS) return
    lookedAt = now
    withoutDeadline(() => auth.revokedSessions({})).then(
      ({ sessionIds }) => sessionIds.forEach(revoke),
      (error: unknown) => log.debug({ err: error }, 'the list of ended sessions could not be read'),
    )
  }
  const tokens = createTokenVerifier({
    ...(service ? { service } : {}),
    user: {
      issuer: settings.publicUrl,
      audience: 'souk',
      keys: async (kid) => {
        // Before the sessions that ended are known, no token may be believed.
        if (!known) await learn()
        else if (!keys.has(kid) && performance.now() - loadedAt > RELOAD_MS) await load()
        return keys.get(kid)
      },
    },
    isRevoked: (principal) => {
      if (principal.kind !== 'user') return false
      lookForEnded()
      if (revoked.has(principal.sessionId)) return true
      signOfLife(principal.sessionId)
      return false
    },
  })
  const told = await platform.memory.notices(ENDED_SESSIONS, REMEMBER_MS / 1000).follow(revoke)
  const apiKeys = await openApiKeys(platform, auth)
  const subscription = await platform.bus.broadcast([SessionRevoked.topic], (records) => {
    for (const { type, value } of records) {
      if (!HEARD.has(type)) continue
      const { data } = JSON.parse(value.toString()) as Event<{ sessionId?: string | null; keyId?: string }>
      if (data.sessionId) revoke(data.sessionId)
      if (data.keyId) apiKeys.change(data.keyId)
    }
  })
  const learn = async (): Promise<void> => {
    await load()
    // After the subscription, so that nothing falls between: sessions that ended before this process began.
    for (const sessionId of (await auth.revokedSessions({})).sessionIds) revoke(sessionId)
    known = true
  }
  const elsewhere = peers?.has('auth') === true
  const learning = untilDone(learn, { again: elsewhere, log, what: 'auth does not answer yet' })
  // Apart, nobody has to be there first.
  if (!elsewhere) await learning.done
  const forget = setInterval(() => {
    const now = Date.now()
    for (const [sessionId, until] of revoked) if (until < now) revoked.delete(sessionId)
  }, 60_000).unref()
  log.debug({ keys: keys.size }, 'identity is ready')
  return {
    tokens: withApiKeys(tokens, apiKeys),
    known: () => known,
    async close() {
      learning.stop()
      clearInterval(forget)
      await told.stop()
      await apiKeys.close()
      await subscription.stop()
    },
  }
}

/** Notes that a session is in use, once a minute each. */
function rememberUse({ memory }: Platform): (sessionId: string) => void {
  const signs = memory.values<{ at: number }>('sessions', SESSIONS)
  const noted = new Map<string, number>()
  return (sessionId) => {
    const now = Date.now()
    if ((noted.get(sessionId) ?? 0) > now - NOTE_MS) return
    if (noted.size >= MOST_NOTED) noted.clear()
    noted.set(sessionId, now)
    void signs.set(sessionId, { at: now }, now)
  }
}
