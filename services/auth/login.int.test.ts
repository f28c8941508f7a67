import { hash as bcryptHash } from '@node-rs/bcrypt'
import { createLocalJWKSet, decodeProtectedHeader, type JSONWebKeySet, jwtVerify } from 'jose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Auth, claimsOf, PASSWORD, startAuth } from './auth.fixture.ts'
import { uuidv7 } from '#kit/core/ids.ts'

let auth: Auth
beforeAll(async () => {
  auth = await startAuth()
})
afterAll(() => auth.close())

test('a shopper signs in and gets a short-lived token that the published keys verify', async () => {
  const ann = await auth.person()
  const answer = await auth.login(ann.email.toUpperCase(), ann.password)
  expect(answer.status).toBe(200)
  expect(answer.body).toMatchObject({ tokenType: 'Bearer', expiresIn: 600, userId: ann.userId })
  expect(answer.headers['cache-control']).toBe('no-store')
  const keys = await auth.request('GET', '/.well-known/jwks.json')
  const { payload, protectedHeader } = await jwtVerify(answer.body.accessToken, createLocalJWKSet(keys.body as JSONWebKeySet), {
    algorithms: ['ES256'],
    typ: 'at+jwt',
    issuer: 'http://shop.test',
    audience: 'souk',
  })
  expect(protectedHeader).toMatchObject({ alg: 'ES256', typ: 'at+jwt' })
  expect(payload).toMatchObject({ sub: ann.userId, roles: ['CUSTOMER'], permissions: [] })
  expect(payload.exp! - payload.iat!).toBe(600)
})

test('the published keys hold nothing private', async () => {
  for (const path of ['/.well-known/jwks.json', '/api/auth/jwks']) {
    const { body, status } = await auth.request('GET', path)
    expect(status).toBe(200)
    for (const key of body.keys) expect(Object.keys(key).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y'])
  }
})

test('roles become permissions in the token', async () => {
  const boss = await auth.person({ role: 'ADMIN' })
  const { tokens } = await auth.signIn(boss)
  expect(claimsOf(tokens.accessToken)).toMatchObject({ roles: ['ADMIN'], permissions: ['*'] })
})

test('S7: wrong password and unknown account are answered alike, to the byte but for the trace', async () => {
  const ann = await auth.person()
  const strip = ({ body }: { body: Record<string, unknown> }) => ({ ...body, traceId: undefined })
  const wrong = await auth.login(ann.email, 'not-the-password', { ip: '198.51.100.1' })
  const unknown = await auth.login('nobody@shop.example', 'not-the-password', { ip: '198.51.100.1' })
  expect(wrong.status).toBe(401)
  expect(wrong.body.code).toBe('auth/bad-credentials')
  expect(strip(unknown)).toEqual(strip(wrong))
})

test('two registrations of one address at the same moment open one account, and both say so truthfully', async () => {
  const results = await Promise.all(
    Array.from({ length: 20 }, (_, n) =>
      auth.call<{ outcome: string }>('createAccount', {
        userId: uuidv7(),
        email: n % 2 ? 'Twice@shop.example' : 'twice@SHOP.example',
        password: PASSWORD,
      }),
    ),
  )
  expect(results.filter((result) => result.outcome === 'created')).toHaveLength(1)
  expect(results.filter((result) => result.outcome === 'exists-same')).toHaveLength(19)
  const [row] = await auth.db.sql<{ n: bigint }[]>`select count(*) as n from accounts where email_key = 'twice@shop.example'`
  expect(row?.n).toBe(1n)
})

test('registering a taken address with another password tells nothing but that, and is counted as guessing', async () => {
  const ann = await auth.person()
  const guess = () =>
    auth.call<{ outcome: string }>('createAccount', {
      userId: uuidv7(),
      email: ann.email,
      password: 'guess-by-registering',
      ip: '198.51.100.40',
    })
  expect(await guess()).toEqual({ outcome: 'exists' })
  for (let n = 0; n < 7; n += 1) await guess()
  await expect(guess()).rejects.toMatchObject({ code: 'auth/too-many-attempts' })
})

test('a weak password opens no account', async () => {
  await expect(
    auth.call('createAccount', { userId: uuidv7(), email: 'weak@shop.example', password: 'password123' }),
  ).rejects.toMatchObject({
    code: 'auth/weak-password',
    fields: [{ pointer: '/password' }],
  })
})

test('an imported bcrypt password works and is argon2id after the first login', async () => {
  const ann = await auth.person()
  await auth.db.sql`update accounts set password_hash = ${await bcryptHash(PASSWORD, { cost: 4 })} where user_id = ${ann.userId}`
  await auth.signIn(ann)
  const [row] = await auth.db.sql<{ hash: string }[]>`select password_hash as hash from accounts where user_id = ${ann.userId}`
  expect(row?.hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
  await auth.signIn(ann)
})

test('passwords, tokens and addresses are in no event', async () => {
  const ann = await auth.person({ password: 'canary-password-9' })
  const { tokens } = await auth.signIn(ann)
  await auth.login(ann.email, 'canary-wrong-9')
  const rows = await auth.db.sql<{ payload: string }[]>`select payload from outbox`
  const all = rows.map((row) => row.payload).join('\n')
  for (const canary of ['canary-', ann.email, tokens.accessToken, tokens.refreshToken, 'argon2', '203.0.113.7'])
    expect(all).not.toContain(canary)
  expect(all).toContain('UserAuthenticated.v1')
  expect(all).toContain('LoginFailed.v1')
})

test('after a rotation new tokens carry a new key and old ones still verify, until theirs has ended', async () => {
  const ann = await auth.person()
  const boss = (await auth.signIn(await auth.person({ role: 'ADMIN' }))).principal
  const before = (await auth.signIn(ann)).tokens
  const rotations = await Promise.all(
    Array.from({ length: 5 }, () => auth.request('POST', '/api/auth/keys/rotate', { as: boss })),
  )
  expect(rotations.every((answer) => answer.status === 200)).toBe(true)
  const after = (await auth.signIn(ann)).tokens
  const kid = (token: string) => decodeProtectedHeader(token).kid
  expect(kid(after.accessToken)).not.toBe(kid(before.accessToken))
  const keySet = async () => createLocalJWKSet((await auth.request('GET', '/api/auth/jwks')).body as JSONWebKeySet)
  await jwtVerify(before.accessToken, await keySet())
  await jwtVerify(after.accessToken, await keySet())
  await auth.db.sql`update signing_keys set verify_until = now() - interval '1 second' where kid = ${kid(before.accessToken)!}`
  await expect(jwtVerify(before.accessToken, await keySet())).rejects.toThrow()
  const [active] = await auth.db.sql<{ n: bigint }[]>`select count(*) as n from signing_keys where retired_at is null`
  expect(active?.n).toBe(1n)
})

test('private keys do not lie open in the database', async () => {
  const rows = await auth.db.sql<{ row: string }[]>`select signing_keys::text as row from signing_keys`
  for (const { row } of rows) expect(row).not.toMatch(/"d"|PRIVATE/)
  const [key] = await auth.db.sql<{ private_key: Buffer }[]>`select private_key from signing_keys limit 1`
  // DER of an unprotected PKCS #8 P-256 key names its curve
  expect(key!.private_key.includes(Buffer.from('2a8648ce3d030107', 'hex'))).toBe(false)
})

test('when too many passwords wait to be hashed, the next one is asked to come back, and nobody else suffers', async () => {
  const ann = await auth.person()
  const answers = await Promise.all(
    Array.from({ length: 90 }, (_, n) => auth.login(ann.email, ann.password, { ip: `192.0.2.${n}` })),
  )
  const count = (status: number) => answers.filter((answer) => answer.status === status).length
  expect(count(200) + count(503)).toBe(90)
  expect(count(200)).toBeGreaterThanOrEqual(65)
  expect(count(503)).toBeGreaterThan(0)
  expect(answers.find((answer) => answer.status === 503)?.headers['retry-after']).toBe('1')
})
