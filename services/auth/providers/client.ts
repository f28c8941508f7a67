import type { Configuration } from 'openid-client'
import type { Provider } from './configuration.ts'
import { errors } from '../errors.ts'
import type { Logger } from '#kit/service/logger.ts'

/** A provider that has not answered all that one visit needs within this time is away. */
const ANSWERS_WITHIN_SECONDS = 6
/** What it says of itself is read again after so long. */
const DISCOVERED_MS = 10 * 60_000

/** What we know of somebody after the provider has sent them back. */
export interface Claims {
  readonly subject: string
  readonly issuer: string
  /** when they last showed there who they are */
  readonly provedAt: Date | undefined
  readonly email: string | undefined
  /** the provider says that the mailbox is theirs, and says it as plain `true` */
  readonly emailVerified: boolean
  readonly fullName: string | undefined
  /** everything the ID token says, for the mapping of roles */
  readonly all: unknown
  readonly idToken: string
}

export interface Trip {
  readonly state: string
  readonly nonce: string
  readonly verifier: string
}

/** The protocol with one provider. Whatever it says is checked by the library: state, nonce, issuer, audience, times, and the signature. */
export interface ProviderClient {
  /** Where to send somebody, and the secrets that belong to this trip. `again`: they have to show there anew who they are. */
  leave(redirectUri: string, again?: boolean): Promise<{ url: string; trip: Trip }>
  /** Who came back. `query`: of the address they came back to. Throws `auth/provider-refused`, `auth/provider-unavailable`. */
  arrive(redirectUri: string, query: string, trip: Trip): Promise<Claims>
  /** Where the provider ends its own session; undefined where it cannot. */
  endSession(idToken: string, returnTo: string): Promise<string | undefined>
}

export function createProviderClient(provider: Provider, log: Logger): ProviderClient {
  let known: { configuration: Promise<Configuration>; until: number } | undefined

  async function discover(): Promise<Configuration> {
    const library = await import('openid-client')
    const { clientId, clientSecret, issuer } = provider
    return await library.discovery(
      issuer,
      clientId,
      clientSecret,
      clientSecret === undefined ? library.None() : library.ClientSecretBasic(clientSecret),
      {
        timeout: ANSWERS_WITHIN_SECONDS,
        // signatures are checked against the provider's keys also where TLS alone would do
        execute: [library.enableNonRepudiationChecks, ...(issuer.protocol === 'http:' ? [library.allowInsecureRequests] : [])],
      },
    )
  }
  async function configuration(): Promise<Configuration> {
    if (!known || known.until < Date.now()) {
      const found = discover()
      known = { configuration: found, until: Date.now() + DISCOVERED_MS }
      found.catch(() => {
        known = undefined
      })
    }
    try {
      return await known.configuration
    } catch (error) {
      log.error({ err: error, provider: provider.key }, 'a sign-in provider does not answer')
      throw errors.providerUnavailable()
    }
  }

  /** One time limit for all requests of a visit: each of four could take nearly as long by itself. */
  async function inTime<T>(work: Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        log.warn({ provider: provider.key }, 'a sign-in provider takes too long')
        reject(errors.providerUnavailable())
      }, ANSWERS_WITHIN_SECONDS * 1000)
    })
    try {
      return await Promise.race([work, late])
    } finally {
      clearTimeout(timer)
    }
  }

  const talk: ProviderClient = {
    async leave(redirectUri, again = false) {
      const server = await configuration()
      const library = await import('openid-client')
      const trip: Trip = {
        state: library.randomState(),
        nonce: library.randomNonce(),
        verifier: library.randomPKCECodeVerifier(),
      }
      const url = library.buildAuthorizationUrl(server, {
        redirect_uri: redirectUri,
        scope: provider.scopes,
        response_type: 'code',
        state: trip.state,
        nonce: trip.nonce,
        code_challenge: await library.calculatePKCECodeChallenge(trip.verifier),
        code_challenge_method: 'S256',
        ...(again ? { prompt: 'login', max_age: '0' } : {}),
      })
      return { url: url.href, trip }
    },
    async arrive(redirectUri, query, { state, nonce, verifier }) {
      const server = await configuration()
      const library = await import('openid-client')
      try {
        const tokens = await library.authorizationCodeGrant(server, new URL(`${redirectUri}?${query}`), {
          expectedState: state,
          expectedNonce: nonce,
          pkceCodeVerifier: verifier,
          idTokenExpected: true,
        })
        const claims = tokens.claims()
        if (!claims || !tokens.id_token) throw new Error('there is no ID token')
        const more =
          claims['email'] === undefined && server.serverMetadata().userinfo_endpoint
            ? await library.fetchUserInfo(server, tokens.access_token, claims.sub)
            : {}
        return claimsOf(claims, { ...more, ...claims }, tokens.id_token)
      } catch (error) {
        log.warn({ err: error, provider: provider.key }, 'a sign-in through a provider was not accepted')
        throw isOutage(error) ? errors.providerUnavailable() : errors.providerRefused()
      }
    },
    async endSession(idToken, returnTo) {
      const server = await configuration()
      if (!server.serverMetadata().end_session_endpoint) return undefined
      const { buildEndSessionUrl } = await import('openid-client')
      return buildEndSessionUrl(server, { id_token_hint: idToken, post_logout_redirect_uri: returnTo }).href
    },
  }
  return {
    leave: (...args) => inTime(talk.leave(...args)),
    arrive: (...args) => inTime(talk.arrive(...args)),
    endSession: (...args) => inTime(talk.endSession(...args)),
  }
}

/** No answer, as opposed to an answer that says no. */
function isOutage(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  return error.message === 'fetch failed' || error.name === 'TimeoutError' || isOutage(error.cause)
}

function claimsOf(
  idClaims: { sub: string; iss: string; auth_time?: number },
  all: Record<string, unknown>,
  idToken: string,
): Claims {
  const text = (name: string): string | undefined => {
    const value = all[name]
    return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined
  }
  const given = [text('given_name'), text('family_name')].filter((part) => part !== undefined).join(' ')
  return {
    subject: idClaims.sub,
    issuer: idClaims.iss,
    provedAt: typeof idClaims.auth_time === 'number' ? new Date(idClaims.auth_time * 1000) : undefined,
    email: text('email'),
    emailVerified: all['email_verified'] === true,
    fullName: text('name') ?? (given || text('preferred_username')),
    all: idClaims,
    idToken,
  }
}
