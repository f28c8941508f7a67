import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Auth, type Signed, signed, startAuth } from './auth.fixture.ts'
import { uuidv7 } from '#kit/core/ids.ts'
import { UserDeleted } from '#contracts/events/users.ts'

let auth: Auth
beforeAll(async () => {
  auth = await startAuth()
})
afterAll(() => auth.close())

const refresh = (refreshToken: string) => auth.request('POST', '/api/auth/refresh', { body: { refreshToken } })
const revocations = async (userId: string) =>
  (await auth.events('SessionRevoked.v1'))
    .filter((event) => (event.data as { userId: string }).userId === userId)
    .map((event) => event.data)
const laterThanGrace = (sessionId: string) =>
  auth.db.sql`update sessions set rotated_at = now() - interval '11 seconds' where session_id = ${sessionId}`

test('S6: a refresh gives new tokens for the same session, and the new refresh token works in turn', async () => {
  const { tokens, principal } = await auth.signIn(await auth.person())
  const second = await refresh(tokens.refreshToken)
  expect(second.status).toBe(200)
  expect(second.body.refreshToken).not.toBe(tokens.refreshToken)
  expect(signed(second.body).principal.sessionId).toBe(principal.sessionId)
  expect((await refresh(second.body.refreshToken)).status).toBe(200)
  const told = (await auth.events('TokenRefreshed.v1')).filter(
    (event) => (event.data as { sessionId: string }).sessionId === principal.sessionId,
  )
  expect(told).toHaveLength(2)
})

test('S6: twenty refreshes of one token at the same moment end in one lineage, and nobody is thrown out', async () => {
  const { tokens, principal } = await auth.signIn(await auth.person())
  const answers = await Promise.all(Array.from({ length: 20 }, () => refresh(tokens.refreshToken)))
  expect(answers.map((answer) => answer.status)).toEqual(Array(20).fill(200))
  expect(new Set(answers.map((answer) => answer.body.refreshToken)).size).toBe(1)
  expect((await refresh(answers[0]!.body.refreshToken)).status).toBe(200)
  expect(await revocations(principal.id)).toEqual([])
  const [row] = await auth.db.sql<
    { generation: number }[]
  >`select generation from sessions where session_id = ${principal.sessionId}`
  expect(row?.generation).toBe(3)
})

test('whoever lost the answer and asks again within ten seconds gets the same refresh token', async () => {
  const { tokens } = await auth.signIn(await auth.person())
  const first = await refresh(tokens.refreshToken)
  const again = await refresh(tokens.refreshToken)
  expect(again.status).toBe(200)
  expect(again.body.refreshToken).toBe(first.body.refreshToken)
})

test('S6: an old token that comes back later ends the whole session, also for the thief, and everybody is told why', async () => {
  const { tokens, principal } = await auth.signIn(await auth.person())
  const thief = await refresh(tokens.refreshToken)
  await laterThanGrace(principal.sessionId)
  const owner = await refresh(tokens.refreshToken)
  expect(owner).toMatchObject({ status: 401, body: { code: 'auth/bad-refresh-token' } })
  expect((await refresh(thief.body.refreshToken)).status).toBe(401)
  expect(await revocations(principal.id)).toEqual([{ userId: principal.id, sessionId: principal.sessionId, reason: 'reuse' }])
  expect(await auth.denied()).toContain(principal.sessionId)
})

test('a token two rotations old ends the session at once', async () => {
  const { tokens, principal } = await auth.signIn(await auth.person())
  const second = await refresh(tokens.refreshToken)
  await refresh(second.body.refreshToken)
  expect((await refresh(tokens.refreshToken)).status).toBe(401)
  expect(await auth.denied()).toContain(principal.sessionId)
})

test('twenty reuses at the same moment tell it once', async () => {
  const { tokens, principal } = await auth.signIn(await auth.person())
  await refresh(tokens.refreshToken)
  await laterThanGrace(principal.sessionId)
  const answers = await Promise.all(Array.from({ length: 20 }, () => refresh(tokens.refreshToken)))
  expect(answers.every((answer) => answer.status === 401)).toBe(true)
  expect(await revocations(principal.id)).toHaveLength(1)
})

test('an invented token for a session somebody knows the id of ends nothing', async () => {
  const { tokens, principal } = await auth.signIn(await auth.person())
  const bytes = Buffer.from(tokens.refreshToken, 'base64url')
  bytes.fill(7, 20)
  bytes.writeUInt32BE(0, 16)
  expect((await refresh(bytes.toString('base64url'))).status).toBe(401)
  expect((await refresh('x'.repeat(91))).status).toBe(401)
  expect(await auth.denied()).not.toContain(principal.sessionId)
  expect((await refresh(tokens.refreshToken)).status).toBe(200)
})

test('an access token is no refresh token', async () => {
  const { tokens } = await auth.signIn(await auth.person())
  const answer = await refresh(tokens.accessToken.slice(0, 256))
  expect(answer.status).toBe(401)
})

test('refresh tokens lie in the database as hashes only', async () => {
  const { tokens, principal } = await auth.signIn(await auth.person())
  const second = await refresh(tokens.refreshToken)
  const [row] = await auth.db.sql<
    { row: string }[]
  >`select sessions::text as row from sessions where session_id = ${principal.sessionId}`
  for (const token of [tokens.refreshToken, second.body.refreshToken as string]) {
    expect(row!.row).not.toContain(token)
    expect(row!.row).not.toContain(Buffer.from(token, 'base64url').subarray(20, 52).toString('hex'))
  }
})

test.each([
  ['unused for thirty days', 'expires_at'],
  ['ninety days after it began', 'ends_at'],
])('a session ends %s', async (_, column) => {
  const { tokens, principal } = await auth.signIn(await auth.person())
  await auth.db
    .sql`update sessions set ${auth.db.sql(column)} = now() - interval '1 second' where session_id = ${principal.sessionId}`
  expect((await refresh(tokens.refreshToken)).status).toBe(401)
})

test('using a session never carries it beyond its longest life', async () => {
  const { tokens, principal } = await auth.signIn(await auth.person())
  await auth.db.sql`update sessions set ends_at = now() + interval '1 day' where session_id = ${principal.sessionId}`
  await refresh(tokens.refreshToken)
  const [row] = await auth.db.sql<
    { capped: boolean }[]
  >`select expires_at <= ends_at as capped from sessions where session_id = ${principal.sessionId}`
  expect(row?.capped).toBe(true)
})

const logout = (who: Partial<Signed>, path = '/api/auth/logout', body: unknown = {}) =>
  auth.request('POST', path, { body, ...(who.principal ? { as: who.principal } : {}) })

test('logging out ends this session, not the others; its access token is refused from now on', async () => {
  const ann = await auth.person()
  const [phone, laptop] = [await auth.signIn(ann), await auth.signIn(ann)]
  expect((await logout(phone)).status).toBe(204)
  expect(await auth.denied()).toContain(phone.principal.sessionId)
  expect(await auth.denied()).not.toContain(laptop.principal.sessionId)
  expect((await refresh(phone.tokens.refreshToken)).status).toBe(401)
  expect((await refresh(laptop.tokens.refreshToken)).status).toBe(200)
  expect((await logout(phone)).status).toBe(204)
  expect(await revocations(ann.userId)).toHaveLength(1)
})

test('a refresh token alone is enough to log out', async () => {
  const device = await auth.signIn(await auth.person())
  expect((await logout({}, '/api/auth/logout', { refreshToken: device.tokens.refreshToken })).status).toBe(204)
  expect((await refresh(device.tokens.refreshToken)).status).toBe(401)
})

test('logging out everywhere ends all sessions', async () => {
  const ann = await auth.person()
  const devices = [await auth.signIn(ann), await auth.signIn(ann), await auth.signIn(ann)]
  expect((await logout(devices[0]!, '/api/auth/logout-all')).status).toBe(204)
  const denied = await auth.denied()
  for (const { principal, tokens } of devices) {
    expect(denied).toContain(principal.sessionId)
    expect((await refresh(tokens.refreshToken)).status).toBe(401)
  }
  const told = await revocations(ann.userId)
  expect(new Set(told.map((data) => (data as { sessionId: string }).sessionId))).toEqual(
    new Set(devices.map(({ principal }) => principal.sessionId)),
  )
  expect(told).toHaveLength(3)
})

test('a shopper sees where the account is signed in, and can end one of them', async () => {
  const ann = await auth.person()
  const [phone, laptop] = [await auth.signIn(ann, '198.51.100.9'), await auth.signIn(ann)]
  const list = await auth.request('GET', '/api/auth/sessions', { as: phone.principal })
  expect(list.body.sessions).toHaveLength(2)
  expect(list.body.sessions.find((session: { id: string }) => session.id === phone.principal.sessionId)).toMatchObject({
    current: true,
    ip: '198.51.100.9',
    method: 'password',
  })
  expect((await auth.request('DELETE', `/api/auth/sessions/${laptop.principal.sessionId}`, { as: phone.principal })).status).toBe(
    204,
  )
  expect((await refresh(laptop.tokens.refreshToken)).status).toBe(401)
})

test("other people's sessions look as if they did not exist", async () => {
  const [ann, eve] = [await auth.signIn(await auth.person()), await auth.signIn(await auth.person())]
  const others = await auth.request('DELETE', `/api/auth/sessions/${ann.principal.sessionId}`, { as: eve.principal })
  const none = await auth.request('DELETE', `/api/auth/sessions/${uuidv7()}`, { as: eve.principal })
  expect(others.status).toBe(404)
  const body = (answer: typeof others) => ({ ...answer.body, traceId: '', instance: '' })
  expect(body(others)).toEqual(body(none))
  expect((await refresh(ann.tokens.refreshToken)).status).toBe(200)
})

test('when the account is erased, sessions end, credentials are gone and the address is free again', async () => {
  const ann = await auth.person()
  const device = await auth.signIn(ann)
  await auth.deliver(UserDeleted({ userId: ann.userId }))
  await auth.deliver(UserDeleted({ userId: ann.userId }))
  expect(await auth.denied()).toContain(device.principal.sessionId)
  expect((await refresh(device.tokens.refreshToken)).status).toBe(401)
  expect((await auth.login(ann.email, ann.password, { ip: '198.51.100.90' })).status).toBe(401)
  for (const table of ['accounts', 'sessions']) {
    const [row] = await auth.db.sql<
      { n: bigint }[]
    >`select count(*) as n from ${auth.db.sql(table)} where user_id = ${ann.userId}`
    expect(row?.n).toBe(0n)
  }
  expect(await auth.call('createAccount', { userId: uuidv7(), email: ann.email, password: ann.password })).toEqual({
    outcome: 'created',
  })
})

test('cleaning up forgets what has ended and keeps what still counts', async () => {
  const device = await auth.signIn(await auth.person())
  const gone = await auth.signIn(await auth.person())
  await auth.db.sql`update sessions set ends_at = now() - interval '1 minute' where session_id = ${gone.principal.sessionId}`
  await auth.db.sql`insert into revoked_sessions values (${gone.principal.sessionId}, now() - interval '1 minute')`
  await auth.runJob('auth-clean-up')
  const rows = await auth.db.sql<
    { id: string }[]
  >`select session_id as id from sessions where session_id in (${device.principal.sessionId}, ${gone.principal.sessionId})`
  expect(rows.map((row) => row.id)).toEqual([device.principal.sessionId])
  expect((await auth.db.sql`select 1 from revoked_sessions where session_id = ${gone.principal.sessionId}`).length).toBe(0)
  for (const { name, sql } of auth.running.service.invariants ?? [])
    expect({ name, rows: [...(await auth.db.sql.unsafe(sql))] }).toEqual({ name, rows: [] })
})
