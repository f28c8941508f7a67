import { generate } from 'otplib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Auth, PASSWORD, type Person, signed, startAuth } from './auth.fixture.ts'
import { CLIENT, type IdentityProvider, type Lie, startIdentityProvider } from './identity-provider.fixture.ts'
import { testUser } from '#kit/testing/service.ts'

let auth: Auth
let company: IdentityProvider
const SHOP = 'http://shop.test/sign-in/provider'
const ADMIN = 'http://shop.test/admin/session/provider'

beforeAll(async () => {
  company = await startIdentityProvider([SHOP, ADMIN])
  const common = { issuer: company.issuer, clientId: CLIENT.id, clientSecret: CLIENT.secret }
  const roles = { desk: 'SUPPORT', boss: 'ADMIN' }
  auth = await startAuth({
    providers: JSON.stringify([
      { key: 'company', name: 'Our company', ...common, for: ['shop', 'admin'], rolesClaim: 'groups', roles },
      { key: 'public', ...common },
      { key: 'away', ...common, issuer: 'http://127.0.0.1:1' },
    ]),
  })
})
afterAll(async () => {
  await auth.close()
  await company.close()
})

type Claims = Record<string, unknown>
let people = 0
function somebody(claims: Claims = {}): Claims {
  people += 1
  return { sub: `there-${people}`, email: `ada${people}@company.example`, email_verified: true, name: 'Ada', ...claims }
}

const start = async (key = 'company', face = 'shop') => {
  const answer = await auth.inject('POST', `/api/auth/providers/${key}/start`, { for: face })
  expect(answer).toMatchObject({ status: 200, body: { expiresIn: 600 } })
  return answer.body as { url: string; ticket: string }
}
const finish = (ticket: string, query: string) => auth.inject('POST', '/api/auth/providers/finish', { ticket, query })
async function come(claims: Claims, { key, face, lie }: { key?: string; face?: string; lie?: Lie } = {}) {
  const { url, ticket } = await start(key, face)
  return await finish(ticket, company.approve(url, claims, lie))
}
const refused = { status: 401, body: { code: 'auth/provider-refused' } }
const taken = { status: 409, body: { code: 'auth/account-exists' } }
const accountOf = async (email: string) =>
  (await auth.db.sql<{ userId: string; roles: string[]; verified: boolean; hash: string | null }[]>`
    select user_id as "userId", roles, email_verified_at is not null as verified, password_hash as hash from accounts where email = ${email}`)[0]
const verify = (person: Person) => auth.db.sql`update accounts set email_verified_at = now() where user_id = ${person.userId}`

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
    expect(await back('shop')).toBe(SHOP)
    expect(await back('admin')).toBe(ADMIN)
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

describe('roles of a provider', () => {
  const rolesOf = (answer: { body: Parameters<typeof signed>[0] }) => [...signed(answer.body).principal.roles].sort()

  test('are those that are mapped, in this session only, and asked for anew at each sign-in', async () => {
    const ada = somebody()
    const boss = await come({ ...ada, groups: ['boss', 'ADMIN', 'emperor'] })
    expect(rolesOf(boss)).toEqual(['ADMIN', 'CUSTOMER'])
    const renewed = await auth.inject('POST', '/api/auth/refresh', { refreshToken: boss.body.refreshToken })
    expect(rolesOf(renewed)).toEqual(['ADMIN', 'CUSTOMER'])
    expect(rolesOf(await come({ ...ada, groups: ['desk'] }))).toEqual(['CUSTOMER', 'SUPPORT'])
    expect(rolesOf(await come(ada))).toEqual(['CUSTOMER'])
    expect((await accountOf(ada['email'] as string))?.roles).toEqual(['CUSTOMER'])
  })

  test('end after twelve hours, with their session; a customer stays signed in as ever', async () => {
    const hours = async (answer: { body: Parameters<typeof signed>[0] }) => {
      const { sessionId } = signed(answer.body).principal
      const [row] = await auth.db.sql<{ hours: number }[]>`
        select (extract(epoch from least(ends_at, expires_at) - created_at) / 3600)::integer as hours from sessions where session_id = ${sessionId}`
      return row?.hours
    }
    expect(await hours(await come(somebody({ groups: ['boss'] })))).toBe(12)
    expect(await hours(await come(somebody()))).toBe(30 * 24)
  })

  test('are none of a provider without a mapping', async () => {
    expect(rolesOf(await come(somebody({ groups: ['boss'], roles: ['ADMIN'] }), { key: 'public' }))).toEqual(['CUSTOMER'])
  })

  test('count when somebody with fewer rights wants to lock such a person out', async () => {
    const { principal } = signed((await come(somebody({ groups: ['boss'] }))).body)
    const support = testUser('01890000-0000-7000-8000-0000000000aa', ['users:write-any'], ['SUPPORT'])
    expect(await auth.request('POST', `/api/auth/users/${principal.id}/disable`, { as: support })).toMatchObject({
      status: 403,
      body: { code: 'auth/more-rights-needed' },
    })
  })
})

test('two-step sign-in of the account is asked for here too, and the roles wait for it', async () => {
  const ada = somebody({ groups: ['desk'] })
  const { principal } = signed((await come(ada)).body)
  await auth.call('setPassword', { userId: principal.id, password: PASSWORD })
  const { principal: own } = signed((await auth.login(ada['email'] as string, PASSWORD)).body)
  const { body: seed } = await auth.request('POST', '/api/auth/mfa/enrol', { body: { password: PASSWORD }, as: own })
  const code = await generate({ secret: seed.secret })
  const { recoveryCodes } = (await auth.request('POST', '/api/auth/mfa/confirm', { body: { code }, as: own })).body
  const first = await come(ada)
  expect(first).toMatchObject({ status: 200, body: { mfaRequired: true } })
  expect(first.body).not.toHaveProperty('accessToken')
  const second = await auth.request('POST', '/api/auth/mfa/verify', {
    body: { mfaToken: first.body.mfaToken, recoveryCode: recoveryCodes[0] },
  })
  expect(signed(second.body).principal.roles).toEqual(['CUSTOMER', 'SUPPORT'])
})

describe('connecting by hand', () => {
  const connect = async (person: Person, claims: Claims, as?: Person) => {
    const { principal } = await auth.signIn(person)
    const asked = await auth.request('POST', '/api/auth/providers/company/connect', {
      body: { password: person.password },
      as: principal,
    })
    expect(asked.status).toBe(200)
    const body = { ticket: asked.body.ticket, query: company.approve(asked.body.url, claims) }
    const { principal: finisher } = as ? await auth.signIn(as) : { principal }
    return { body, answer: await auth.request('POST', '/api/auth/providers/connect', { body, as: finisher }) }
  }

  test('works for staff and for addresses nobody verified; from then on the provider opens the account', async () => {
    const person = await auth.person({ role: 'SUPPORT' })
    const there = somebody()
    expect((await connect(person, there)).answer.status).toBe(204)
    const { principal } = signed((await come(there)).body)
    expect(principal).toMatchObject({ id: person.userId, roles: ['SUPPORT'] })
    const own = (await auth.request('GET', '/api/auth/providers', { as: principal })).body.providers
    expect(own).toEqual([expect.objectContaining({ key: 'company', name: 'Our company' })])
  })

  test('needs the password, and ends in the account in which it began', async () => {
    const [ann, mallory] = [await auth.person(), await auth.person()]
    const { principal } = await auth.signIn(ann)
    const without = await auth.request('POST', '/api/auth/providers/company/connect', { body: {}, as: principal })
    expect(without.status).toBe(401)
    const { body, answer } = await connect(ann, somebody(), mallory)
    expect(answer).toMatchObject(refused)
    // nor does it sign in
    expect(await finish(body.ticket, body.query)).toMatchObject(refused)
  })

  test('one person there is one account here', async () => {
    const there = somebody()
    expect((await connect(await auth.person(), there)).answer.status).toBe(204)
    expect((await connect(await auth.person(), there)).answer).toMatchObject({
      status: 409,
      body: { code: 'auth/provider-connected' },
    })
  })

  test('what was connected can be taken apart; sessions that came through it end', async () => {
    const person = await auth.person()
    const there = somebody()
    await connect(person, there)
    const through = signed((await come(there)).body).principal
    const { principal } = await auth.signIn(person)
    const off = (password: string) =>
      auth.request('DELETE', '/api/auth/providers/company', { body: { password }, as: principal })
    expect((await off('not-the-password')).status).toBe(401)
    expect((await off(PASSWORD)).status).toBe(204)
    expect(await auth.denied()).toContain(through.sessionId)
    expect(await auth.denied()).not.toContain(principal.sessionId)
    expect((await off(PASSWORD)).status).toBe(404)
  })

  test('what a stranger connected goes when the mailbox’s owner takes the account over', async () => {
    const stranger = await auth.person()
    const there = somebody()
    await connect(stranger, there)
    await auth.inject('POST', '/api/auth/password/forgot', { email: stranger.email })
    const request = (await auth.events('PasswordResetRequested.v1')).findLast(({ subject }) => subject === stranger.userId)
    const { requestId } = request!.data as { requestId: string }
    const { token } = await auth.call<{ token: string }>('linkToken', { requestId })
    await auth.inject('POST', '/api/auth/password/reset', { token, password: 'a mailbox of my own' })
    expect(signed((await come(there)).body).principal.id).not.toBe(stranger.userId)
  })
})

describe('signing out', () => {
  const out = (refreshToken: string, face = 'shop') =>
    auth.inject('POST', '/api/auth/providers/sign-out', { refreshToken, for: face })

  test('ends the session here and tells where the provider ends its own', async () => {
    const { body } = await come(somebody(), { face: 'admin' })
    const { principal } = signed(body)
    const { url } = (await out(body.refreshToken, 'admin')).body
    const asked = new URL(url)
    expect(asked.origin + asked.pathname).toBe(`${company.issuer}/end`)
    expect(asked.searchParams.get('post_logout_redirect_uri')).toBe('http://shop.test/admin')
    expect(asked.searchParams.get('id_token_hint')).toMatch(/^eyJ/)
    expect(await auth.denied()).toContain(principal.sessionId)
  })

  test('tells nothing of the ID token to who holds an old token, or came with a password', async () => {
    const { body } = await come(somebody())
    await auth.inject('POST', '/api/auth/refresh', { refreshToken: body.refreshToken })
    await auth.db.sql`update sessions set previous_hash = null`
    expect((await out(body.refreshToken)).body).toEqual({ url: null })
    const { tokens } = await auth.signIn(await auth.person())
    expect((await out(tokens.refreshToken)).body).toEqual({ url: null })
    expect((await out('x'.repeat(91))).body).toEqual({ url: null })
  })

  test('the ID token lies sealed in the database, and nothing of the trip is readable', async () => {
    const ada = somebody()
    await come(ada)
    await start()
    const [row] = await auth.db.sql<{ text: string }[]>`
      select string_agg(encode(id_token, 'escape'), '') as text from sessions where id_token is not null`
    expect(row?.text).not.toContain('eyJ')
    const [trip] = await auth.db.sql<{ text: string }[]>`select encode(secrets, 'escape') as text from provider_trips limit 1`
    expect(trip?.text).not.toContain('verifier')
  })
})
