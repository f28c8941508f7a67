import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Auth, PASSWORD, signed, startAuth } from './auth.fixture.ts'
import { uuidv7 } from '#kit/core/ids.ts'

let auth: Auth
beforeAll(async () => {
  auth = await startAuth()
})
afterAll(() => auth.close())

const NEW = 'quiet-heron-lake'
const forgot = (email: string, ip?: string) => auth.inject('POST', '/api/auth/password/forgot', { email }, ip)
const reset = (token: string, password = NEW) => auth.request('POST', '/api/auth/password/reset', { body: { token, password } })
const verify = (token: string) => auth.request('POST', '/api/auth/email/verify', { body: { token } })

const linksFor = async (userId: string) =>
  (await auth.events('PasswordResetRequested.v1')).filter((event) => (event.data as { userId: string }).userId === userId).length
const emailVerified = async (userId: string) =>
  (await auth.call<{ accounts: { emailVerified: boolean }[] }>('accounts', { userIds: [userId] })).accounts[0]?.emailVerified

test('registering asks for a verification mail in the language of the shopper; its link verifies the address, once', async () => {
  const userId = uuidv7()
  await auth.call('createAccount', { userId, email: 'verify@shop.example', password: PASSWORD, locale: 'de' })
  const asked = (await auth.events('EmailVerificationRequested.v1')).find(
    (event) => (event.data as { userId: string }).userId === userId,
  )
  expect(asked?.data).toMatchObject({ locale: 'de' })
  const token = await auth.link('EmailVerificationRequested.v1', userId)
  expect(await emailVerified(userId)).toBe(false)
  const race = await Promise.all(Array.from({ length: 20 }, () => verify(token)))
  expect(race.filter((answer) => answer.status === 204)).toHaveLength(1)
  expect(race.filter((answer) => answer.status === 410)).toHaveLength(19)
  expect(await emailVerified(userId)).toBe(true)
})

test('the verification mail can be asked for again, four times an hour, and not once it is verified', async () => {
  const ann = await auth.person()
  const { principal } = await auth.signIn(ann)
  const ask = () => auth.request('POST', '/api/auth/email/verify/resend', { as: principal, headers: { 'accept-language': 'de' } })
  for (let n = 0; n < 8; n += 1) expect((await ask()).status).toBe(202)
  const mails = async () =>
    (await auth.events('EmailVerificationRequested.v1')).filter(
      (event) => (event.data as { userId: string }).userId === ann.userId,
    ).length
  expect(await mails()).toBe(1 + 4)
  expect((await verify(await auth.link('EmailVerificationRequested.v1', ann.userId))).status).toBe(204)
  await auth.db.sql`delete from attempts where scope = 'mail'`
  await ask()
  expect(await mails()).toBe(5)
})

test('asking for a reset link says 202 and nothing else, for known and unknown addresses', async () => {
  const ann = await auth.person()
  const [known, unknown, nonsense] = [
    await forgot(ann.email),
    await forgot('stranger@shop.example'),
    await forgot('not an address'),
  ]
  for (const answer of [known, unknown, nonsense]) {
    expect(answer.status).toBe(202)
    expect(answer.raw.length).toBe(0)
  }
  expect(Object.keys(unknown.headers).sort()).toEqual(Object.keys(known.headers).sort())
  expect(await linksFor(ann.userId)).toBe(1)
})

test('nobody can fill a mailbox: four reset mails an hour to one address, wherever they are asked for', async () => {
  const ann = await auth.person()
  const answers = await Promise.all(Array.from({ length: 20 }, (_, n) => forgot(ann.email, `192.0.2.${n + 1}`)))
  expect(answers.every((answer) => answer.status === 202)).toBe(true)
  expect(await linksFor(ann.userId)).toBe(4)
})

test('a reset link sets a new password, ends all sessions, and proves the mailbox', async () => {
  const ann = await auth.person()
  const device = await auth.signIn(ann)
  await forgot(ann.email)
  expect((await reset(await auth.link('PasswordResetRequested.v1', ann.userId))).status).toBe(204)
  expect((await auth.login(ann.email, ann.password)).status).toBe(401)
  expect((await auth.login(ann.email, NEW)).status).toBe(200)
  expect(await auth.denied()).toContain(device.principal.sessionId)
  expect(await emailVerified(ann.userId)).toBe(true)
})

test('of twenty uses of one reset link at the same moment one sets the password', async () => {
  const ann = await auth.person()
  await forgot(ann.email)
  const token = await auth.link('PasswordResetRequested.v1', ann.userId)
  const answers = await Promise.all(Array.from({ length: 20 }, (_, n) => reset(token, `${NEW}-${n}`)))
  expect(answers.filter((answer) => answer.status === 204)).toHaveLength(1)
  const winner = answers.findIndex((answer) => answer.status === 204)
  expect((await auth.login(ann.email, `${NEW}-${winner}`)).status).toBe(200)
})

test('a used reset link takes the other ones with it', async () => {
  const ann = await auth.person()
  await forgot(ann.email)
  const first = await auth.link('PasswordResetRequested.v1', ann.userId)
  await forgot(ann.email)
  expect((await reset(await auth.link('PasswordResetRequested.v1', ann.userId))).status).toBe(204)
  expect((await reset(first, 'another-good-phrase')).status).toBe(410)
})

test('a link that expired, belongs to another purpose or was tampered with is not valid, and a weak password does not use it up', async () => {
  const ann = await auth.person()
  await forgot(ann.email)
  const token = await auth.link('PasswordResetRequested.v1', ann.userId)
  expect((await verify(token)).status).toBe(410)
  expect((await reset(await auth.link('EmailVerificationRequested.v1', ann.userId))).status).toBe(410)
  expect((await reset(`${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`)).status).toBe(410)
  expect(await reset(token, 'password1')).toMatchObject({
    status: 400,
    body: { code: 'auth/weak-password', errors: [{ pointer: '/password' }] },
  })
  await auth.db.sql`update link_requests set expires_at = now() where user_id = ${ann.userId} and purpose = 'reset'`
  expect((await reset(token)).status).toBe(410)
})

test('the secret of a link is given out only while it is good', async () => {
  const ann = await auth.person()
  await forgot(ann.email)
  const { requestId } = (await auth.events('PasswordResetRequested.v1')).at(-1)!.data as { requestId: string }
  const token = await auth.link('PasswordResetRequested.v1', ann.userId)
  await reset(token)
  expect(await auth.call('linkToken', { requestId })).toEqual({ token: null, expiresAt: null })
  expect(await auth.call('linkToken', { requestId: uuidv7() })).toEqual({ token: null, expiresAt: null })
  const rows = await auth.db.sql<{ row: string }[]>`select link_requests::text as row from link_requests`
  for (const { row } of rows) expect(row).not.toContain(Buffer.from(token, 'base64url').subarray(16).toString('hex'))
})

const change = (device: Awaited<ReturnType<Auth['signIn']>>, currentPassword: string, newPassword = NEW) =>
  auth.request('POST', '/api/auth/password', { body: { currentPassword, newPassword }, as: device.principal })

test('changing the password needs the old one, ends all sessions, and this device stays signed in with a new one', async () => {
  const ann = await auth.person()
  const [phone, laptop] = [await auth.signIn(ann), await auth.signIn(ann)]
  expect((await change(phone, 'not-the-password')).status).toBe(401)
  expect(await change(phone, ann.password, 'person')).toMatchObject({
    status: 400,
    body: { errors: [{ pointer: '/newPassword' }] },
  })
  const changed = await change(phone, ann.password)
  expect(changed.status).toBe(200)
  const denied = await auth.denied()
  expect(denied).toContain(phone.principal.sessionId)
  expect(denied).toContain(laptop.principal.sessionId)
  expect(denied).not.toContain(signed(changed.body).principal.sessionId)
  const told = (await auth.events('SessionRevoked.v1'))
    .map((event) => event.data as { userId: string; sessionId: string })
    .filter((data) => data.userId === ann.userId)
  expect(told.map((data) => data.sessionId).sort()).toEqual([phone.principal.sessionId, laptop.principal.sessionId].sort())
  expect((await auth.login(ann.email, NEW)).status).toBe(200)
})

test('of twenty changes with the same old password at the same moment one wins', async () => {
  const ann = await auth.person()
  const device = await auth.signIn(ann)
  const answers = await Promise.all(Array.from({ length: 20 }, (_, n) => change(device, ann.password, `${NEW}-${n}`)))
  expect(answers.filter((answer) => answer.status === 200)).toHaveLength(1)
})

const staff = async (role: string) => {
  const person = await auth.person({ role })
  return { person, ...(await auth.signIn(person)) }
}
const giveRoles = (as: Awaited<ReturnType<typeof staff>>, userId: string, roles: string[]) =>
  auth.request('PUT', `/api/auth/users/${userId}/roles`, { body: { roles }, as: as.principal })

test('S5: an administrator gives a role; the old token is refused and the next login has the new rights', async () => {
  const boss = await staff('ADMIN')
  const ann = await auth.person()
  await verify(await auth.link('EmailVerificationRequested.v1', ann.userId))
  const device = await auth.signIn(ann)
  const answer = await giveRoles(boss, ann.userId, ['WAREHOUSE', 'CUSTOMER'])
  expect(answer).toMatchObject({ status: 200, body: { roles: ['CUSTOMER', 'WAREHOUSE'] } })
  expect(await auth.denied()).toContain(device.principal.sessionId)
  expect((await auth.signIn(ann)).principal.permissions.has('inventory:write')).toBe(true)
  expect((await giveRoles(boss, ann.userId, ['KING'])).status).toBe(400)
  expect((await giveRoles(boss, uuidv7(), ['SUPPORT'])).status).toBe(404)
})

test('rights go only to an account whose e-mail address is proven; taking rights away needs no proof', async () => {
  const boss = await staff('ADMIN')
  const stranger = await auth.person()
  const refused = { status: 422, body: { code: 'auth/address-unproven' } }
  expect(await giveRoles(boss, stranger.userId, ['FINANCE'])).toMatchObject(refused)
  expect(await giveRoles(boss, stranger.userId, ['CUSTOMER'])).toMatchObject({ status: 200 })
  const second = await staff('ADMIN')
  expect(await giveRoles(boss, second.person.userId, ['SUPPORT'])).toMatchObject({ status: 200 })
  expect(await giveRoles(boss, second.person.userId, ['SUPPORT', 'FINANCE'])).toMatchObject(refused)
  await auth.call('setRoles', { userId: stranger.userId, roles: ['FINANCE'] })
  expect((await auth.signIn(stranger)).principal.roles).toEqual(['FINANCE'])
})

test('an administrator sees who works here, by role, and no customers', async () => {
  const boss = await staff('ADMIN')
  const [support, ann] = [await staff('SUPPORT'), await auth.person()]
  const list = async (query: string) => (await auth.request('GET', `/api/auth/staff${query}`, { as: boss.principal })).body
  const emails = (body: { items: { email: string }[] }) => body.items.map(({ email }) => email)
  const supporters = emails(await list('?role=SUPPORT&limit=100'))
  expect(supporters).toContain(support.person.email)
  expect(supporters).not.toContain(boss.person.email)
  const all: string[] = []
  for (let next = ''; ; ) {
    const page = await list(`?limit=2${next}`)
    all.push(...emails(page))
    if (!page.next) break
    next = `&cursor=${page.next}`
  }
  expect(all).toEqual(expect.arrayContaining([boss.person.email, support.person.email]))
  expect(all).not.toContain(ann.email)
  expect(new Set(all).size).toBe(all.length)
  expect((await auth.request('GET', '/api/auth/staff', { as: support.principal })).status).toBe(403)
})

test('shoppers and other staff cannot give roles, least of all to themselves', async () => {
  for (const role of ['CUSTOMER', 'SELLER', 'SUPPORT', 'WAREHOUSE', 'CATALOG', 'FINANCE']) {
    const somebody = await staff(role)
    expect((await giveRoles(somebody, somebody.person.userId, ['ADMIN'])).status).toBe(403)
    expect((await auth.request('GET', '/api/auth/roles', { as: somebody.principal })).status).toBe(403)
  }
})

test('support can disable a shopper at once, but no administrator', async () => {
  const [support, boss, ann] = [await staff('SUPPORT'), await staff('ADMIN'), await auth.person()]
  const device = await auth.signIn(ann)
  const act = (userId: string, what: string) =>
    auth.request('POST', `/api/auth/users/${userId}/${what}`, { as: support.principal })
  expect((await act(ann.userId, 'disable')).status).toBe(204)
  expect((await act(ann.userId, 'disable')).status).toBe(204)
  expect(await auth.denied()).toContain(device.principal.sessionId)
  expect((await auth.request('POST', '/api/auth/refresh', { body: { refreshToken: device.tokens.refreshToken } })).status).toBe(
    401,
  )
  expect(await auth.login(ann.email, ann.password)).toMatchObject({ status: 403, body: { code: 'auth/account-disabled' } })
  expect((await auth.login(ann.email, 'not-the-password')).status).toBe(401)
  expect((await act(ann.userId, 'enable')).status).toBe(204)
  expect((await auth.login(ann.email, ann.password)).status).toBe(200)
  expect((await act(boss.person.userId, 'disable')).status).toBe(403)
})

test('logins that race with a lock-out leave no session behind', async () => {
  const [boss, ann] = [await staff('ADMIN'), await auth.person()]
  const logins = Array.from({ length: 10 }, (_, n) => auth.login(ann.email, ann.password, { ip: `192.0.2.${n + 100}` }))
  await Promise.race(logins)
  await auth.request('POST', `/api/auth/users/${ann.userId}/disable`, { as: boss.principal })
  await Promise.all(logins)
  const open = await auth.db.sql`select 1 from sessions where user_id = ${ann.userId} and revoked_at is null`
  expect(open).toHaveLength(0)
})

test("two administrators who take each other's role at the same moment: one stays", async () => {
  await auth.db.sql`update accounts set roles = '{CUSTOMER}' where 'ADMIN' = any (roles)`
  const bosses = [await staff('ADMIN'), await staff('ADMIN')] as const
  const answers = await Promise.all([
    giveRoles(bosses[0], bosses[1].person.userId, ['CUSTOMER']),
    giveRoles(bosses[1], bosses[0].person.userId, ['CUSTOMER']),
  ])
  expect(answers.map((answer) => answer.status).sort()).toEqual([200, 422])
  const left = await auth.db.sql`select 1 from accounts where 'ADMIN' = any (roles)`
  expect(left).toHaveLength(1)
})

test('other services ask for accounts, and get no hash', async () => {
  const ann = await auth.person()
  const facts = await auth.call<{ accounts: unknown[] }>('accounts', { userIds: [ann.userId, uuidv7()] })
  expect(facts.accounts).toEqual([
    {
      userId: ann.userId,
      email: ann.email,
      emailVerified: false,
      roles: ['CUSTOMER'],
      grantedRoles: [],
      disabled: false,
      createdAt: expect.any(String),
    },
  ])
  expect(await auth.call('accountByEmail', { email: ` ${ann.email.toUpperCase()}` })).toEqual({ userId: ann.userId })
  expect(await auth.call('accountByEmail', { email: 'nobody@shop.example' })).toEqual({ userId: null })
})

test('the host sets a password for somebody who has none', async () => {
  const userId = uuidv7()
  expect(await auth.call('createAccount', { userId, email: 'invited@shop.example', role: 'ADMIN' })).toEqual({
    outcome: 'created',
  })
  expect((await auth.login('invited@shop.example', '')).status).toBe(400)
  expect((await auth.login('invited@shop.example', PASSWORD)).status).toBe(401)
  await auth.call('setPassword', { userId, password: PASSWORD })
  expect((await auth.login('invited@shop.example', PASSWORD)).status).toBe(200)
})
