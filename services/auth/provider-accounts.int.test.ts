import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Auth, PASSWORD, type Person, signed } from './auth.fixture.ts'
import type { IdentityProvider } from './identity-provider.fixture.ts'
import { type Claims, type Elsewhere, somebody, startElsewhere } from './providers.fixture.ts'
import { authRpc } from '#contracts/rpc/auth.ts'
import type { Principal } from '#kit/core/principal.ts'
import { testUser } from '#kit/testing/service.ts'

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
const refused = { status: 401, body: { code: 'auth/provider-refused' } }

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
    const [account] = await auth.db.sql<{ roles: string[] }[]>`select roles from accounts where email = ${ada['email'] as string}`
    expect(account?.roles).toEqual(['CUSTOMER'])
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

  test('are told to who judges what somebody is, and keep such a person from being erased by who has fewer rights', async () => {
    const { principal } = signed((await come(somebody({ groups: ['boss'] }))).body)
    const { accounts } = await auth.call<{ accounts: object[] }>('accounts', { userIds: [principal.id] })
    expect(accounts).toEqual([expect.objectContaining({ roles: ['CUSTOMER'], grantedRoles: ['ADMIN'] })])
    const support = testUser('01890000-0000-7000-8000-0000000000aa', ['users:write-any'], ['SUPPORT'])
    const erase = (by: Principal) =>
      auth.host.rpc.client(authRpc, 'users').deleteAccount({ userId: principal.id }, { principal: by })
    await expect(erase(support)).rejects.toMatchObject({ code: 'auth/more-rights-needed' })
    await expect(erase({ kind: 'service', id: 'users', onBehalfOf: support })).rejects.toMatchObject({ kind: 'forbidden' })
    await erase(testUser('01890000-0000-7000-8000-0000000000ab', ['*'], ['ADMIN']))
    expect((await auth.call<{ accounts: object[] }>('accounts', { userIds: [principal.id] })).accounts).toEqual([])
  })
})

test('two-step sign-in of the account is asked for here too, and the roles wait for it', async () => {
  const ada = somebody({ groups: ['desk'] })
  const { principal } = signed((await come(ada)).body)
  await auth.call('setPassword', { userId: principal.id, password: PASSWORD })
  const { recoveryCodes } = await auth.twoSteps(signed((await auth.login(ada['email'] as string, PASSWORD)).body))
  const given = async () =>
    (await auth.db.sql<{ roles: string[] }[]>`select granted_roles as roles from identities where user_id = ${principal.id}`)[0]
  await come({ ...ada, groups: ['boss'] })
  expect(await given()).toEqual({ roles: ['SUPPORT'] })
  const first = await come(ada)
  expect(first).toMatchObject({ status: 200, body: { mfaRequired: true } })
  expect(first.body).not.toHaveProperty('accessToken')
  const second = await auth.request('POST', '/api/auth/mfa/verify', {
    body: { mfaToken: first.body.mfaToken, recoveryCode: recoveryCodes[0] },
  })
  expect(signed(second.body).principal.roles).toEqual(['CUSTOMER', 'SUPPORT'])
})

test('a provider is connected with an account of two steps only when the second one is passed', async () => {
  const person = await auth.person()
  await elsewhere.verify(person)
  const session = await auth.signIn(person)
  const { principal } = session
  const { recoveryCodes } = await auth.twoSteps(session)
  const connected = async () => (await auth.request('GET', '/api/auth/providers', { as: principal })).body.providers.length
  const ada = somebody({ email: person.email, groups: ['desk'] })
  const { mfaToken } = (await come(ada)).body
  expect(await connected()).toBe(0)
  const pass = (recoveryCode: string) => auth.request('POST', '/api/auth/mfa/verify', { body: { mfaToken, recoveryCode } })
  expect((await pass('aaaaa-aaaaa')).status).toBe(401)
  expect(await connected()).toBe(0)
  expect(signed((await pass(recoveryCodes[0]!)).body).principal.roles).toEqual(['CUSTOMER', 'SUPPORT'])
  expect(await connected()).toBe(1)
})

describe('connecting by hand', () => {
  const connect = async (person: Person, claims: Claims, as?: Person) => {
    const { principal } = await auth.signIn(person)
    const asked = await auth.request('POST', '/api/auth/providers/company/connect', {
      body: { password: person.password },
      as: principal,
    })
    expect(asked.status).toBe(200)
    const body = { provider: 'company', ticket: asked.body.ticket, query: company.approve(asked.body.url, claims) }
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
    const off = (password: string) => auth.request('DELETE', '/api/auth/providers/company', { body: { password }, as: principal })
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
    const token = await auth.link('PasswordResetRequested.v1', stranger.userId)
    await auth.inject('POST', '/api/auth/password/reset', { token, password: 'a mailbox of my own' })
    expect(signed((await come(there)).body).principal.id).not.toBe(stranger.userId)
  })
})

test('who asks for everything is told their name there and the roles it gave', async () => {
  const ada = somebody({ groups: ['desk'] })
  const { principal } = signed((await come(ada)).body)
  const { providers } = await auth.call<{ providers: object[] }>('ofPerson', { userId: principal.id })
  expect(providers).toEqual([expect.objectContaining({ provider: 'company', subject: ada['sub'], grantedRoles: ['SUPPORT'] })])
})

test('an account whose profile was never written (we stopped in between) gets it at the next sign-in', async () => {
  const ada = somebody()
  const { principal } = signed((await come(ada)).body)
  await auth.db.sql`delete from identities where user_id = ${principal.id}`
  elsewhere.auth.profiles.delete(principal.id)
  expect(signed((await come(ada)).body).principal.id).toBe(principal.id)
  expect(elsewhere.auth.profiles.has(principal.id)).toBe(true)
})

test('without a password only a provider that has just asked who it is proves the owner; a silent sign-in does not', async () => {
  const ada = somebody()
  const hour = Math.floor(Date.now() / 1000) - 3600
  const add = async (answer: { body: Parameters<typeof signed>[0] }) =>
    await auth.request('POST', '/api/auth/passkeys/options', { body: {}, as: signed(answer.body).principal })
  const again = { status: 403, body: { code: 'auth/sign-in-again' } }
  expect(await add(await come(ada))).toMatchObject(again)
  expect(await add(await come({ ...ada, auth_time: hour }))).toMatchObject(again)
  expect((await add(await come(ada, { again: true }))).status).toBe(200)
  expect(await add(await come({ ...ada, auth_time: hour }, { again: true }))).toMatchObject(again)
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
    // nobody needs it any more
    const [row] = await auth.db.sql`select id_token as token from sessions where session_id = ${principal.sessionId}`
    expect(row).toEqual({ token: null })
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
