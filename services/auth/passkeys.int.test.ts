import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { signed } from './auth.fixture.ts'
import { type Passkeys, refused, startPasskeys } from './passkeys.fixture.ts'
import { createAuthenticator, type Quirks } from '#kit/testing/authenticator.ts'

let auth: Passkeys
beforeAll(async () => {
  auth = await startPasskeys()
})
afterAll(() => auth.close())

const failuresOf = async (userId: string) =>
  (await auth.events('LoginFailed.v1'))
    .map((event) => event.data)
    .filter((data) => (data as { userId: string }).userId === userId)

describe('S8: signing in with a passkey', () => {
  test('needs no password and counts as two factors', async () => {
    const ann = await auth.owner()
    const answer = await auth.signInWith(ann.phone)
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
    const ann = await auth.owner()
    const said = (clientExtensionResults: object) => ({ clientExtensionResults })
    const phone = async () => ann.phone.get(await auth.challenge())
    expect((await auth.show({ ...(await phone()), ...said({ credProps: { rk: true }, prf: {} }) })).status).toBe(200)
    const many = Object.fromEntries(Array.from({ length: 21 }, (_, n) => [`extension${n}`, true]))
    expect((await auth.show({ ...(await phone()), ...said(many) })).status).toBe(400)
  })

  test('works again and again, each time with a challenge of its own', async () => {
    const ann = await auth.owner()
    for (let time = 0; time < 3; time += 1) expect((await auth.signInWith(ann.phone)).status).toBe(200)
  })

  test('an answer works once, also when twenty show it at the same moment', async () => {
    const ann = await auth.owner()
    const credential = ann.phone.get(await auth.challenge())
    const answers = await Promise.all(Array.from({ length: 20 }, () => auth.show(credential)))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(await auth.show(credential)).toMatchObject(refused)
    await auth.db.sql`delete from attempts where scope = 'passkey-place'`
  })

  test('a challenge is gone after five minutes, after a wrong answer, and was never good where we did not make it', async () => {
    const ann = await auth.owner()
    const old = ann.phone.get(await auth.challenge())
    await auth.db.sql`update passkey_challenges set expires_at = now()`
    expect(await auth.show(old)).toMatchObject(refused)
    const spent = await auth.challenge()
    expect(await auth.show(ann.phone.get(spent, { origin: 'https://evil.example' }))).toMatchObject(refused)
    expect(await auth.show(ann.phone.get(spent))).toMatchObject(refused)
    expect(await auth.signInWith(ann.phone, { challenge: Buffer.alloc(32).toString('base64url') })).toMatchObject(refused)
  })

  test.each<[string, Quirks]>([
    ['a page of somebody else asked', { origin: 'https://evil.example' }],
    ['a page whose name ends alike asked', { origin: 'http://notshop.test' }],
    ['the page was on another port', { origin: 'http://shop.test:8443' }],
    ['it was made for another domain', { rpId: 'evil.example' }],
    ['nobody unlocked the device', { unverified: true }],
    ['it says that it belongs to somebody else', { userHandle: Buffer.alloc(16, 7).toString('base64url') }],
  ])('is refused when %s', async (_, quirks) => {
    const ann = await auth.owner()
    expect(await auth.signInWith(ann.phone, quirks)).toMatchObject(refused)
    expect(await failuresOf(ann.userId)).toEqual([expect.objectContaining({ reason: 'mfa', by: 'passkey' })])
    expect((await auth.signInWith(ann.phone)).status).toBe(200)
  })

  test('is refused when the count of signatures goes back or stands still: there is a copy of the key', async () => {
    const ann = await auth.owner()
    expect((await auth.signInWith(ann.phone, { counter: 40 })).status).toBe(200)
    expect(await auth.signInWith(ann.phone, { counter: 40 })).toMatchObject(refused)
    expect(await auth.signInWith(ann.phone, { counter: 7 })).toMatchObject(refused)
    expect((await auth.signInWith(ann.phone, { counter: 41 })).status).toBe(200)
  })

  test('is refused when somebody else’s device signs for it, or changes what was signed', async () => {
    const ann = await auth.owner()
    const mallory = await auth.owner()
    const asked = await auth.challenge()
    expect(await auth.show({ ...mallory.phone.get(asked), id: ann.phone.id, rawId: ann.phone.id })).toMatchObject(refused)
    const good = ann.phone.get(await auth.challenge(), { counter: 50 })
    const data = Buffer.from(good.response['authenticatorData'] as string, 'base64url')
    data[36] = 99
    const bent = { ...good, response: { ...good.response, authenticatorData: data.toString('base64url') } }
    expect(await auth.show(bent)).toMatchObject(refused)
    const nobody = createAuthenticator('http://shop.test', 'shop.test')
    expect(await auth.signInWith(nobody)).toMatchObject(refused)
  })

  test('is refused for an account that staff have disabled, with a word about it only to its owner', async () => {
    const ann = await auth.owner()
    await auth.db.sql`update accounts set disabled_at = now() where user_id = ${ann.userId}`
    expect(await auth.signInWith(ann.phone)).toMatchObject({ status: 403, body: { code: 'auth/account-disabled' } })
  })

  test('is slowed down where answers keep being wrong; elsewhere everybody gets in', async () => {
    const ann = await auth.owner()
    const place = '198.51.100.23'
    const wrong = async () => await auth.show(ann.phone.get(await auth.challenge(), { rpId: 'evil.example' }), place)
    const statuses: number[] = []
    for (let n = 0; n < 31; n += 1) statuses.push((await wrong()).status)
    expect(statuses.slice(0, 30).every((status) => status === 401)).toBe(true)
    expect(statuses[30]).toBe(429)
    expect((await auth.show(ann.phone.get(await auth.challenge()), place)).status).toBe(429)
    expect((await auth.show(ann.phone.get(await auth.challenge()), '198.51.100.24')).status).toBe(200)
  })
})
