import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PASSWORD, type Person, type Signed, signed } from './auth.fixture.ts'
import { type Passkeys, refused, startPasskeys } from './passkeys.fixture.ts'
import { type Authenticator, createAuthenticator, type Quirks } from '#kit/testing/authenticator.ts'

let auth: Passkeys
beforeAll(async () => {
  auth = await startPasskeys()
})
afterAll(() => auth.close())

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
    const session = await auth.signIn(await auth.person())
    const { recoveryCodes } = await auth.twoSteps(session)
    const ask = (body: unknown) => auth.request('POST', '/api/auth/passkeys/options', { body, as: session.principal })
    expect((await ask({ password: PASSWORD })).status).toBe(400)
    expect((await ask({ password: PASSWORD, code: '000000' })).status).toBe(401)
    const [recoveryCode] = recoveryCodes
    expect((await ask({ password: PASSWORD, recoveryCode })).status).toBe(200)
    expect((await ask({ password: PASSWORD, recoveryCode })).status).toBe(401)
  })

  test('whoever has no password signs in again first', async () => {
    const ann = await auth.owner()
    await auth.db.sql`update accounts set password_hash = null where user_id = ${ann.userId}`
    const { principal } = signed((await auth.signInWith(ann.phone)).body)
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
    expect(await add({ ...(await auth.challenge()), user: asked.body.user }, ann)).toMatchObject(refused)
    expect((await add(asked.body, ann)).status).toBe(201)
    const again = await auth.request('POST', '/api/auth/passkeys/options', {
      body: { password: PASSWORD },
      as: mallory.principal,
    })
    expect(await add(again.body, mallory)).toMatchObject({ status: 409, body: { code: 'auth/passkey-known' } })
  })

  test('twenty are enough', async () => {
    const ann = await auth.owner()
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
    const ann = await auth.owner()
    const mallory = await auth.owner()
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
    const ann = await auth.owner()
    const remove = (password: string) =>
      auth.request('DELETE', `/api/auth/passkeys/${ann.passkeyId}`, { body: { password }, as: ann.session.principal })
    expect((await remove('not-the-password')).status).toBe(401)
    expect((await remove(PASSWORD)).status).toBe(204)
    expect(await auth.signInWith(ann.phone)).toMatchObject(refused)
    expect((await remove(PASSWORD)).status).toBe(404)
  })

  test('are erased with their owner, and told to the owner who asks for everything', async () => {
    const ann = await auth.owner()
    const told = await auth.call<{ passkeys: unknown[]; sessions: unknown[] }>('ofPerson', { userId: ann.userId })
    expect(told.passkeys).toEqual([expect.objectContaining({ name: 'My phone' })])
    expect(told.sessions).toHaveLength(1)
    await auth.request('POST', '/api/auth/logout', { body: {}, as: ann.session.principal })
    const later = await auth.call<{ sessions: { endedAt: string | null }[] }>('ofPerson', { userId: ann.userId })
    expect(later.sessions.map(({ endedAt }) => endedAt)).toEqual([expect.any(String)])
    await auth.call('deleteAccount', { userId: ann.userId })
    expect(await auth.db.sql`select 1 from passkeys where user_id = ${ann.userId}`).toEqual([])
    expect(await auth.signInWith(ann.phone)).toMatchObject(refused)
  })

  test('one that was removed ends the sessions that came by it, and no other', async () => {
    const ann = await auth.owner()
    const through = signed((await auth.signInWith(ann.phone)).body).principal
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

  test.each(['never verified', 'verified long ago'])(
    'all go when the password is reset by mail (the address was %s): a stranger may have added them',
    async (when) => {
      const stranger = await auth.owner()
      if (when !== 'never verified')
        await auth.db.sql`update accounts set email_verified_at = now() - interval '1 year' where user_id = ${stranger.userId}`
      const body = { password: PASSWORD }
      const begun = await auth.request('POST', '/api/auth/passkeys/options', { body, as: stranger.session.principal })
      await auth.inject('POST', '/api/auth/password/forgot', { email: stranger.email })
      const token = await auth.link('PasswordResetRequested.v1', stranger.userId)
      const reset = await auth.inject('POST', '/api/auth/password/reset', { token, password: 'a mailbox of my own' })
      expect(reset.status).toBe(204)
      expect(await auth.signInWith(stranger.phone)).toMatchObject(refused)
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
    const [stranger, ann] = [await auth.owner(), await auth.owner()]
    const verify = async ({ userId }: Person, as?: Signed['principal']) => {
      const token = await auth.link('EmailVerificationRequested.v1', userId)
      const answer = await auth.request('POST', '/api/auth/email/verify', { body: { token }, ...(as ? { as } : {}) })
      expect(answer.status).toBe(204)
    }
    const through = signed((await auth.signInWith(stranger.phone)).body).principal
    await verify(stranger)
    expect(await auth.signInWith(stranger.phone)).toMatchObject(refused)
    expect(await auth.denied()).toContain(through.sessionId)
    await verify(ann, ann.session.principal)
    expect((await auth.signInWith(ann.phone)).status).toBe(200)
  })
})
