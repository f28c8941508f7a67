import { SignJWT } from 'jose'
import type { SigningKey } from './key-ring.ts'
import { permissionsOf } from './roles.ts'

export const ACCESS_TOKEN_SECONDS = 600
export const AUDIENCE = 'souk'
/** How long a process signs with the key it read before it looks again. */
const KEY_CACHE_MS = 30_000

export interface AccessTokenSubject {
  readonly userId: string
  readonly sessionId: string
  readonly roles: readonly string[]
}

export interface AccessTokens {
  /** Signs an ES256 access token (`typ: at+jwt`, RFC 9068) that lives ACCESS_TOKEN_SECONDS. */
  sign(subject: AccessTokenSubject): Promise<string>
  /** Reads the active key again: after a rotation. */
  forgetKey(): void
}

export function createAccessTokens(issuer: string, activeKey: () => Promise<SigningKey>): AccessTokens {
  let cached: { key: Promise<SigningKey>; until: number } | undefined
  const current = (): Promise<SigningKey> => {
    if (cached && cached.until > performance.now()) return cached.key
    const key = activeKey()
    cached = { key, until: performance.now() + KEY_CACHE_MS }
    // a failed read is not remembered
    key.catch(() => {
      if (cached?.key === key) cached = undefined
    })
    return key
  }
  return {
    async sign({ userId, sessionId, roles }) {
      const { kid, privateKey } = await current()
      const now = Math.floor(Date.now() / 1000)
      return await new SignJWT({ sid: sessionId, roles: [...new Set(roles)], permissions: permissionsOf(roles) })
        .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid })
        .setIssuer(issuer)
        .setAudience(AUDIENCE)
        .setSubject(userId)
        .setIssuedAt(now)
        .setExpirationTime(now + ACCESS_TOKEN_SECONDS)
        .sign(privateKey)
    },
    forgetKey() {
      cached = undefined
    },
  }
}
