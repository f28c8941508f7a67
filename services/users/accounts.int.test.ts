import { afterAll, beforeAll, expect, test } from 'vitest'
import { HOME, startUsers, type Users } from './users.fixture.ts'
import { LoginFailed, SessionRevoked, SignInMeansChanged, UserAuthenticated } from '#contracts/events/users.ts'
import { uuidv7 } from '#kit/core/ids.ts'

let users: Users
beforeAll(async () => {
  users = await startUsers()
})
afterAll(async () => {
  for (const { name, sql } of users.running.service.invariants ?? [])
    expect({ name, rows: [...(await users.db.sql.unsafe(sql))] }).toEqual({ name, rows: [] })
  await users.close()
})

const body = (email: string, more: object = {}) => ({ email, password: 'tidy-otter-rows', fullName: 'Ann Baker', ...more })

test.each(['/api/users', '/api/users/register'])(
  'registering at %s opens an account and says so, without personal data',
  async (path) => {
    const email = `new${path.length}@shop.example`
    const answer = await users.request('POST', path, { body: body(email, { locale: 'de', phone: '+44 113 496 0000' }) })
    expect(answer.status).toBe(201)
    expect(answer.headers['location']).toBe(`/api/users/${answer.body.id}`)
    expect(answer.body).toMatchObject({
      email,
      fullName: 'Ann Baker',
      locale: 'de',
      phone: '+44 113 496 0000',
      roles: ['CUSTOMER'],
      version: 1,
      marketingConsent: false,
    })
    const events = (await users.events()).filter((event) => event.subject === answer.body.id)
    expect(events.map((event) => [event.type, event.data])).toEqual([
      ['UserRegistered.v1', { userId: answer.body.id, locale: 'de' }],
    ])
  },
)

test('S7: opening an account and signing in, which compute a hash, wait in the line of slow work', () => {
  const slow = users.running.routes.filter(({ spec }) => spec.priority === 'aside')
  expect(slow.map(({ method, path }) => `${method} ${path}`)).toEqual([
    'POST /api/users',
    'POST /api/users/register',
    'POST /api/users/login',
  ])
})

test('registering again with the same password is the same account: 200, the same user, one event', async () => {
  const first = await users.request('POST', '/api/users', { body: body('again@shop.example') })
  const again = await users.request('POST', '/api/users', { body: body('again@shop.example') })
  expect(again.status).toBe(200)
  expect(again.body).toEqual(first.body)
  expect(await users.told(first.body.id)).toEqual(['UserRegistered.v1'])
})

test('a taken address is refused', async () => {
  await users.request('POST', '/api/users', { body: body('taken@shop.example') })
  const other = await users.request('POST', '/api/users', {
    body: body('taken@shop.example', { password: 'another-good-phrase' }),
  })
  expect(other).toMatchObject({ status: 409, body: { code: 'users/email-taken', errors: [{ pointer: '/email' }] } })
})

test('twenty registrations of one person at the same moment make one account with one profile', async () => {
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => users.request('POST', '/api/users', { body: body('race@shop.example') })),
  )
  expect(answers.filter((answer) => answer.status === 201)).toHaveLength(1)
  expect(new Set(answers.map((answer) => answer.body.id)).size).toBe(1)
  expect(await users.told(answers[0]!.body.id)).toEqual(['UserRegistered.v1'])
})

test('an account whose profile was never written (we stopped in between) gets it when the shopper tries again', async () => {
  const userId = uuidv7()
  users.accounts.set(userId, {
    userId,
    email: 'half@shop.example',
    password: 'tidy-otter-rows',
    roles: ['CUSTOMER'],
    grantedRoles: [],
  })
  const answer = await users.request('POST', '/api/users', { body: body('half@shop.example') })
  expect(answer).toMatchObject({ status: 200, body: { id: userId, fullName: 'Ann Baker' } })
})

test.each([
  { role: 'ADMIN' },
  { roles: ['ADMIN'] },
  { userId: uuidv7() },
  { version: 9 },
  { attributes: {} },
  { marketingConsent: true },
])('nobody registers with fields that are not theirs to set: %j', async (more) => {
  expect((await users.request('POST', '/api/users', { body: body('eve@shop.example', more) })).status).toBe(400)
})

test('signing in here is signing in at auth', async () => {
  const ann = await users.shopper()
  const answer = await users.request('POST', '/api/users/login', { body: { email: ann.email, password: 'tidy-otter-rows' } })
  expect(answer).toMatchObject({ status: 200, body: { tokenType: 'Bearer', userId: ann.id } })
})

test('a shopper reads and changes the own profile, as /me and by id', async () => {
  const ann = await users.shopper()
  const [me, byId] = [
    await users.request('GET', '/api/users/me', { as: ann.as }),
    await users.request('GET', `/api/users/${ann.id}`, { as: ann.as }),
  ]
  expect(me.body).toEqual(byId.body)
  expect(me.headers['etag']).toBe('"1"')
  const changed = await users.request('PATCH', '/api/users/me', { as: ann.as, body: { fullName: 'Ann Miller' } })
  expect(changed.body).toMatchObject({ fullName: 'Ann Miller', version: 2 })
  const replaced = await users.request('PUT', `/api/users/${ann.id}`, {
    as: ann.as,
    body: { fullName: 'Ann Miller', locale: 'de' },
  })
  expect(replaced.body).toMatchObject({ locale: 'de', phone: null, version: 3 })
  const events = (await users.events('UserProfileUpdated.v1')).filter((event) => event.subject === ann.id)
  expect(events.map((event) => event.data)).toEqual([
    { userId: ann.id, changed: ['fullName'] },
    { userId: ann.id, changed: ['locale'] },
  ])
})

test('changing nothing changes nothing and tells nobody', async () => {
  const ann = await users.shopper('Ann Baker')
  const answer = await users.request('PATCH', '/api/users/me', { as: ann.as, body: { fullName: 'Ann Baker' } })
  expect(answer.body.version).toBe(1)
  expect(await users.told(ann.id)).toEqual(['UserRegistered.v1'])
})

test('who read an older version does not overwrite the newer one', async () => {
  const ann = await users.shopper()
  const patch = (fullName: string) =>
    users.request('PATCH', '/api/users/me', { as: ann.as, body: { fullName }, headers: { 'if-match': '"1"' } })
  const answers = await Promise.all(Array.from({ length: 20 }, (_, n) => patch(`Ann ${n}`)))
  expect(answers.filter((answer) => answer.status === 200)).toHaveLength(1)
  expect(answers.filter((answer) => answer.status === 412)).toHaveLength(19)
})

test('S2: other people look as if they did not exist, whatever one tries', async () => {
  const [ann, eve] = [await users.shopper(), await users.shopper('Eve Adams')]
  const home = await users.request('POST', '/api/users/me/addresses', { as: ann.as, body: HOME })
  const tries: [string, string, unknown?][] = [
    ['GET', ''],
    ['PUT', '', { fullName: 'X Y', locale: 'en' }],
    ['PATCH', '', { fullName: 'X Y' }],
    ['DELETE', ''],
    ['GET', '/export'],
    ['GET', '/addresses'],
    ['POST', '/addresses', HOME],
    ['GET', `/addresses/${home.body.id}`],
    ['PUT', `/addresses/${home.body.id}`, HOME],
    ['DELETE', `/addresses/${home.body.id}`],
    ['GET', '/preferences'],
    ['PATCH', '/preferences', { marketingConsent: true }],
    ['GET', '/activity'],
  ]
  for (const [method, path, sent] of tries) {
    const others = await users.request(method, `/api/users/${ann.id}${path}`, { as: eve.as, body: sent })
    const nobody = await users.request(method, `/api/users/${uuidv7()}${path}`, { as: eve.as, body: sent })
    expect([method, path, others.status, others.body.code]).toEqual([method, path, 404, nobody.body.code])
    expect((await users.request(method, `/api/users/${ann.id}${path}`, { body: sent })).status).toBe(401)
  }
  expect((await users.request('GET', `/api/users/me/addresses/${home.body.id}`, { as: eve.as })).status).toBe(404)
  expect((await users.request('DELETE', `/api/users/me/addresses/${home.body.id}`, { as: eve.as })).status).toBe(404)
  expect((await users.request('GET', '/api/users', { as: eve.as })).status).toBe(403)
  expect((await users.request('GET', '/api/users/me/addresses', { as: ann.as })).body.addresses).toHaveLength(1)
})

test('many customers who set their preferences at once are all answered: nobody holds a connection and waits for another', async () => {
  const customers = await Promise.all(Array.from({ length: 40 }, () => users.shopper()))
  const answers = await Promise.all(
    customers.map(({ as }) => users.request('PATCH', '/api/users/me/preferences', { as, body: { marketingConsent: true } })),
  )
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
})

test('consent to marketing carries its date, in both directions', async () => {
  const ann = await users.shopper()
  const set = (marketingConsent: boolean) =>
    users.request('PATCH', '/api/users/me/preferences', { as: ann.as, body: { marketingConsent } })
  const given = await set(true)
  expect(given.body).toMatchObject({ marketingConsent: true, marketingConsentAt: expect.any(String) })
  expect((await set(true)).body.marketingConsentAt).toBe(given.body.marketingConsentAt)
  expect(await users.call('contact', { userId: ann.id })).toMatchObject({ marketing: false })
  users.verified.add(ann.id)
  expect(await users.call('contact', { userId: ann.id })).toMatchObject({
    marketing: true,
    marketingSince: given.body.marketingConsentAt,
  })
  const withdrawn = await set(false)
  expect(withdrawn.body.marketingConsent).toBe(false)
  expect(await users.call('contact', { userId: ann.id })).not.toHaveProperty('marketingSince')
  expect(withdrawn.body.marketingConsentAt >= given.body.marketingConsentAt).toBe(true)
})

test('the owner sees what happened to the account, page by page', async () => {
  const ann = await users.shopper()
  await users.deliver(UserAuthenticated({ userId: ann.id, sessionId: uuidv7(), method: 'password' }))
  await users.deliver(LoginFailed({ subject: ann.id, userId: ann.id, reason: 'bad-credentials' }))
  await users.deliver(LoginFailed({ subject: 'unknown', userId: null, reason: 'bad-credentials' }))
  await users.deliver(SessionRevoked({ userId: ann.id, sessionId: null, reason: 'password-changed' }))
  const first = await users.request('GET', '/api/users/me/activity?limit=3', { as: ann.as })
  expect(first.body.items.map((entry: { kind: string }) => entry.kind)).toEqual(['signed-out', 'sign-in-failed', 'signed-in'])
  expect(first.body.items[0].details).toEqual({ reason: 'password-changed' })
  const rest = await users.request('GET', `/api/users/me/activity?limit=3&cursor=${first.body.next}`, { as: ann.as })
  expect(rest.body.items.map((entry: { kind: string }) => entry.kind)).toEqual(['registered'])
  await users.deliver(SignInMeansChanged({ userId: ann.id, means: 'passkey', change: 'added' }))
  const [newest] = (await users.request('GET', '/api/users/me/activity?limit=1', { as: ann.as })).body.items
  expect(newest).toMatchObject({ kind: 'sign-in-added', details: { means: 'passkey' } })
})

test('I25: a person can take everything along', async () => {
  const ann = await users.shopper()
  await users.request('POST', '/api/users/me/addresses', { as: ann.as, body: HOME })
  const at = '2026-05-03T14:20:00.000Z'
  const mug = {
    reviewId: ann.id,
    productId: ann.id,
    stars: 5,
    title: '',
    text: 'A good mug.',
    name: 'Ann B.',
    state: 'published',
  }
  const reviews = [{ ...mug, tags: [], pictures: 0, createdAt: at, updatedAt: at }]
  users.written.set(ann.id, { reviews })
  const views = [{ productId: ann.id, at }]
  users.remembered.set(ann.id, { views })
  const answer = await users.request('GET', '/api/users/me/export', { as: ann.as })
  expect(answer.headers['content-disposition']).toContain('attachment')
  expect(answer.body).toMatchObject({
    account: { email: ann.email },
    profile: { fullName: 'Ann Baker' },
    addresses: [HOME],
    activity: [{ kind: 'registered' }, { kind: 'address-added' }],
    reviews,
    votes: [],
    recommendations: { remembered: true, views, purchases: [] },
  })
})

test('I25: erasing a person leaves nothing of them in any table but an id, and tells everybody', async () => {
  const ann = await users.shopper('Canary Featherstone')
  await users.request('POST', '/api/users/me/addresses', {
    as: ann.as,
    body: { ...HOME, line1: '99 Canary Row' },
    headers: { 'idempotency-key': 'canary-key-1' },
  })
  await users.request('PATCH', '/api/users/me', {
    as: ann.as,
    body: { phone: '+44 99 canary'.replace('canary', '777777') },
    headers: { 'idempotency-key': 'canary-key-2' },
  })
  expect((await users.request('DELETE', `/api/users/${ann.id}`, { as: ann.as })).status).toBe(204)
  expect((await users.request('DELETE', `/api/users/${ann.id}`, { as: ann.as })).status).toBe(204)
  expect(await users.told(ann.id)).toEqual([
    'UserRegistered.v1',
    'UserProfileUpdated.v1',
    'UserProfileUpdated.v1',
    'UserDeleted.v1',
  ])
  expect(users.deleted).toContain(ann.id)
  const tables = await users.database.admin<
    { name: string }[]
  >`select table_name as name from information_schema.tables where table_schema = 'users'`
  for (const { name } of tables) {
    const rows = await users.db.sql<{ row: string }[]>`select t::text as row from ${users.db.sql(name)} t`
    for (const { row } of rows) {
      const shown = row.replace(/\\x[0-9a-f]+/g, (hex) => Buffer.from(hex.slice(2), 'hex').toString())
      expect(`${name}: ${shown}`).not.toMatch(/Canary|Featherstone|777777/)
    }
  }
  expect((await users.request('GET', '/api/users/me', { as: ann.as })).status).toBe(404)
  expect(await users.call('contact', { userId: ann.id })).toEqual({ outcome: 'unknown' })
})

test('twenty erasures at the same moment tell it once', async () => {
  const ann = await users.shopper()
  const answers = await Promise.all(Array.from({ length: 20 }, () => users.request('DELETE', '/api/users/me', { as: ann.as })))
  expect(answers.every((answer) => answer.status === 204)).toBe(true)
  expect((await users.told(ann.id)).filter((type) => type === 'UserDeleted.v1')).toHaveLength(1)
})

test('old activity is forgotten after a year', async () => {
  const ann = await users.shopper()
  await users.db.sql`update activity set at = now() - interval '366 days' where user_id = ${ann.id}`
  await users.runJob('users-forget-old-activity')
  expect((await users.request('GET', '/api/users/me/activity', { as: ann.as })).body.items).toEqual([])
})
