import { type CryptoKey, errors as jose, type JWTPayload, jwtVerify, type KeyObject } from 'jose'
import { errors } from './errors.ts'
import { anonymous, type Principal } from '#kit/core/principal.ts'

type Promisable<T> = T | Promise<T>
export type VerificationKey = CryptoKey | KeyObject

/** A kind of token: what its header and claims must say. */
export interface TokenKind {
  readonly issuer: string
  /** one of these must be in `aud` */
  readonly audience: string | string[]
  /** public key of a `kid`, from the JWKS; `undefined` for one we never issued */
  readonly keys: (kid: string) => Promisable<VerificationKey | undefined>
  /** oldest token that is accepted, in seconds since it was issued */
  readonly maxAgeSeconds?: number
}

export interface TokenOptions {
  /** access tokens of users: `typ` at+jwt; claims sub, sid, roles, permissions (or scope) */
  readonly user: TokenKind
  /** tokens of our own services: `typ` service+jwt; claims sub (service name), obo (the user it acts for) */
  readonly service?: TokenKind
  /** asked at every request, also for remembered tokens; answers from memory where it can */
  readonly isRevoked?: (principal: Principal, claims: JWTPayload) => Promisable<boolean>
  /** verified tokens that are remembered; default 10,000 */
  readonly cacheSize?: number
}

export interface TokenVerifier {
  /** The principal, at once where the token is remembered. Throws (or rejects with) `http/invalid-token`. */
  verify(token: string): Promisable<Principal>
  /** Forgets every remembered token: after keys were revoked or roles changed. */
  clear(): void
}

const MAX_TOKEN = 8 * 1024
const SKEW_SECONDS = 5
const KID = /^[A-Za-z0-9._-]{1,128}$/

const strings = (value: unknown): string[] => (Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [])

/** A user from claims; undefined if they do not describe one. */
export function userOfClaims(claims: Record<string, unknown>): Principal | undefined {
  const { sub, sid, roles, permissions, scope } = claims
  if (typeof sub !== 'string' || sub === '' || sub === 'anonymous' || typeof sid !== 'string') return undefined
  const granted = permissions === undefined && typeof scope === 'string' ? scope.split(' ') : strings(permissions)
  return {
    kind: 'user',
    id: sub,
    roles: strings(roles),
    permissions: new Set(granted.filter((name) => name !== '')),
    sessionId: sid,
  }
}

/** A user, or an API key that one of our services acts for. */
function holderOfClaims(claims: Record<string, unknown>): Principal | undefined {
  const { key, permissions } = claims
  if (key === undefined) return userOfClaims(claims)
  return typeof key === 'string' && key !== '' ? { kind: 'key', id: key, permissions: new Set(strings(permissions)) } : undefined
}

function serviceOfClaims(claims: Record<string, unknown>): Principal | undefined {
  const { sub, obo, aud } = claims
  if (typeof sub !== 'string' || sub === '') return undefined
  const service = { kind: 'service', id: sub, audience: strings([aud].flat()) } as const
  if (obo === undefined) return service
  if (obo === 'anonymous') return { ...service, onBehalfOf: anonymous }
  const holder = typeof obo === 'object' && obo !== null ? holderOfClaims(obo as Record<string, unknown>) : undefined
  return holder && { ...service, onBehalfOf: holder }
}

/** `typ` of the protected header, read without trusting it: it only chooses which rules the token must then pass. */
function typeOf(token: string): string {
  try {
    const header = JSON.parse(Buffer.from(token.slice(0, token.indexOf('.')), 'base64url').toString('utf8')) as { typ?: unknown }
    return String(header.typ)
  } catch {
    throw errors.invalidToken()
  }
}

interface Remembered {
  readonly principal: Principal
  readonly claims: JWTPayload
  /** epoch milliseconds */
  readonly until: number
  used: boolean
}

/**
 * Verifies ES256 tokens. One algorithm, explicit `typ`, issuer, audience and required claims; keys only from `keys`, so
 * headers like jku, x5u or jwk lead nowhere. A verified token is remembered as it is until it expires: hashing it at every request would cost
 * more than everything else the edge does.
 */
export function createTokenVerifier(options: TokenOptions): TokenVerifier {
  const size = options.cacheSize ?? 10_000
  const remembered = new Map<string, Remembered>()

  async function check(token: string): Promise<{ principal: Principal; claims: JWTPayload }> {
    const service = options.service !== undefined && typeOf(token) === 'service+jwt'
    const kind = service ? (options.service as TokenKind) : options.user
    const keyOf = async (header: { kid?: string | undefined }) => {
      const key = typeof header.kid === 'string' && KID.test(header.kid) ? await kind.keys(header.kid) : undefined
      if (!key) throw new jose.JWKSNoMatchingKey()
      return key
    }
    const { payload } = await jwtVerify(token, keyOf, {
      algorithms: ['ES256'],
      typ: service ? 'service+jwt' : 'at+jwt',
      issuer: kind.issuer,
      audience: kind.audience,
      requiredClaims: service ? ['sub', 'exp', 'iat'] : ['sub', 'sid', 'exp', 'iat'],
      clockTolerance: SKEW_SECONDS,
      maxTokenAge: kind.maxAgeSeconds ?? (service ? 120 : 3600),
    })
    const principal = service ? serviceOfClaims(payload) : userOfClaims(payload)
    if (!principal) throw errors.invalidToken()
    return { principal, claims: payload }
  }

  const unlessRevoked = (principal: Principal, claims: JWTPayload): Promisable<Principal> => {
    const revoked = options.isRevoked?.(principal, claims) ?? false
    if (revoked === false) return principal
    if (revoked === true) throw errors.invalidToken()
    return revoked.then((answer) => {
      if (answer) throw errors.invalidToken()
      return principal
    })
  }

  /** The one verified longest ago goes, unless it was used since it was last looked at. */
  const makeRoom = (): void => {
    for (const [token, known] of remembered) {
      if (remembered.size < size) return
      remembered.delete(token)
      if (!known.used) continue
      known.used = false
      remembered.set(token, known)
    }
  }
  const remember = (token: string, principal: Principal, claims: JWTPayload): void => {
    makeRoom()
    remembered.set(token, { principal, claims, until: ((claims.exp as number) + SKEW_SECONDS) * 1000, used: false })
  }

  return {
    verify(token) {
      if (token.length > MAX_TOKEN) throw errors.invalidToken()
      const known = remembered.get(token)
      if (known && known.until > Date.now()) {
        known.used = true
        return unlessRevoked(known.principal, known.claims)
      }
      if (known) remembered.delete(token)
      return check(token).then(
        ({ principal, claims }) => {
          remember(token, principal, claims)
          return unlessRevoked(principal, claims)
        },
        (cause: unknown) => {
          // A key source that fails is our trouble, not a bad token; both keep the door shut.
          if (cause instanceof jose.JOSEError || cause instanceof TypeError || cause instanceof SyntaxError)
            throw errors.invalidToken({}, { cause })
          throw cause
        },
      )
    },
    clear: () => remembered.clear(),
  }
}
