import { generate } from 'otplib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Auth, type Person, type Signed, signed, startAuth } from './auth.fixture.ts'
import { eventually } from '#kit/testing/eventually.ts'

let auth: Auth
beforeAll(async () => {
  auth = await startAuth()
})
afterAll(() => auth.close())

interface Protected extends Person {
  readonly secret: string
  readonly recoveryCodes: string[]
  readonly session: Signed
}

/** Code of now, or of so many steps later. Steps already used are behind us: each call of a test takes a later one. */
const codeOf = (secret: string, step = 0) => generate({ secret, epoch: Math.floor(Date.now() / 1000) + step * 30 })
/** Makes the last accepted step old, as if a minute had gone by. */
const aMinuteLater = (userId: string) => auth.db.sql`update totp set last_step = last_step - 2 where user_id = ${userId}`

async function protectedPerson(): Promise<Protected> {
  const person = await auth.person()
  const session = await auth.signIn(person)
  const steps = await auth.twoSteps(session, person.password)
  await aMinuteLater(person.userId)
  return { ...person, ...steps, session }
}

const firstStep = async (person: Person, ip?: string) => {
  const answer = await auth.login(person.email, person.password, ip ? { ip } : {})
  expect(answer).toMatchObject({ status: 200, body: { mfaRequired: true, expiresIn: 300 } })
  expect(answer.body).not.toHaveProperty('accessToken')
  return answer.body.mfaToken as string
}
const secondStep = (mfaToken: string, proof: { code?: string; recoveryCode?: string }) =>
  auth.request('POST', '/api/auth/mfa/verify', { body: { mfaToken, ...proof } })

test('signing in with a second step: password first, then the code; the session says so', async () => {
  const ann = await protectedPerson()
  const answer = await secondStep(await firstStep(ann), { code: await codeOf(ann.secret) })
  expect(answer.status).toBe(200)
  const { principal } = signed(answer.body)
  const told = (await auth.events('UserAuthenticated.v1')).map((event) => event.data as { sessionId: string; method: string })
  expect(told.find((data) => data.sessionId === principal.sessionId)?.method).toBe('mfa')
})

test('password and code may come together', async () => {
  const ann = await protectedPerson()
  const answer = await auth.login(ann.email, ann.password, { totp: await codeOf(ann.secret) })
  expect(answer.status).toBe(200)
  expect(answer.body.accessToken).toBeTypeOf('string')
})

test('the token of the first step is no access token and no refresh token', async () => {
  const mfaToken = await firstStep(await protectedPerson())
  expect(mfaToken.split('.')).toHaveLength(1)
  expect((await auth.request('POST', '/api/auth/refresh', { body: { refreshToken: mfaToken } })).status).toBe(401)
})

test('enrolling needs the password, and changes nothing until a code is confirmed', async () => {
  const person = await auth.person()
  const { principal } = await auth.signIn(person)
  const wrong = await auth.request('POST', '/api/auth/mfa/enrol', { body: { password: 'not-the-password' }, as: principal })
  expect(wrong.status).toBe(401)
  const enrolled = await auth.request('POST', '/api/auth/mfa/enrol', { body: { password: person.password }, as: principal })
  expect(enrolled.body.uri).toContain(`secret=${enrolled.body.secret}`)
  expect((await auth.login(person.email, person.password)).body.accessToken).toBeTypeOf('string')
  const bad = await auth.request('POST', '/api/auth/mfa/confirm', { body: { code: '000000' }, as: principal })
  expect(bad).toMatchObject({ status: 401, body: { code: 'auth/bad-code' } })
})

test('the seed lies encrypted in the database, and recovery codes as hashes', async () => {
  const ann = await protectedPerson()
  const [row] = await auth.db.sql<{ secret: Buffer }[]>`select secret from totp where user_id = ${ann.userId}`
  expect(row!.secret.includes(ann.secret)).toBe(false)
  const codes = await auth.db.sql<
    { row: string }[]
  >`select recovery_codes::text as row from recovery_codes where user_id = ${ann.userId}`
  expect(codes).toHaveLength(10)
  for (const code of ann.recoveryCodes) for (const { row: text } of codes) expect(text).not.toContain(code.replace('-', ''))
})

test('S8: a code that was accepted is not accepted again, by no way', async () => {
  const ann = await protectedPerson()
  const code = await codeOf(ann.secret)
  expect((await secondStep(await firstStep(ann), { code })).status).toBe(200)
  expect(await secondStep(await firstStep(ann), { code })).toMatchObject({ status: 401, body: { code: 'auth/bad-code' } })
  expect((await auth.login(ann.email, ann.password, { totp: code })).status).toBe(401)
})

test('the code that confirmed the enrolment does not sign in as well', async () => {
  const person = await auth.person()
  const { principal } = await auth.signIn(person)
  const { body } = await auth.request('POST', '/api/auth/mfa/enrol', { body: { password: person.password }, as: principal })
  const code = await codeOf(body.secret)
  await auth.request('POST', '/api/auth/mfa/confirm', { body: { code }, as: principal })
  expect((await secondStep(await firstStep(person), { code })).status).toBe(401)
})

test('of twenty logins with the same code at the same moment one wins', async () => {
  const ann = await protectedPerson()
  const tokens = await Promise.all(Array.from({ length: 20 }, () => firstStep(ann)))
  const code = await codeOf(ann.secret)
  const answers: number[] = []
  for (let round = 0; round < 4; round += 1) {
    const five = await Promise.all(tokens.slice(round * 5, round * 5 + 5).map((token) => secondStep(token, { code })))
    answers.push(...five.map((answer) => answer.status))
    await auth.db.sql`delete from attempts where scope = 'mfa'`
  }
  expect(answers.filter((status) => status === 200)).toHaveLength(1)
  expect(answers.filter((status) => status === 401)).toHaveLength(19)
})

test('one first step makes one login, also when two codes race for it', async () => {
  const ann = await protectedPerson()
  const mfaToken = await firstStep(ann)
  const answers = await Promise.all([
    secondStep(mfaToken, { code: await codeOf(ann.secret) }),
    secondStep(mfaToken, { recoveryCode: ann.recoveryCodes[0]! }),
    secondStep(mfaToken, { recoveryCode: ann.recoveryCodes[1]! }),
  ])
  expect(answers.filter((answer) => answer.status === 200)).toHaveLength(1)
  const [spent] = await auth.db.sql<{ n: bigint }[]>`
    select (select count(*) from recovery_codes where user_id = ${ann.userId} and used_at is not null)
         + (select count(*) from totp where user_id = ${ann.userId} and last_step >= extract(epoch from now())::bigint / 30 - 1) as n`
  expect(spent?.n).toBe(1n)
})

test('a code of the step before is fine, an older one is not', async () => {
  const ann = await protectedPerson()
  await auth.db.sql`update totp set last_step = 1 where user_id = ${ann.userId}`
  // not in the last seconds of a step, or the code would grow older while it is on its way
  await eventually(() => expect((Date.now() / 1000) % 30).toBeLessThan(27))
  expect((await secondStep(await firstStep(ann), { code: await codeOf(ann.secret, -3) })).status).toBe(401)
  expect((await secondStep(await firstStep(ann), { code: await codeOf(ann.secret, -1) })).status).toBe(200)
})

test('five wrong codes in five minutes, then even the right one has to wait; a burst gets no more', async () => {
  const ann = await protectedPerson()
  const mfaToken = await firstStep(ann)
  const burst = await Promise.all(
    Array.from({ length: 20 }, (_, n) => secondStep(mfaToken, { code: String(n).padStart(6, '0') })),
  )
  expect(burst.filter((answer) => answer.status === 401)).toHaveLength(5)
  expect(burst.filter((answer) => answer.status === 429)).toHaveLength(15)
  const refused = await secondStep(mfaToken, { code: await codeOf(ann.secret) })
  expect(refused.status).toBe(429)
  expect(Number(refused.headers['retry-after'])).toBeGreaterThan(250)
  await auth.db
    .sql`update attempts set blocked_until = now(), window_started_at = now() - interval '6 minutes' where scope = 'mfa'`
  expect((await secondStep(mfaToken, { code: await codeOf(ann.secret) })).status).toBe(200)
})

test('the second step has five minutes', async () => {
  const ann = await protectedPerson()
  const mfaToken = await firstStep(ann)
  await auth.db.sql`update mfa_challenges set expires_at = now() where user_id = ${ann.userId}`
  expect(await secondStep(mfaToken, { code: await codeOf(ann.secret) })).toMatchObject({
    status: 401,
    body: { code: 'auth/bad-mfa-token' },
  })
})

test('S8: a recovery code works once, however it is typed, also when twenty try it at once', async () => {
  const ann = await protectedPerson()
  const typed = ann.recoveryCodes[0]!.toLowerCase().replace('-', ' ')
  expect((await secondStep(await firstStep(ann), { recoveryCode: typed })).status).toBe(200)
  expect((await secondStep(await firstStep(ann), { recoveryCode: ann.recoveryCodes[0]! })).status).toBe(401)
  const tokens = await Promise.all(Array.from({ length: 5 }, () => firstStep(ann)))
  const race = await Promise.all(tokens.map((token) => secondStep(token, { recoveryCode: ann.recoveryCodes[1]! })))
  expect(race.filter((answer) => answer.status === 200)).toHaveLength(1)
})

test('new recovery codes need password and code, and the old ones stop working', async () => {
  const ann = await protectedPerson()
  const ask = (body: unknown) => auth.request('POST', '/api/auth/mfa/recovery-codes', { body, as: ann.session.principal })
  expect((await ask({ password: ann.password })).status).toBe(400)
  expect((await ask({ password: 'not-the-password', code: await codeOf(ann.secret) })).status).toBe(401)
  const renewed = await ask({ password: ann.password, code: await codeOf(ann.secret) })
  expect(renewed.body.recoveryCodes).toHaveLength(10)
  expect((await secondStep(await firstStep(ann), { recoveryCode: ann.recoveryCodes[2]! })).status).toBe(401)
  expect((await secondStep(await firstStep(ann), { recoveryCode: renewed.body.recoveryCodes[2] })).status).toBe(200)
})

test('switching it off needs password and code; afterwards the password is enough', async () => {
  const ann = await protectedPerson()
  const off = (body: unknown) => auth.request('DELETE', '/api/auth/mfa', { body, as: ann.session.principal })
  expect((await off({ password: ann.password, code: '123456' })).status).toBe(401)
  expect((await off({ password: ann.password, code: await codeOf(ann.secret) })).status).toBe(204)
  expect((await auth.login(ann.email, ann.password)).body.accessToken).toBeTypeOf('string')
  expect(await off({ password: ann.password, code: await codeOf(ann.secret) })).toMatchObject({
    status: 409,
    body: { code: 'auth/mfa-not-on' },
  })
})

test('while it is on, a thief with password and session cannot put their own authenticator in its place', async () => {
  const ann = await protectedPerson()
  const answer = await auth.request('POST', '/api/auth/mfa/enrol', {
    body: { password: ann.password },
    as: ann.session.principal,
  })
  expect(answer).toMatchObject({ status: 409, body: { code: 'auth/mfa-already-on' } })
})

test('registering again tells nobody who lacks the second step that the password was right', async () => {
  const ann = await protectedPerson()
  expect(await auth.call('createAccount', { userId: ann.userId, email: ann.email, password: ann.password })).toEqual({
    outcome: 'exists',
  })
})
