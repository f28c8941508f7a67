import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Auth, signed } from './auth.fixture.ts'
import type { IdentityProvider, Lie } from './identity-provider.fixture.ts'
import { ADMIN, type Claims, type Elsewhere, SHOP, somebody, startElsewhere } from './providers.fixture.ts'

let auth: Auth
let company: IdentityProvider
let elsewhere: Elsewhere
beforeAll(async () => {
  elsewhere = await startElsewhere()
  ;({ auth, company } = elsewhere)
})
afterAll(() => elsewhere.close())

const start: Elsewhere['start'] = (...args) => elsewhere.start(...args)
const finish: Elsewhere['finish'] = (...args) => elsewhere.finish(...args)
const come: Elsewhere['come'] = (...args) => elsewhere.come(...args)
const verify: Elsewhere['verify'] = (person) => elsewhere.verify(person)
const refused = { status: 401, body: { code: 'auth/provider-refused' } }
const taken = { status: 409, body: { code: 'auth/account-exists' } }
const accountOf = async (email: string) =>
  (
    await auth.db.sql<{ userId: string; roles: string[]; verified: boolean; hash: string | null }[]>`
    select user_id as "userId", roles, email_verified_at is not null as verified, password_hash as hash from accounts where email = ${email}`
  )[0]

describe('signing in through a provider', () => {
  test('opens an account at the first time, without a password and with a proven address; afterwards it is the same one', async () => {
    const ada = somebody()
    const first = await come(ada)
    expect(first.status).toBe(200)
    const { principal } = signed(first.body)
    expect(await accountOf(ada['email'] as string)).toEqual({
      userId: principal.id,
      roles: ['CUSTOMER'],
      verified: true,
      hash: null,
    })
    const told = (await auth.events('UserAuthenticated.v1')).map((event) => event.data as { sessionId: string })
    expect(told.find(({ sessionId }) => sessionId === principal.sessionId)).toMatchObject({ method: 'password', by: 'provider' })
    expect((await auth.events('EmailVerificationRequested.v1')).filter(({ subject }) => subject === principal.id)).toEqual([])
    const again = await come({ ...ada, email: 'moved@company.example' })
    expect(signed(again.body).principal.id).toBe(principal.id)
  })

  test('the page asks which ways there are; a provider for customers is none for staff', async () => {
    const ways = async (face: string) => (await auth.request('GET', `/api/auth/ways?for=${face}`)).body.providers
    expect(await ways('shop')).toEqual([
      { key: 'company', name: 'Our company' },
      { key: 'public', name: 'public' },
      { key: 'away', name: 'away' },
    ])
    expect(await ways('admin')).toEqual([{ key: 'company', name: 'Our company' }])
    expect(await auth.inject('POST', '/api/auth/providers/public/start', { for: 'admin' })).toMatchObject({
      status: 404,
      body: { code: 'auth/provider-unknown' },
    })
  })

  test('staff come back to the admin, customers to the shop, and nobody anywhere else', async () => {
    const back = async (face: string) => new URL((await start('company', face)).url).searchParams.get('redirect_uri')
    expect(await back('shop')).toBe(`${SHOP}/return`)
    expect(await back('admin')).toBe(`${ADMIN}/return`)
  })

  test('an address that other systems know leads to the page where it begins', async () => {
    const ask = (key: string, face: string) => auth.request('GET', `/api/auth/sso/${key}?for=${face}`)
    expect(await ask('company', 'shop')).toMatchObject({ status: 302, headers: { location: SHOP } })
    expect(await ask('company', 'admin')).toMatchObject({ status: 302, headers: { location: ADMIN } })
    expect((await ask('public', 'admin')).status).toBe(404)
  })

  test('a provider that stops answering while somebody is there is no failed sign-in, and nobody waits long', async () => {
    const failures = async () => (await auth.events('LoginFailed.v1')).length
    const before = await failures()
    const { url, ticket } = await start()
    const query = company.approve(url, somebody())
    const release = company.holdTokens()
    const begun = performance.now()
    expect(await finish(ticket, query)).toMatchObject({ status: 503, body: { code: 'auth/provider-unavailable' } })
    expect(performance.now() - begun).toBeLessThan(9_000)
    release()
    expect(await failures()).toBe(before)
  })

  test('a provider that is away is said to be away', async () => {
    expect(await auth.inject('POST', '/api/auth/providers/away/start', {})).toMatchObject({
      status: 503,
      body: { code: 'auth/provider-unavailable' },
    })
  })
})

describe('what came back is refused', () => {
  test.each<[string, Lie]>([
    ['it answers another question (nonce)', { nonce: 'of-another-trip' }],
    ['it was made for another shop (audience)', { audience: 'somebody-else' }],
    ['another provider made it (issuer)', { issuer: 'https://evil.example' }],
    ['it was signed with a key that the provider does not publish', { forged: true }],
    ['it is an hour old', { expired: true }],
  ])('when %s', async (_, lie) => {
    const ada = somebody()
    expect(await come(ada, { lie })).toMatchObject(refused)
    expect(await accountOf(ada['email'] as string)).toBeUndefined()
  })

  test('when the browser is not the one that began: an address somebody sent signs nobody in', async () => {
    const mallorys = await start()
    const ann = await start()
    const query = company.approve(mallorys.url, somebody())
    expect(await finish(ann.ticket, query)).toMatchObject(refused)
    expect((await finish(mallorys.ticket, query)).status).toBe(200)
  })

  test('when it comes back to the address of another provider than the one somebody was sent to (mix-up)', async () => {
    const { url, ticket } = await start()
    const query = company.approve(url, somebody())
    expect(await finish(ticket, query, 'public')).toMatchObject(refused)
    expect((await finish(ticket, query)).status).toBe(200)
  })

  test('when it comes a second time, too late, or with another state', async () => {
    const { url, ticket } = await start()
    const query = company.approve(url, somebody())
    expect((await finish(ticket, query)).status).toBe(200)
    expect(await finish(ticket, query)).toMatchObject(refused)
    const late = await start()
    await auth.db.sql`update provider_trips set expires_at = now()`
    expect(await finish(late.ticket, company.approve(late.url, somebody()))).toMatchObject(refused)
    const bent = await start()
    const { searchParams } = new URL(`http://x/?${company.approve(bent.url, somebody())}`)
    searchParams.set('state', 'guessed')
    expect(await finish(bent.ticket, searchParams.toString())).toMatchObject(refused)
  })

  test('when the code belongs to somebody else’s trip: it is bound to the one that began (PKCE)', async () => {
    const stolen = new URLSearchParams(company.approve((await start()).url, somebody())).get('code') ?? ''
    const own = await start()
    const query = new URLSearchParams(company.approve(own.url, somebody()))
    query.set('code', stolen)
    expect(await finish(own.ticket, query.toString())).toMatchObject(refused)
  })

  test('when the person said no over there', async () => {
    const { url, ticket } = await start()
    const state = new URL(url).searchParams.get('state') ?? ''
    const query = new URLSearchParams({ error: 'access_denied', state, iss: company.issuer }).toString()
    expect(await finish(ticket, query)).toMatchObject(refused)
    expect((await auth.events('LoginFailed.v1')).at(-1)?.data).toMatchObject({ userId: null, by: 'provider' })
  })
})

describe('an e-mail address', () => {
  test.each<[string, Claims]>([
    ['is not verified there', { email_verified: false }],
    ['is not said to be verified', { email_verified: undefined }],
    ['is said to be verified in another word', { email_verified: 'true' }],
    ['is not told', { email: undefined }],
    ['is none', { email: 'ada' }],
  ])('that %s opens nothing', async (_, claims) => {
    expect(await come(somebody(claims))).toMatchObject({ status: 422, body: { code: 'auth/email-not-verified-there' } })
  })

  test('verified on both sides leads to the account that is there', async () => {
    const person = await auth.person()
    await verify(person)
    const answer = await come(somebody({ email: person.email.toUpperCase() }))
    expect(signed(answer.body).principal.id).toBe(person.userId)
    expect((await auth.login(person.email, person.password)).status).toBe(200)
  })

  test('that nobody has verified here leads nowhere: a stranger may have opened that account and know its password', async () => {
    const person = await auth.person()
    expect(await come(somebody({ email: person.email }))).toMatchObject(taken)
    expect(await auth.db.sql`select 1 from identities where user_id = ${person.userId}`).toEqual([])
  })

  test('and a name there are not enough where another company vouched for them: the key was set up anew', async () => {
    const before = somebody()
    const { principal } = signed((await come(before)).body)
    await auth.db.sql`update identities set issuer = 'https://the-one-before.example' where user_id = ${principal.id}`
    expect(await come(before)).toMatchObject(taken)
  })

  test('of staff leads nowhere: whoever runs the provider would have their rights', async () => {
    const person = await auth.person({ role: 'SUPPORT' })
    await verify(person)
    expect(await come(somebody({ email: person.email }))).toMatchObject(taken)
  })

  test('that another person has there now does not open the account of the one before', async () => {
    const before = somebody()
    await come(before)
    expect(await come(somebody({ email: before['email'] }))).toMatchObject(taken)
  })

  test('of an account that staff have disabled lets nobody in', async () => {
    const person = await auth.person()
    await verify(person)
    await auth.db.sql`update accounts set disabled_at = now() where user_id = ${person.userId}`
    expect(await come(somebody({ email: person.email }))).toMatchObject({ status: 403, body: { code: 'auth/account-disabled' } })
  })
})
