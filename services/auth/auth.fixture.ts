import { generate } from 'otplib'
import { expect } from 'vitest'
import { service } from './service.ts'
import { createAuthenticator, type Quirks } from '#kit/testing/authenticator.ts'
import { startService, type TestAnswer, type TestService } from '#kit/testing/service.ts'
import { uuidv7 } from '#kit/core/ids.ts'
import type { Principal } from '#kit/core/principal.ts'

export const PASSWORD = 'tidy-otter-rows'

let people = 0

export interface Person {
  readonly userId: string
  readonly email: string
  readonly password: string
}

/** auth on a real database, and short names for what its tests do all the time. */
export async function startAuth(settings: { providers?: string } = {}) {
  const profiles = new Set<string>()
  const auth: TestService = await startService(service, {
    settings: { passkeyOrigins: [], ...settings },
    rpc: {
      // users opens the account here and keeps the profile
      users: {
        register: async ({ fullName: _, ...input }: { fullName: string; email: string }) => {
          const userId = uuidv7()
          profiles.add(userId)
          return { ...(await auth.call<object>('createAccount', { userId, ...input })), userId }
        },
        ensureProfile: async ({ userId }: { userId: string }) => {
          profiles.add(userId)
          return {}
        },
      },
    },
  })
  const login = (email: string, password: string, more: { totp?: string; ip?: string } = {}): Promise<TestAnswer> =>
    inject('POST', '/api/auth/login', { email, password, ...(more.totp ? { totp: more.totp } : {}) }, more.ip)

  /** The kit's test request has one address for everybody; here people come from places of their own. */
  async function inject(method: string, url: string, body: unknown, ip = '203.0.113.7'): Promise<TestAnswer> {
    const answer = await auth.app.inject({
      method: method as 'POST',
      url,
      remoteAddress: ip,
      payload: JSON.stringify(body),
      headers: { 'content-type': 'application/json', 'user-agent': 'Vitest' },
    })
    const isJson = /json/.test(String(answer.headers['content-type']))
    return {
      status: answer.statusCode,
      headers: answer.headers,
      body: isJson ? JSON.parse(answer.body) : undefined,
      raw: answer.rawPayload,
    }
  }

  return {
    ...auth,
    /** who has a profile with users */
    profiles,
    login,
    inject,
    /** Opens an account; every person has another address. */
    async person(options: { role?: string; password?: string } = {}): Promise<Person> {
      people += 1
      const person = { userId: uuidv7(), email: `person${people}@shop.example`, password: options.password ?? PASSWORD }
      const { role } = options
      const created = await auth.call('createAccount', { ...person, ...(role ? { role } : {}) })
      expect(created).toEqual({ outcome: 'created' })
      return person
    },
    async signIn(person: Person, ip?: string): Promise<Signed> {
      const answer = await login(person.email, person.password, ip ? { ip } : {})
      expect(answer.status).toBe(200)
      return signed(answer.body)
    },
    /** A device of this person with a passkey on it. */
    async device({ principal }: Signed, options: { password?: string; name?: string; quirks?: Quirks } = {}) {
      const authenticator = createAuthenticator('http://shop.test', 'shop.test')
      const { password = PASSWORD, name = 'My phone', quirks } = options
      const asked = await auth.request('POST', '/api/auth/passkeys/options', { body: { password }, as: principal })
      expect(asked.status).toBe(200)
      const body = { name, credential: authenticator.create(asked.body, quirks) }
      return { authenticator, added: await auth.request('POST', '/api/auth/passkeys', { body, as: principal }) }
    },
    /** Turns two-step sign-in on. */
    async twoSteps({ principal }: Signed, password = PASSWORD): Promise<{ secret: string; recoveryCodes: string[] }> {
      const enrolled = await auth.request('POST', '/api/auth/mfa/enrol', { body: { password }, as: principal })
      expect(enrolled.status).toBe(200)
      const secret = enrolled.body.secret as string
      const code = await generate({ secret })
      const confirmed = await auth.request('POST', '/api/auth/mfa/confirm', { body: { code }, as: principal })
      expect(confirmed.status).toBe(200)
      return { secret, recoveryCodes: confirmed.body.recoveryCodes }
    },
    /** The secret of the newest link of that kind, as the mail would get it. */
    async link(type: 'PasswordResetRequested.v1' | 'EmailVerificationRequested.v1', userId: string): Promise<string> {
      const request = (await auth.events(type)).findLast(({ subject }) => subject === userId)
      const { requestId } = request!.data as { requestId: string }
      return (await auth.call<{ token: string }>('linkToken', { requestId })).token
    },
    /** Access tokens refused from now on. */
    async denied(): Promise<string[]> {
      return (await auth.call<{ sessionIds: string[] }>('revokedSessions', {})).sessionIds
    },
  }
}

export type Auth = Awaited<ReturnType<typeof startAuth>>

export interface Signed {
  readonly tokens: { accessToken: string; refreshToken: string; userId: string }
  readonly principal: Principal & { kind: 'user' }
}

export function claimsOf(accessToken: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(accessToken.split('.')[1]!, 'base64url').toString()) as Record<string, unknown>
}

/** The principal that the edge makes of these tokens. */
export function signed(tokens: Signed['tokens']): Signed {
  const claims = claimsOf(tokens.accessToken)
  return {
    tokens,
    principal: {
      kind: 'user',
      id: claims['sub'] as string,
      sessionId: claims['sid'] as string,
      roles: claims['roles'] as string[],
      permissions: new Set(claims['permissions'] as string[]),
    },
  }
}
