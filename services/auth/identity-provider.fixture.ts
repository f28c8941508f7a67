import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'

export const CLIENT = { id: 'souk', secret: 'known-to-both' }

/** How the provider lies, or what somebody does to its answer. */
export interface Lie {
  readonly nonce?: string
  readonly audience?: string
  readonly issuer?: string
  /** signed by a key that it does not publish */
  readonly forged?: true
  readonly expired?: true
}

interface Code {
  readonly redirectUri: string
  readonly codeChallenge: string
  readonly nonce: string
  /** they had to show who they are */
  readonly asked: boolean
  readonly claims: Readonly<Record<string, unknown>>
  readonly lie: Lie
}

/** A provider of identities as OpenID Connect describes one, as strict as it should be; the person at its pages is played by `approve`. */
export async function startIdentityProvider(redirectUris: readonly string[]) {
  const [keys, others] = await Promise.all([generateKeyPair('RS256'), generateKeyPair('RS256')])
  const jwk = { ...(await exportJWK(keys.publicKey)), kid: 'one', alg: 'RS256', use: 'sig' }
  const codes = new Map<string, Code>()
  const seen: string[] = []
  let held: Promise<void> | undefined

  async function idToken({ claims, nonce, asked, lie }: Code): Promise<string> {
    const now = Math.floor(Date.now() / 1000)
    return await new SignJWT({ nonce: lie.nonce ?? nonce, ...(asked ? { auth_time: now } : {}), ...claims })
      .setProtectedHeader({ alg: 'RS256', kid: 'one' })
      .setIssuer(lie.issuer ?? issuer)
      .setAudience(lie.audience ?? CLIENT.id)
      .setIssuedAt(now - (lie.expired ? 7200 : 0))
      .setExpirationTime(now + (lie.expired ? -3600 : 300))
      .sign(lie.forged ? others.privateKey : keys.privateKey)
  }

  async function token(request: IncomingMessage): Promise<[number, object]> {
    const form = new URLSearchParams(await text(request))
    await held
    const [, shown = ''] = /^Basic (\S+)$/.exec(request.headers.authorization ?? '') ?? []
    // both parts are percent-encoded (RFC 6749)
    if (decodeURIComponent(Buffer.from(shown, 'base64').toString()) !== `${CLIENT.id}:${CLIENT.secret}`)
      return [401, { error: 'invalid_client' }]
    const code = codes.get(form.get('code') ?? '')
    codes.delete(form.get('code') ?? '')
    const proven = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url')
    if (!code || form.get('redirect_uri') !== code.redirectUri || proven !== code.codeChallenge)
      return [400, { error: 'invalid_grant' }]
    return [200, { access_token: 'opaque', token_type: 'Bearer', expires_in: 60, id_token: await idToken(code) }]
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? '/', issuer)
    seen.push(pathname)
    const metadata = {
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      jwks_uri: `${issuer}/jwks`,
      end_session_endpoint: `${issuer}/end`,
      response_types_supported: ['code'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256'],
      authorization_response_iss_parameter_supported: true,
    }
    const [status, body] =
      pathname === '/token'
        ? await token(request)
        : pathname === '/jwks'
          ? [200, { keys: [jwk] }]
          : pathname === '/.well-known/openid-configuration'
            ? [200, metadata]
            : [404, {}]
    response.writeHead(status as number, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  }

  const server = createServer((request, response) => void answer(request, response)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    issuer,
    /** paths that were asked for */
    seen,
    /** It takes questions for tokens and does not answer, until what is returned is called. */
    holdTokens(): () => void {
      const { promise, resolve } = Promise.withResolvers<void>()
      held = promise
      return () => {
        held = undefined
        resolve()
      }
    },
    /** Somebody signs in there and agrees; returns what the address they come back to says. */
    approve(url: string, claims: Readonly<Record<string, unknown>>, lie: Lie = {}): string {
      const asked = new URL(url).searchParams
      const redirectUri = asked.get('redirect_uri') ?? ''
      if (!redirectUris.includes(redirectUri)) throw new Error(`not a redirect address of this client: ${redirectUri}`)
      if (asked.get('client_id') !== CLIENT.id || asked.get('response_type') !== 'code') throw new Error('not our client')
      if (asked.get('code_challenge_method') !== 'S256') throw new Error('without PKCE nobody gets in')
      const code = randomBytes(16).toString('base64url')
      codes.set(code, {
        redirectUri,
        codeChallenge: asked.get('code_challenge') ?? '',
        nonce: asked.get('nonce') ?? '',
        asked: asked.get('prompt') === 'login',
        claims,
        lie,
      })
      return new URLSearchParams({ code, state: asked.get('state') ?? '', iss: issuer }).toString()
    },
    async close(): Promise<void> {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

export type IdentityProvider = Awaited<ReturnType<typeof startIdentityProvider>>
