import { createHmac, createSign, generateKeyPairSync } from 'node:crypto'
import { type JWTHeaderParameters, type JWTPayload, SignJWT } from 'jose'
import { describe, expect, test } from 'vitest'
import { get, internal, signedIn } from './route.ts'
import { testApp } from './testing.ts'
import { createTokenVerifier, type TokenKind } from './tokens.ts'
import Type from 'typebox'
import { closed } from '#kit/messaging/event.ts'

const ours = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const foreign = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const ed = generateKeyPairSync('ed25519')

const asked: string[] = []
const kind: TokenKind = {
  issuer: 'https://shop.example',
  audience: 'souk',
  keys: (kid) => {
    asked.push(kid)
    return kid === 'k1' ? ours.publicKey : undefined
  },
}
const now = () => Math.floor(Date.now() / 1000)
const good = (): JWTPayload => ({
  iss: kind.issuer,
  aud: kind.audience,
  sub: 'ann',
  sid: 's1',
  roles: ['customer'],
  permissions: ['things:read'],
  iat: now(),
  exp: now() + 600,
})
const header: JWTHeaderParameters = { alg: 'ES256', typ: 'at+jwt', kid: 'k1' }
const sign = (claims: JWTPayload, head: Partial<JWTHeaderParameters> = {}, key = ours.privateKey) =>
  new SignJWT(claims).setProtectedHeader({ ...header, ...head }).sign(key)
const without = (name: string): JWTPayload => Object.fromEntries(Object.entries(good()).filter(([key]) => key !== name))
const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
const unsigned = (head: object, claims: object, signature = '') => `${encode(head)}.${encode(claims)}.${signature}`

const revoked = new Set<string>()
const verifier = createTokenVerifier({
  user: kind,
  // both run in this process
  service: { ...kind, audience: ['orders', 'cart'] },
  isRevoked: (principal) => principal.kind === 'user' && revoked.has(principal.sessionId),
})
const app = testApp(
  [
    get('/api/me', { access: signedIn, summary: 'Me', response: closed({ id: Type.String() }) }, async ({ principal }) => ({
      id: principal.id,
    })),
    get(
      '/internal/stock',
      { access: internal, summary: 'Stock', response: closed({ for: Type.String() }) },
      async ({ principal }) => ({
        for: principal.kind === 'service' ? (principal.onBehalfOf?.id ?? principal.id) : '',
      }),
    ),
  ],
  { name: 'orders', edge: { tokens: verifier } },
)
const me = async (token: string, url = '/api/me') => app.inject({ url, headers: { authorization: `Bearer ${token}` } })

test('a good token is who it says', async () => {
  const answer = await me(await sign(good()))
  expect(answer.json()).toEqual({ id: 'ann' })
  expect((await me(signedByUs(encode(header), encode(good())))).json()).toEqual({ id: 'ann' })
})

test('S5: of a claim that stands there twice the last one counts, for everybody who looks', async () => {
  expect((await me(twice('"sub":"root"', '"sub":"ann"'))).json()).toEqual({ id: 'ann' })
})

test('S5: a key that a header brings or points to is not looked at, whoever signed', async () => {
  for (const head of [
    { jku: 'https://evil.example' },
    { x5u: 'https://evil.example' },
    { jwk: foreign.publicKey.export({ format: 'jwk' }) },
  ])
    expect((await me(await sign(good(), head))).json()).toEqual({ id: 'ann' })
})

const hmacWithPublicKey = () => {
  const input = `${encode({ alg: 'HS256', typ: 'at+jwt', kid: 'k1' })}.${encode(good())}`
  const secret = ours.publicKey.export({ type: 'spki', format: 'pem' })
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`
}

const base64url = (text: string) => Buffer.from(text).toString('base64url')
/** A token of our own key, with parts that no library would write. */
const signedByUs = (head: string, claims: string) =>
  `${head}.${claims}.${createSign('sha256')
    .update(`${head}.${claims}`)
    .sign({ key: ours.privateKey, dsaEncoding: 'ieee-p1363' }, 'base64url')}`
/** Our token in which a claim stands a second time. */
const twice = (first: string, second: string) => {
  const { sub: _sub, exp: _exp, ...others } = good()
  const whole = { sub: '"sub":"ann"', exp: `"exp":${now() + 600}` }
  const rest = Object.entries(whole).flatMap(([name, text]) => (first.startsWith(`"${name}"`) ? [] : [text]))
  return signedByUs(encode(header), base64url(`{${[first, ...rest, JSON.stringify(others).slice(1, -1), second].join(',')}}`))
}

const attacks: Record<string, () => string | Promise<string>> = {
  'no algorithm': () => unsigned({ alg: 'none', typ: 'at+jwt', kid: 'k1' }, good()),
  'no algorithm in capitals': () => unsigned({ alg: 'NONE', typ: 'at+jwt', kid: 'k1' }, good()),
  'HS256 with the public key as secret': hmacWithPublicKey,
  RS256: () => sign(good(), { alg: 'RS256' }, rsa.privateKey),
  EdDSA: () => sign(good(), { alg: 'EdDSA' }, ed.privateKey),
  'another key under our kid': () => sign(good(), {}, foreign.privateKey),
  'an unknown kid': () => sign(good(), { kid: 'k2' }),
  'a kid that is a path': () => sign(good(), { kid: '../../etc/passwd' }),
  'a kid that is SQL': () => sign(good(), { kid: "k1' or '1'='1" }),
  'a kid that is a URL': () => sign(good(), { kid: 'https://evil.example/jwks.json' }),
  'a kid of 4 KiB': () => sign(good(), { kid: 'k'.repeat(4096) }),
  'no kid': () => new SignJWT(good()).setProtectedHeader({ alg: 'ES256', typ: 'at+jwt' }).sign(ours.privateKey),
  // under our kid: what stands in the header must not count, even where the rest is as it should be
  'a key of its own': () => sign(good(), { jwk: foreign.publicKey.export({ format: 'jwk' }) }, foreign.privateKey),
  'a jku': () => sign(good(), { jku: 'https://evil.example/jwks.json' }, foreign.privateKey),
  'an x5u': () => sign(good(), { x5u: 'https://evil.example/chain.pem' }, foreign.privateKey),
  // by our own key: it is refused for nothing but what it says
  'crit it made up': () => signedByUs(encode({ ...header, crit: ['admin'], admin: true }), encode(good())),
  'a payload that is no object': () => signedByUs(encode(header), encode([good()])),
  'an expiry that is a text': () => signedByUs(encode(header), encode({ ...good(), exp: String(now() + 600) })),
  'two subjects, the last one nobody': () => twice('"sub":"ann"', '"sub":"anonymous"'),
  'two times of expiry, the last one over': () => twice(`"exp":${now() + 600}`, `"exp":${now() - 600}`),
  'two types in its header, the last one another': () =>
    signedByUs(base64url('{"alg":"ES256","typ":"at+jwt","kid":"k1","typ":"rt+jwt"}'), encode(good())),
  'two algorithms in its header': () =>
    signedByUs(base64url('{"alg":"ES256","typ":"at+jwt","kid":"k1","alg":"none"}'), encode(good())),
  'a refresh token': () => sign(good(), { typ: 'rt+jwt' }),
  'a token that waits for its second factor': () => sign(good(), { typ: 'mfa+jwt' }),
  'the plain type JWT': () => sign(good(), { typ: 'JWT' }),
  'another issuer': () => sign({ ...good(), iss: 'https://evil.example' }),
  'another audience': () => sign({ ...good(), aud: 'another-shop' }),
  'no audience': () => sign(without('aud')),
  'no subject': () => sign(without('sub')),
  'no session': () => sign(without('sid')),
  'no expiry': () => sign(without('exp')),
  'no time of issue': () => sign(without('iat')),
  'the subject anonymous': () => sign({ ...good(), sub: 'anonymous' }),
  'expired 6 seconds ago': () => sign({ ...good(), exp: now() - 6 }),
  'valid in 10 seconds': () => sign({ ...good(), nbf: now() + 10 }),
  'issued tomorrow': () => sign({ ...good(), iat: now() + 86_400, exp: now() + 90_000 }),
  'issued last year, valid for ever': () => sign({ ...good(), iat: now() - 31_536_000, exp: now() + 31_536_000 }),
  'its signature cut off': async () => `${(await sign(good())).split('.').slice(0, 2).join('.')}.`,
  'only two parts': async () => (await sign(good())).split('.').slice(0, 2).join('.'),
  'another payload': async () => {
    const [head, , signature] = (await sign(good())).split('.')
    return `${head}.${encode({ ...good(), sub: 'root' })}.${signature}`
  },
  garbage: () => 'garbage',
  nothing: () => ' ',
  'a megabyte': () => 'a'.repeat(1_000_000),
  'a service token for another service': () =>
    sign({ iss: kind.issuer, aud: 'payments', sub: 'cart', iat: now(), exp: now() + 60 }, { typ: 'service+jwt' }),
  'a service token for another service of the same process': () =>
    sign({ iss: kind.issuer, aud: 'cart', sub: 'cart', iat: now(), exp: now() + 60 }, { typ: 'service+jwt' }),
}

describe('S5: refused with 401, whatever the reason, without saying which', () => {
  test.each(Object.entries(attacks))('%s', async (_name, make) => {
    const answer = await me(await make())
    expect(answer.statusCode).toBe(401)
    expect(answer.headers['www-authenticate']).toBe('Bearer error="invalid_token"')
    expect(answer.json()).toMatchObject({ code: 'http/invalid-token', detail: 'The access token is not valid or has expired.' })
  })

  test('other schemes', async () => {
    for (const authorization of ['Basic YTpi', 'Bearer', 'Token abc'])
      expect((await app.inject({ url: '/api/me', headers: { authorization } })).statusCode).toBe(401)
  })
})

test('keys are only ever looked up by names that look like names', () => {
  expect(asked.filter((kid) => !/^[\w.-]{1,128}$/.test(kid))).toEqual([])
})

test('clocks may differ by five seconds', async () => {
  expect((await me(await sign({ ...good(), exp: now() - 3 }))).statusCode).toBe(200)
  expect((await me(await sign({ ...good(), nbf: now() + 3, iat: now() + 3 }))).statusCode).toBe(200)
})

test('a remembered token stops working the moment its session ends', async () => {
  const token = await sign({ ...good(), sid: 's2' })
  expect([(await me(token)).statusCode, (await me(token)).statusCode]).toEqual([200, 200])
  revoked.add('s2')
  expect((await me(token)).statusCode).toBe(401)
})

test('a remembered token is not verified again, and a forgotten one is', async () => {
  const token = await sign({ ...good(), jti: 'once' })
  const before = asked.length
  await me(token)
  await me(token)
  expect(asked.length).toBe(before + 1)
  verifier.clear()
  await me(token)
  expect(asked.length).toBe(before + 2)
})

test('our own services get in with a token for them, and carry the user along', async () => {
  const call = (claims: JWTPayload) =>
    sign({ iss: kind.issuer, aud: 'orders', sub: 'cart', iat: now(), exp: now() + 60, ...claims }, { typ: 'service+jwt' })
  expect((await me(await call({}), '/internal/stock')).json()).toEqual({ for: 'cart' })
  expect((await me(await call({ obo: { sub: 'ann', sid: 's1' } }), '/internal/stock')).json()).toEqual({ for: 'ann' })
  expect((await me(await call({ obo: { sub: 7 } }), '/internal/stock')).statusCode).toBe(401)
  expect((await me(await call({ obo: { key: 'k1', permissions: ['things:read'] } }), '/internal/stock')).json()).toEqual({
    for: 'k1',
  })
  expect((await me(await call({ obo: { key: 7, permissions: ['*'] } }), '/internal/stock')).statusCode).toBe(401)
  expect((await me(await sign(good()), '/internal/stock')).statusCode).toBe(404)
})

test('when the keys cannot be had the door stays shut', async () => {
  const broken = testApp([get('/api/me', { access: signedIn, summary: 'Me' }, async () => undefined)], {
    edge: { tokens: { user: { ...kind, keys: () => Promise.reject(new Error('no answer')) } } },
  })
  const answer = await broken.inject({ url: '/api/me', headers: { authorization: `Bearer ${await sign(good())}` } })
  expect(answer.statusCode).toBe(500)
})
