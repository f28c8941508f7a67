import { expect } from 'vitest'
import { type Auth, type Person, type Signed, startAuth } from './auth.fixture.ts'
import type { Authenticator, Quirks } from '#kit/testing/authenticator.ts'
import type { TestAnswer } from '#kit/testing/service.ts'

interface Owner extends Person {
  readonly session: Signed
  readonly phone: Authenticator
  readonly passkeyId: string
}

export const refused = { status: 401, body: { code: 'auth/bad-passkey' } }

/** auth, and people whose telephones have passkeys. */
export async function startPasskeys() {
  const auth: Auth = await startAuth()
  const challenge = async (): Promise<{ challenge: string }> => {
    const asked = await auth.inject('POST', '/api/auth/passkeys/challenge', {})
    expect(asked).toMatchObject({ status: 200, body: { rpId: 'shop.test', userVerification: 'required' } })
    return asked.body
  }
  const show = (credential: unknown, ip?: string): Promise<TestAnswer> =>
    auth.inject('POST', '/api/auth/passkeys/sign-in', { credential }, ip)
  return {
    ...auth,
    challenge,
    show,
    signInWith: async (phone: Authenticator, quirks?: Quirks): Promise<TestAnswer> =>
      await show(phone.get(await challenge(), quirks)),
    async owner(): Promise<Owner> {
      const person = await auth.person()
      const session = await auth.signIn(person)
      const { authenticator, added } = await auth.device(session)
      expect(added).toMatchObject({ status: 201, body: { name: 'My phone', synced: false, lastUsedAt: null } })
      return { ...person, session, phone: authenticator, passkeyId: added.body.id as string }
    },
  }
}

export type Passkeys = Awaited<ReturnType<typeof startPasskeys>>
