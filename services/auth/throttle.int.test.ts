import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Auth, type Person, startAuth } from './auth.fixture.ts'
import { RULES } from './throttle.ts'

let auth: Auth
beforeAll(async () => {
  auth = await startAuth()
})
afterAll(() => auth.close())

let networks = 0
/** A network nobody came from yet. */
const elsewhere = () => `10.${(networks >> 8) & 255}.${networks++ & 255}.1`
const guess = (person: Pick<Person, 'email'>, ip: string) => auth.login(person.email, 'not-the-password', { ip })
/** What `now() + block` would look like later. */
const letTimePass = (seconds: number) =>
  auth.db
    .sql`update attempts set window_started_at = window_started_at - make_interval(secs => ${seconds}), blocked_until = blocked_until - make_interval(secs => ${seconds})`

test('S7: after eight wrong passwords from one place that place has to wait, even with the right one; then it may try again', async () => {
  const [ann, ip] = [await auth.person(), elsewhere()]
  for (let n = 0; n < 8; n += 1) expect((await guess(ann, ip)).status).toBe(401)
  const refused = await auth.login(ann.email, ann.password, { ip })
  expect(refused).toMatchObject({ status: 429, body: { code: 'auth/too-many-attempts' } })
  expect(Number(refused.headers['retry-after'])).toBeGreaterThan(50)
  expect(Number(refused.headers['retry-after'])).toBeLessThanOrEqual(60)
  await letTimePass(61)
  expect((await auth.login(ann.email, ann.password, { ip })).status).toBe(200)
})

test('each further block lasts twice as long', async () => {
  const [ann, ip] = [await auth.person(), elsewhere()]
  const blockOf = async () => {
    for (let n = 0; n < 8; n += 1) await guess(ann, ip)
    return Number((await guess(ann, ip)).headers['retry-after'])
  }
  const waits: number[] = []
  for (let n = 0; n < 2; n += 1) {
    waits.push(await blockOf())
    await letTimePass(waits[n]! + 1)
  }
  expect(waits.map((wait) => Math.round(wait / 60))).toEqual([1, 2])
})

test('S7: a burst of guesses at the same moment gets no more tries than one after the other', async () => {
  const [ann, ip] = [await auth.person(), elsewhere()]
  const answers = await Promise.all(Array.from({ length: 40 }, () => guess(ann, ip)))
  expect(answers.filter((answer) => answer.status === 401)).toHaveLength(8)
  expect(answers.filter((answer) => answer.status === 429)).toHaveLength(32)
})

test('the right password among a burst of wrong ones from twenty places is found by nobody after the account is blocked', async () => {
  const ann = await auth.person()
  const answers = await Promise.all(Array.from({ length: 40 }, () => guess(ann, elsewhere())))
  expect(answers.filter((answer) => answer.status === 401)).toHaveLength(RULES.account.allowed)
  expect((await auth.login(ann.email, ann.password, { ip: elsewhere() })).status).toBe(429)
})

test('S7: strangers guessing from everywhere do not lock the owner out of a place where they signed in before', async () => {
  const [ann, home] = [await auth.person(), elsewhere()]
  await auth.signIn(ann, home)
  for (let n = 0; n < RULES.account.allowed + 2; n += 1) await guess(ann, elsewhere())
  expect((await auth.login(ann.email, ann.password, { ip: elsewhere() })).status).toBe(429)
  expect((await auth.login(ann.email, ann.password, { ip: home })).status).toBe(200)
})

test('an account nobody has is blocked in the same way: the block tells nothing', async () => {
  const ip = elsewhere()
  const nobody = { email: 'never-registered@shop.example' }
  for (let n = 0; n < 8; n += 1) expect((await guess(nobody, ip)).status).toBe(401)
  expect((await guess(nobody, ip)).status).toBe(429)
})

test('S7: one password tried on many accounts stops the place it comes from, and nobody else', async () => {
  const ip = elsewhere()
  const statuses: number[] = []
  for (let n = 0; n < RULES.place.allowed + 3; n += 1)
    statuses.push((await guess({ email: `victim${n}@shop.example` }, ip)).status)
  expect(statuses.filter((status) => status === 401)).toHaveLength(RULES.place.allowed)
  expect(statuses.slice(-3)).toEqual([429, 429, 429])
  expect((await auth.login((await auth.person()).email, 'x', { ip: elsewhere() })).status).toBe(401)
})

test('S7: a list of stolen passwords, each tried once from another place, is stopped for the whole shop; who is at home does not notice', async () => {
  const [ann, home] = [await auth.person(), elsewhere()]
  expect((await auth.login(ann.email, ann.password, { ip: home })).status).toBe(200)
  await guess({ email: 'first@shop.example' }, elsewhere())
  // as if most of the list had been tried already
  const almost = RULES.everywhere.allowed - 3
  await auth.db.sql`update attempts set failures = ${almost}, window_started_at = now() where scope = 'everywhere'`
  const statuses: number[] = []
  for (let n = 0; n < 8; n += 1) statuses.push((await guess({ email: `stolen${n}@shop.example` }, elsewhere())).status)
  expect(statuses.slice(0, 3)).toEqual([401, 401, 401])
  expect(statuses.slice(3)).toContain(429)
  await auth.db.sql`update attempts set blocked_until = now() + interval '30 seconds' where scope = 'everywhere'`
  const stranger = await auth.login((await auth.person()).email, ann.password, { ip: elsewhere() })
  expect(stranger).toMatchObject({ status: 429, body: { code: 'auth/too-many-attempts' } })
  expect((await auth.login(ann.email, ann.password, { ip: home })).status, 'at home').toBe(200)
  await letTimePass(120)
  expect((await auth.login((await auth.person()).email, ann.password, { ip: elsewhere() })).status).toBe(200)
})

test('one good account does not wash the guesses of its place', async () => {
  const [eve, ip] = [await auth.person(), elsewhere()]
  let refused = 0
  for (let n = 0; n < RULES.place.allowed + 5; n += 1) {
    if ((await guess({ email: `sheep${n}@shop.example` }, ip)).status === 429) refused += 1
    else if (n % 5 === 0) await auth.login(eve.email, eve.password, { ip })
  }
  expect(refused).toBeGreaterThan(0)
})

test('all addresses of one IPv6 network are one place', async () => {
  const ann = await auth.person()
  for (let n = 0; n < 8; n += 1) await guess(ann, `2001:db8:1:1::${n + 1}`)
  expect((await guess(ann, '2001:db8:1:1:ffff::9')).status).toBe(429)
  expect((await guess(ann, '2001:db8:1:2::1')).status).toBe(401)
})

test('a success forgives the wrong tries before it', async () => {
  const [ann, ip] = [await auth.person(), elsewhere()]
  for (let round = 0; round < 3; round += 1) {
    for (let n = 0; n < 7; n += 1) expect((await guess(ann, ip)).status).toBe(401)
    expect((await auth.login(ann.email, ann.password, { ip })).status).toBe(200)
  }
})

test('twenty logins of one person at the same moment all succeed', async () => {
  const [ann, ip] = [await auth.person(), elsewhere()]
  const answers = await Promise.all(Array.from({ length: 20 }, () => auth.login(ann.email, ann.password, { ip })))
  expect(answers.map((answer) => answer.status)).toEqual(Array(20).fill(200))
})

test('S7: after a hundred wrong passwords in a row time no longer helps; a reset link does', async () => {
  const ann = await auth.person()
  await guess(ann, elsewhere())
  await auth.db.sql`update attempts set consecutive = 99 where scope = 'account' and consecutive = 1`
  expect((await guess(ann, elsewhere())).status).toBe(401)
  await letTimePass(10 * 24 * 3600)
  const blocked = await auth.login(ann.email, ann.password, { ip: elsewhere() })
  expect(blocked.status).toBe(429)
  await auth.request('POST', '/api/auth/password/forgot', { body: { email: ann.email } })
  const token = await auth.link('PasswordResetRequested.v1', ann.userId)
  expect((await auth.request('POST', '/api/auth/password/reset', { body: { token, password: 'quiet-heron-lake' } })).status).toBe(
    204,
  )
  expect((await auth.login(ann.email, 'quiet-heron-lake', { ip: elsewhere() })).status).toBe(200)
})

test('the last wrong try before a block is told as such', async () => {
  const [ann, ip] = [await auth.person(), elsewhere()]
  for (let n = 0; n < 12; n += 1) await guess(ann, ip)
  const reasons = (await auth.events('LoginFailed.v1'))
    .map((event) => event.data as { userId: string; reason: string })
    .filter((data) => data.userId === ann.userId)
    .map((data) => data.reason)
  expect(reasons).toEqual([...Array(7).fill('bad-credentials'), 'locked'])
})

test('counters hold neither e-mail nor IP addresses', async () => {
  const rows = await auth.db.sql<{ row: string }[]>`select attempts::text as row from attempts`
  const all = rows.map((row) => row.row).join('\n')
  expect(all.length).toBeGreaterThan(100)
  expect(all).not.toMatch(/shop\.example|10\.0\.\d+\.1|2001:db8/)
})
