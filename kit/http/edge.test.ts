import type { InjectOptions } from 'fastify'
import { afterEach, expect, test } from 'vitest'
import { closeAll, opened, routes } from './edge.fixture.ts'
import type { EdgeOptions } from './edge.ts'
import { createVouching, createVouchReader, VOUCHED_CLIENT } from './forward/vouch.ts'
import { rememberingLogger, testApp } from './testing.ts'
import { eventually } from '#kit/testing/eventually.ts'

afterEach(closeAll)

const shop = (edge: EdgeOptions = {}, log = rememberingLogger()) => {
  const app = testApp(routes, { log, edge: { rateLimit: { max: 3 }, ...edge } })
  opened.push(app)
  const call = (options: InjectOptions | string) => app.inject(options)
  const from = async (remoteAddress: string, headers: Record<string, string> = {}) =>
    (await app.inject({ url: '/api/things', remoteAddress, headers })).statusCode
  return { app, call, from }
}

test('the budget is counted down in headers and then refused with the time to wait', async () => {
  const { call } = shop()
  const answers = [await call('/api/things'), await call('/api/things'), await call('/api/nothing'), await call('/api/things')]
  expect(answers.map((answer) => [answer.statusCode, answer.headers['ratelimit-remaining']])).toEqual([
    [204, '2'],
    [204, '1'],
    [404, '0'],
    [429, '0'],
  ])
  expect(answers[3]?.headers).toMatchObject({ 'ratelimit-limit': '3', 'retry-after': '60', 'ratelimit-reset': '60' })
  expect(answers[3]?.json().code).toBe('http/rate-limited')
})

test('users have budgets of their own, also behind one address', async () => {
  const { from } = shop()
  const codes = async (who: string) => {
    const list: number[] = []
    for (let n = 0; n < 4; n += 1) list.push(await from('192.0.2.1', { 'x-test-principal': who }))
    return list
  }
  expect(await codes('ann')).toEqual([204, 204, 204, 429])
  expect(await codes('bob')).toEqual([204, 204, 204, 429])
  expect(await codes('service orders')).toEqual([204, 204, 204, 204])
})

test.each([
  [
    'a forwarded address nobody vouches for',
    (n: number) => [
      '192.0.2.1',
      { 'x-forwarded-for': `198.51.100.${n}`, 'x-real-ip': `198.51.100.${n}`, forwarded: `for=198.51.100.${n}` },
    ],
  ],
  ['one household of IPv6 addresses', (n: number) => [`2001:db8:1:2::${n}`, {}]],
  ['an IPv4 address dressed as IPv6', (n: number) => [n % 2 ? '::ffff:192.0.2.1' : '192.0.2.1', {}]],
])('S9: %s does not make new clients', async (_what, client) => {
  const { from } = shop()
  const codes: number[] = []
  for (let n = 1; n <= 4; n += 1) codes.push(await from(...(client(n) as [string, Record<string, string>])))
  expect(codes).toEqual([204, 204, 204, 429])
})

test('S9: behind a trusted proxy clients are told apart by the address the proxy saw, whatever they claim before it', async () => {
  const { call, from } = shop({ trustedProxies: ['10.0.0.0/8'] })
  for (let n = 1; n <= 4; n += 1) expect(await from('10.1.2.3', { 'x-forwarded-for': `198.51.100.${n}` })).toBe(204)
  const codes: number[] = []
  for (let n = 1; n <= 4; n += 1) codes.push(await from('10.1.2.3', { 'x-forwarded-for': `203.0.113.${n}, 198.51.100.77` }))
  expect(codes).toEqual([204, 204, 204, 429])
  expect(
    (await call({ url: '/api/where', remoteAddress: '10.1.2.3', headers: { 'x-forwarded-for': '198.51.100.9' } })).json(),
  ).toEqual({ ip: '198.51.100.9' })
})

test.each([['true'], ['1'], ['*'], ['example.org']])('"%s" is no proxy to trust: the boot stops', (proxy) => {
  expect(() => shop({ trustedProxies: [proxy] })).toThrow('neither an address nor a CIDR range')
})

test('refused tokens are counted, so guessing has an end', async () => {
  const { call } = shop({ tokens: { user: { issuer: 'i', audience: 'a', keys: () => undefined } } })
  const codes: number[] = []
  for (let n = 0; n < 4; n += 1)
    codes.push((await call({ url: '/api/mine', headers: { authorization: `Bearer guess${n}` } })).statusCode)
  expect(codes).toEqual([401, 401, 401, 429])
})

test('a route may be stricter than the shop', async () => {
  const { call } = shop()
  const login = () => call({ method: 'POST', url: '/api/login', payload: { email: 'a' } })
  expect([(await login()).statusCode, (await login()).statusCode, (await login()).statusCode]).toEqual([204, 204, 429])
  expect((await call('/api/things')).statusCode).toBe(204)
})

test('limits can be off', async () => {
  const { call } = shop({ rateLimit: false })
  const answer = await call('/api/things')
  expect(answer.headers['ratelimit-limit']).toBeUndefined()
})

test('S26: only listed origins may call from a browser', async () => {
  const { call } = shop({ corsOrigins: ['https://shop.example'], rateLimit: false })
  const preflight = (origin: string) =>
    call({
      method: 'OPTIONS',
      url: '/api/things',
      headers: { origin, 'access-control-request-method': 'GET', 'access-control-request-headers': 'authorization' },
    })
  const allowed = await preflight('https://shop.example')
  expect([
    allowed.statusCode,
    allowed.headers['access-control-allow-origin'],
    allowed.headers['access-control-allow-credentials'],
  ]).toEqual([204, 'https://shop.example', 'true'])
  expect((await call({ url: '/api/things', headers: { origin: 'https://shop.example' } })).headers).toMatchObject({
    'access-control-allow-origin': 'https://shop.example',
    vary: expect.stringContaining('Origin'),
  })
  for (const origin of [
    'https://evil.example',
    'null',
    'https://shop.example.evil.example',
    'https://evilshop.example',
    'http://shop.example',
    'https://shop.example:8443',
  ]) {
    expect((await preflight(origin)).headers['access-control-allow-origin'], origin).toBeUndefined()
    expect(
      (await call({ url: '/api/things', headers: { origin } })).headers['access-control-allow-origin'],
      origin,
    ).toBeUndefined()
  }
})

test.each(['*', 'null', 'https://shop.example/path', 'shop.example'])('the origin %s stops the boot', (origin) => {
  expect(() => shop({ corsOrigins: [origin] })).toThrow()
})

test('S25: every answer carries the security headers, also refusals', async () => {
  const { call } = shop({ hsts: true, rateLimit: false })
  for (const url of ['/api/things', '/api/mine', '/api/nothing', '/api/things/%zz', '/swagger-ui.html']) {
    const { headers } = await call(url)
    expect(headers, url).toMatchObject({
      'x-content-type-options': 'nosniff',
      'strict-transport-security': expect.stringContaining('max-age=31536000'),
      'content-security-policy': expect.stringContaining("frame-ancestors 'none'"),
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'x-correlation-id': expect.any(String),
    })
    expect(headers['content-security-policy']).not.toContain("script-src 'unsafe-inline'")
    expect(headers['x-powered-by'] ?? headers['server']).toBeUndefined()
  }
})

test('under pressure a request is turned away before anything is done for it', async () => {
  const { call } = shop({ shed: (facts) => (facts.path === '/api/things' ? 7 : undefined) })
  const answer = await call('/api/things')
  expect([answer.statusCode, answer.headers['retry-after'], answer.json().code]).toEqual([503, '7', 'http/overloaded'])
  expect((await call('/api/where')).statusCode).toBe(200)
})

test('the access log has the route, the status and ids, and nothing about the person', async () => {
  const log = rememberingLogger()
  const { call } = shop({}, log)
  await call({
    url: '/api/where?locale=de',
    headers: { 'x-test-principal': 'ann', 'user-agent': 'Mozilla', cookie: 'session=abc' },
    remoteAddress: '198.51.100.7',
  })
  expect(log.lines).toEqual([
    {
      level: 'info',
      message: 'request',
      fields: {
        traceId: expect.any(String),
        service: 'things',
        method: 'GET',
        route: '/api/where',
        status: 200,
        ms: expect.any(Number),
        user: 'ann',
      },
    },
  ])
  expect(JSON.stringify(log.lines)).not.toMatch(/198\.51|Mozilla|abc|locale/)
})

test('addresses that do not exist are one line in the log, without the address', async () => {
  const log = rememberingLogger()
  const { call } = shop({}, log)
  await call('/api/ann@example.org')
  await eventually(() =>
    expect(log.lines).toMatchObject([{ message: 'request', fields: { method: 'GET', route: 'none', status: 404 } }]),
  )
  expect(JSON.stringify(log.lines)).not.toContain('ann@')
})

test('a request that our gateway passes on is its client’s, and counted there', async () => {
  const secret = Buffer.alloc(32, 3)
  const { app } = shop({ vouchedClient: createVouchReader(secret) })
  const vouched = { [VOUCHED_CLIENT]: createVouching(secret)('203.0.113.7') }
  for (let n = 0; n < 5; n += 1) {
    const answer = await app.inject({ url: '/api/where', headers: vouched })
    expect(answer.json()).toEqual({ ip: '203.0.113.7' })
    expect(answer.headers).not.toHaveProperty('ratelimit-remaining')
  }
})

test('a client that says it was passed on by our gateway stays who it is', async () => {
  const { app } = shop({ vouchedClient: createVouchReader(Buffer.alloc(32, 3)) })
  const forged = (n: number) => ({
    [VOUCHED_CLIENT]: createVouching(Buffer.alloc(32, 4))(`203.0.113.${n}`),
    'x-forwarded-for': `203.0.113.${n}`,
  })
  const answers: number[] = []
  for (let n = 0; n < 4; n += 1)
    answers.push((await app.inject({ url: '/api/where', remoteAddress: '192.0.2.1', headers: forged(n) })).statusCode)
  expect(answers).toEqual([200, 200, 200, 429])
})
