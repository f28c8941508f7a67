import { createECDH, createHmac, createPrivateKey, createPublicKey, hash, type KeyObject } from 'node:crypto'
import { SignJWT } from 'jose'
import type { Principal } from '#kit/core/principal.ts'

/** `iss` of the tokens with which services prove to each other who they are. */
export const SERVICE_ISSUER = 'souk-services'
const LIFE_SECONDS = 60
/** A token is used again this long: signing costs more than the rest of a call. */
const REUSE_MS = 30_000
const MAX_KEPT = 1_000

export interface ServiceTokens {
  /** id of the public key */
  readonly kid: string
  readonly publicKey: KeyObject
  readonly privateKey: KeyObject
  /** A token of `caller` for `audience`, valid 60 s; `principal`: on whose behalf, where that is not the caller itself. */
  token(caller: string, audience: string, principal: Principal): Promise<string>
}

/**
 * ES256 tokens of our own services. The key pair follows from `secret` (32 bytes, the same in every process of an installation), so nothing has
 * to be handed out or stored.
 */
export function createServiceTokens(secret: Buffer): ServiceTokens {
  const { privateKey, publicKey, kid } = keyPair(secret)
  const kept = new Map<string, { token: Promise<string>; until: number }>()

  const sign = (caller: string, audience: string, obo: unknown): Promise<string> =>
    new SignJWT(obo === undefined ? {} : { obo })
      .setProtectedHeader({ alg: 'ES256', typ: 'service+jwt', kid })
      .setIssuer(SERVICE_ISSUER)
      .setSubject(caller)
      .setAudience(audience)
      .setIssuedAt()
      .setExpirationTime(`${LIFE_SECONDS} seconds`)
      .sign(privateKey)

  return {
    kid,
    publicKey,
    privateKey,
    async token(caller, audience, principal) {
      const obo = onBehalfOf(principal)
      const key = JSON.stringify([caller, audience, obo ?? null])
      const known = kept.get(key)
      if (known && known.until > Date.now()) return await known.token
      kept.delete(key)
      const [oldest] = kept.size >= MAX_KEPT ? kept.keys() : []
      if (oldest !== undefined) kept.delete(oldest)
      const token = sign(caller, audience, obo)
      kept.set(key, { token, until: Date.now() + REUSE_MS })
      return await token
    },
  }
}

/** The claim that says for whom a service asks; a caller nobody has signed in must not become a service on the way. */
function onBehalfOf(principal: Principal): unknown {
  // What a program of others may do ends at the route it asked.
  if (principal.kind === 'anonymous' || principal.kind === 'program') return 'anonymous'
  if (principal.kind === 'service') return principal.onBehalfOf && onBehalfOf(principal.onBehalfOf)
  if (principal.kind === 'key') return { key: principal.id, permissions: [...principal.permissions] }
  const { id, sessionId, roles, permissions } = principal
  return { sub: id, sid: sessionId, roles, permissions: [...permissions] }
}

function keyPair(secret: Buffer): { privateKey: KeyObject; publicKey: KeyObject; kid: string } {
  const curve = createECDH('prime256v1')
  for (let attempt = 0; ; attempt += 1) {
    const scalar = createHmac('sha256', secret).update(`service token key ${attempt}`).digest()
    try {
      curve.setPrivateKey(scalar)
    } catch {
      continue // not a number of the curve: one in four billion
    }
    const point = curve.getPublicKey()
    const [x, y] = [point.subarray(1, 33).toString('base64url'), point.subarray(33).toString('base64url')]
    const jwk = { kty: 'EC', crv: 'P-256', x, y }
    return {
      privateKey: createPrivateKey({ key: { ...jwk, d: scalar.toString('base64url') }, format: 'jwk' }),
      publicKey: createPublicKey({ key: jwk, format: 'jwk' }),
      kid: `service-${hash('sha256', point, 'base64url').slice(0, 12)}`,
    }
  }
}
