import { generate } from 'otplib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Auth, PASSWORD, type Person, type Signed, signed, startAuth } from './auth.fixture.ts'
import { type Authenticator, createAuthenticator, type Quirks } from '#kit/testing/authenticator.ts'

let auth: Auth
beforeAll(async () => {
  auth = await startAuth()
})
afterAll(() => auth.close())

interface Owner extends Person {
  readonly session: Signed
  readonly phone: Authenticator
  readonly passkeyId: string
}

async function owner(): Promise<Owner> {
  const person = await auth.person()
  const session = await auth.signIn(person)
  const { authenticator, added } = await auth.device(session)
  expect(added).toMatchObject({ status: 201, body: { name: 'My phone', synced: false, lastUsedAt: null } })
  return { ...person, session, phone: authenticator, passkeyId: added.body.id as string }
}

const challenge = async () => {
  const asked = await auth.inject('POST', '/api/auth/passkeys/challenge', {})
  expect(asked).toMatchObject({ status: 200, body: { rpId: 'shop.test', userVerification: 'required' } })
  return asked.body as { challenge: string }
}
const show = (credential: unknown, ip?: string) => auth.inject('POST', '/api/auth/passkeys/sign-in', { credential }, ip)
const signInWith = async (phone: Authenticator, quirks?: Quirks) => await show(phone.get(await challenge(), quirks))
const refused = { status: 401, body: { code: 'auth/bad-passkey' } }
const failuresOf = async (userId: string) =>
  (await auth.events('LoginFailed.v1'))
    .map((event) => event.data)
    .filter((data) => (data as { userId: string }).userId === userId)

describe('signing in with a passkey', () => {
  test('needs no password and counts as two factors', async () => {
    const ann = await owner()
    const answer = await signInWith(ann.phone)
    expect(answer.status).toBe(200)
    const { principal } = signed(answer.body)
    expect(principal.id).toBe(ann.userId)
    const told = (await auth.events('UserAuthenticated.v1')).map((event) => event.data as { sessionId: string })
    expect(told.find(({ sessionId }) => sessionId === principal.sessionId)).toMatchObject({ method: 'mfa', by: 'passkey' })
    const { sessions } = (await auth.request('GET', '/api/auth/sessions', { as: principal })).body
    expect(sessions.find((one: { current: boolean }) => one.current).method).toBe('passkey')
    const { passkeys } = (await auth.request('GET', '/api/auth/passkeys', { as: principal })).body
    expect(passkeys[0].lastUsedAt).toBeTypeOf('string')
  })

  test('whatever a browser or a password manager says of extensions is let by, up to a measure', async () => {
    const ann = await owner()
    const said = (clientExtensionResults: object) => ({ clientExtensionResults })
    const phone = async () => ann.phone.get(await challenge())
    expect((await show({ ...(await phone()), ...said({ credProps: { rk: true }, prf: {} }) })).status).toBe(200)
    const many = Object.fromEntries(Array.from({ length: 21 }, (_, n) => [`extension${n}`, true]))
    expect((await show({ ...(await phone()), ...said(many) })).status).toBe(400)
  })

  test('works again and again, each time with a challenge of its own', async () => {
    const ann = await owner()
    for (let time = 0; time < 3; time += 1) expect((await signInWith(ann.phone)).status).toBe(200)
  })

  test('an answer works once, also when twenty show it at the same moment', async () => {
    const ann = await owner()
    const credential = ann.phone.get(await challenge())
    const answers = await Promise.all(Array.from({ length: 20 }, () => show(credential)))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(await show(credential)).toMatchObject(refused)
    await auth.db.sql`delete from attempts where scope = 'passkey-place'`
  })

  test('a challenge is gone after five minutes, after a wrong answer, and was never good where we did not make it', async () => {
    const ann = await owner()
    const old = ann.phone.get(await challenge())
    await auth.db.sql`update passkey_challenges set expires_at = now()`
    expect(await show(old)).toMatchObject(refused)
    const spent = await challenge()
    expect(await show(ann.phone.get(spent, { origin: 'https://evil.example' }))).toMatchObject(refused)
    expect(await show(ann.phone.get(spent))).toMatchObject(refused)
    expect(await signInWith(ann.phone, { challenge: Buffer.alloc(32).toString('base64url') })).toMatchObject(refused)
  })

  test.each<[string, Quirks]>([
    ['a page of somebody else asked', { origin: 'https://evil.example' }],
    ['a page whose name ends alike asked', { origin: 'http://notshop.test' }],
    ['the page was on another port', { origin: 'http://shop.test:8443' }],
    ['it was made for another domain', { rpId: 'evil.example' }],
    ['nobody unlocked the device', { unverified: true }],
    ['it says that it belongs to somebody else', { userHandle: Buffer.alloc(16, 7).toString('base64url') }],
  ])('is refused when %s', async (_, quirks) => {
    const ann = await owner()
    expect(await signInWith(ann.phone, quirks)).toMatchObject(refused)
    expect(await failuresOf(ann.userId)).toEqual([expect.objectContaining({ reason: 'mfa', by: 'passkey' })])
    expect((await signInWith(ann.phone)).status).toBe(200)
  })

  test('is refused when the count of signatures goes back or stands still: there is a copy of the key', async () => {
    const ann = await owner()
    expect((await signInWith(ann.phone, { counter: 40 })).status).toBe(200)
    expect(await signInWith(ann.phone, { counter: 40 })).toMatchObject(refused)
    expect(await signInWith(ann.phone, { counter: 7 })).toMatchObject(refused)
    expect((await signInWith(ann.phone, { counter: 41 })).status).toBe(200)
  })

  test('is refused when somebody else’s device signs for it, or changes what was signed', async () => {
    const ann = await owner()
    const mallory = await owner()
    const asked = await challenge()
    expect(await show({ ...mallory.phone.get(asked), id: ann.phone.id, rawId: ann.phone.id })).toMatchObject(refused)
    const good = ann.phone.get(await challenge(), { counter: 50 })
    const data = Buffer.from(good.response['authenticatorData'] as string, 'base64url')
    data[36] = 99
    const bent = { ...good, response: { ...good.response, authenticatorData: data.toString('base64url') } }
    expect(await show(bent)).toMatchObject(refused)
    const nobody = createAuthenticator('http://shop.test', 'shop.test')
    expect(await signInWith(nobody)).toMatchObject(refused)
  })

  test('is refused for an account that staff have disabled, with a word about it only to its owner', async () => {
    const ann = await owner()
    await auth.db.sql`update accounts set disabled_at = now() where user_id = ${ann.userId}`
    expect(await signInWith(ann.phone)).toMatchObject({ status: 403, body: { code: 'auth/account-disabled' } })
  })

  test('is slowed down where answers keep being wrong; elsewhere everybody gets in', async () => {
    const ann = await owner()
    const place = '198.51.100.23'
    const wrong = async () => await show(ann.phone.get(await challenge(), { rpId: 'evil.example' }), place)
    const statuses: number[] = []
    for (let n = 0; n < 31; n += 1) statuses.push((await wrong()).status)
    expect(statuses.slice(0, 30).every((status) => status === 401)).toBe(true)
    expect(statuses[30]).toBe(429)
    expect((await show(ann.phone.get(await challenge()), place)).status).toBe(429)
    expect((await show(ann.phone.get(await challenge()), '198.51.100.24')).status).toBe(200)
  })
})

describe('adding a passkey', () => {
  test('needs the password again', async () => {
    const { principal } = await auth.signIn(await auth.person())
    const ask = (body: unknown) => auth.request('POST', '/api/auth/passkeys/options', { body, as: principal })
    expect((await ask({})).status).toBe(401)
    expect((await ask({ password: 'not-the-password' })).status).toBe(401)
    expect(await ask({ password: PASSWORD })).toMatchObject({
      status: 200,
      body: { rp: { id: 'shop.test' }, authenticatorSelection: { residentKey: 'required', userVerification: 'required' } },
    })
  })

  test('needs the second step too, where it is on: a passkey would pass it by', async () => {
    const { principal } = await auth.signIn(await auth.person())
    const { body: seed } = await auth.request('POST', '/api/auth/mfa/enrol', { body: { password: PASSWORD }, as: principal })
    const confirmed = await auth.request('POST', '/api/auth/mfa/confirm', {
      body: { code: await generate({ secret: seed.secret }) },
      as: principal,
    })
    const ask = (body: unknown) => auth.request('POST', '/api/auth/passkeys/options', { body, as: principal })
    expect((await ask({ password: PASSWORD })).status).toBe(400)
    expect((await ask({ password: PASSWORD, code: '000000' })).status).toBe(401)
    const recoveryCode = confirmed.body.recoveryCodes[0] as string
    expect((await ask({ password: PASSWORD, recoveryCode })).status).toBe(200)
    expect((await ask({ password: PASSWORD, recoveryCode })).status).toBe(401)
  })

  test('whoever has no password signs in again first', async () => {
    const ann = await owner()
    await auth.db.sql`update accounts set password_hash = null where user_id = ${ann.userId}`
    const { principal } = signed((await signInWith(ann.phone)).body)
    const ask = () => auth.request('POST', '/api/auth/passkeys/options', { body: {}, as: principal })
    expect((await ask()).status).toBe(200)
    await auth.db.sql`update sessions set created_at = now() - interval '11 minutes' where session_id = ${principal.sessionId}`
    expect(await ask()).toMatchObject({ status: 403, body: { code: 'auth/sign-in-again' } })
  })

  test.each<[string, Quirks]>([
    ['was made on a page of somebody else', { origin: 'https://evil.example' }],
    ['was made for another domain', { rpId: 'evil.example' }],
    ['was made without unlocking the device', { unverified: true }],
    ['answers a challenge we did not make', { challenge: Buffer.alloc(32).toString('base64url') }],
  ])('one that %s is not kept', async (_, quirks) => {
    const { added } = await auth.device(await auth.signIn(await auth.person()), { quirks })
    expect(added).toMatchObject(refused)
  })

  test('what one person began nobody else can finish, and the challenge of a sign-in adds nothing', async () => {
    const ann = await auth.signIn(await auth.person())
    const mallory = await auth.signIn(await auth.person())
    const asked = await auth.request('POST', '/api/auth/passkeys/options', { body: { password: PASSWORD }, as: ann.principal })
    const phone = createAuthenticator('http://shop.test', 'shop.test')
    const add = (options: Parameters<Authenticator['create']>[0], as: Signed) =>
      auth.request('POST', '/api/auth/passkeys', {
        body: { name: 'Phone', credential: phone.create(options) },
        as: as.principal,
      })
    expect(await add(asked.body, mallory)).toMatchObject(refused)
    expect(await add({ ...(await challenge()), user: asked.body.user }, ann)).toMatchObject(refused)
    expect((await add(asked.body, ann)).status).toBe(201)
    const again = await auth.request('POST', '/api/auth/passkeys/options', {
      body: { password: PASSWORD },
      as: mallory.principal,
    })
    expect(await add(again.body, mallory)).toMatchObject({ status: 409, body: { code: 'auth/passkey-known' } })
  })

  test('twenty are enough', async () => {
    const ann = await owner()
    await auth.db.sql`
      insert into passkeys (passkey_id, user_id, credential_id, public_key, counter, name, synced)
      select gen_random_uuid(), ${ann.userId}::uuid, 'more-' || n, '\\x00', 0, 'another', false from generate_series(1, 19) n`
    expect(
      await auth.request('POST', '/api/auth/passkeys/options', { body: { password: PASSWORD }, as: ann.session.principal }),
    ).toMatchObject({ status: 422, body: { code: 'auth/too-many-passkeys' } })
  })
})

describe('one’s own passkeys', () => {
  test('have names, which their owner changes; nobody else sees or touches them', async () => {
    const ann = await owner()
    const mallory = await owner()
    const path = `/api/auth/passkeys/${ann.passkeyId}`
    const gone = { status: 404, body: { code: 'auth/passkey-not-found' } }
    const rename = (as: Signed) => auth.request('PATCH', path, { body: { name: ' Blue key ' }, as: as.principal })
    expect(await rename(mallory.session)).toMatchObject(gone)
    expect(await rename(ann.session)).toMatchObject({ status: 200, body: { name: 'Blue key' } })
    expect(
      await auth.request('DELETE', path, { body: { password: mallory.password }, as: mallory.session.principal }),
    ).toMatchObject(gone)
    const listed = await auth.request('GET', '/api/auth/passkeys', { as: mallory.session.principal })
    expect(listed.body.passkeys.map(({ id }: { id: string }) => id)).toEqual([mallory.passkeyId])
  })

  test('one that was removed signs nobody in any more; removing needs the password', async () => {
    const ann = await owner()
    const remove = (password: string) =>
      auth.request('DELETE', `/api/auth/passkeys/${ann.passkeyId}`, { body: { password }, as: ann.session.principal })
    expect((await remove('not-the-password')).status).toBe(401)
    expect((await remove(PASSWORD)).status).toBe(204)
    expect(await signInWith(ann.phone)).toMatchObject(refused)
    expect((await remove(PASSWORD)).status).toBe(404)
  })

  test('are erased with their owner, and told to the owner who asks for everything', async () => {
    const ann = await owner()
    const told = await auth.call<{ passkeys: unknown[]; sessions: unknown[] }>('ofPerson', { userId: ann.userId })
    expect(told.passkeys).toEqual([expect.objectContaining({ name: 'My phone' })])
    expect(told.sessions).toHaveLength(1)
    await auth.request('POST', '/api/auth/logout', { body: {}, as: ann.session.principal })
    const later = await auth.call<{ sessions: { endedAt: string | null }[] }>('ofPerson', { userId: ann.userId })
    expect(later.sessions.map(({ endedAt }) => endedAt)).toEqual([expect.any(String)])
    await auth.call('deleteAccount', { userId: ann.userId })
    expect(await auth.db.sql`select 1 from passkeys where user_id = ${ann.userId}`).toEqual([])
    expect(await signInWith(ann.phone)).toMatchObject(refused)
  })

  test('one that was removed ends the sessions that came by it, and no other', async () => {
    const ann = await owner()
    const through = signed((await signInWith(ann.phone)).body).principal
    const { added } = await auth.device(ann.session, { name: 'My key' })
    const remove = (id: string) =>
      auth.request('DELETE', `/api/auth/passkeys/${id}`, { body: { password: PASSWORD }, as: ann.session.principal })
    expect((await remove(added.body.id)).status).toBe(204)
    expect(await auth.denied()).not.toContain(through.sessionId)
    expect((await remove(ann.passkeyId)).status).toBe(204)
    expect(await auth.denied()).toContain(through.sessionId)
    expect(await auth.denied()).not.toContain(ann.session.principal.sessionId)
    const told = (await auth.events('SignInMeansChanged.v1')).filter(({ subject }) => subject === ann.userId)
    expect(told.map(({ data }) => (data as { change: string }).change)).toEqual(['added', 'added', 'removed', 'removed'])
  })

  const linkOf = async (type: string, userId: string) => {
    const request = (await auth.events(type)).findLast(({ subject }) => subject === userId)
    const { requestId } = request!.data as { requestId: string }
    return (await auth.call<{ token: string }>('linkToken', { requestId })).token
  }

  test.each(['never verified', 'verified long ago'])(
    'all go when the password is reset by mail (the address was %s): a stranger may have added them',
    async (when) => {
      const stranger = await owner()
      if (when !== 'never verified')
        await auth.db.sql`update accounts set email_verified_at = now() - interval '1 year' where user_id = ${stranger.userId}`
      const body = { password: PASSWORD }
      const begun = await auth.request('POST', '/api/auth/passkeys/options', { body, as: stranger.session.principal })
      await auth.inject('POST', '/api/auth/password/forgot', { email: stranger.email })
      const token = await linkOf('PasswordResetRequested.v1', stranger.userId)
      const reset = await auth.inject('POST', '/api/auth/password/reset', { token, password: 'a mailbox of my own' })
      expect(reset.status).toBe(204)
      expect(await signInWith(stranger.phone)).toMatchObject(refused)
      // nor is one added that was begun before
      const credential = createAuthenticator('http://shop.test', 'shop.test').create(begun.body)
      const late = await auth.request('POST', '/api/auth/passkeys', {
        body: { name: 'Late', credential },
        as: stranger.session.principal,
      })
      expect(late).toMatchObject(refused)
    },
  )

  test('go when the address is verified for the first time, but those that the session with the link added stay', async () => {
    const [stranger, ann] = [await owner(), await owner()]
    const verify = async ({ userId }: Person, as?: Signed['principal']) => {
      const token = await linkOf('EmailVerificationRequested.v1', userId)
      const answer = await auth.request('POST', '/api/auth/email/verify', { body: { token }, ...(as ? { as } : {}) })
      expect(answer.status).toBe(204)
    }
    const through = signed((await signInWith(stranger.phone)).body).principal
    await verify(stranger)
    expect(await signInWith(stranger.phone)).toMatchObject(refused)
    expect(await auth.denied()).toContain(through.sessionId)
    await verify(ann, ann.session.principal)
    expect((await signInWith(ann.phone)).status).toBe(200)
  })
})
