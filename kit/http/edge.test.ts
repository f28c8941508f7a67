import { connect } from 'node:net'
import type { AddressInfo } from 'node:net'
import type { InjectOptions } from 'fastify'
import Type from 'typebox'
import { afterEach, expect, test } from 'vitest'
import { buildApp } from './app.ts'
import type { EdgeOptions } from './edge.ts'
import { anyone, get, post, signedIn } from './route.ts'
import { createVouching, createVouchReader, VOUCHED_CLIENT } from './forward/vouch.ts'
import { rememberingLogger, testApp } from './testing.ts'
import { closed } from '#kit/messaging/event.ts'
import { eventually } from '#kit/testing/eventually.ts'

const routes = [
  get('/api/things', { access: anyone, summary: 'Things' }, async () => undefined),
  get('/api/mine', { access: signedIn, summary: 'Mine' }, async () => undefined),
  get('/api/where', { access: anyone, summary: 'Where', response: closed({ ip: Type.String() }) }, async ({ ip }) => ({ ip })),
  post(
    '/api/login',
    { access: anyone, summary: 'Login', rateLimit: { max: 2, windowSeconds: 60 }, body: closed({ email: Type.String() }) },
    async () => undefined,
  ),
]
const opened: { close(): Promise<unknown> }[] = []
afterEach(async () => {
  for (const app of opened.splice(0)) await app.close()
})

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

test('while the shop closes, a request at work is finished and answered', async () => {
  let finish: (() => void) | undefined
  const slow = get(
    '/api/slow',
    { access: anyone, summary: 'Slow' },
    () => new Promise<unknown>((resolve) => (finish = () => resolve(undefined))),
  )
  const app = buildApp({ log: rememberingLogger(), services: [{ name: 'things', routes: [slow] }] })
  await app.listen({ port: 0, host: '127.0.0.1' })
  const answer = raw(app, 'GET /api/slow HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n')
  const go = await eventually(() => finish ?? Promise.reject(new Error('not there yet')))
  const closing = app.close()
  go()
  await closing
  expect(await answer).toContain('HTTP/1.1 204')
})

test('connections that say nothing, or half of something, do not keep the shop from closing', async () => {
  const app = buildApp({ log: rememberingLogger(), services: [{ name: 'things', routes }], limits: { requestTimeoutMs: 300 } })
  await app.listen({ port: 0, host: '127.0.0.1' })
  const ends = [raw(app, ''), raw(app, 'GET /api/things HTTP/1.1\r\nhost: x\r\nx-a: ')]
  await eventually(async () =>
    expect(await new Promise((resolve) => app.server.getConnections((_, count) => resolve(count)))).toBe(2),
  )
  await app.close()
  expect(await Promise.all(ends)).toHaveLength(2)
})

const raw = async (app: ReturnType<typeof buildApp>, text: string): Promise<string> => {
  const { port } = app.server.address() as AddressInfo
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(text))
    let got = ''
    socket.on('data', (chunk) => (got += chunk.toString()))
    socket.on('close', () => resolve(got))
    socket.on('error', reject)
  })
}

test('connections that dawdle with headers or body are closed, and so is what is no HTTP', async () => {
  const app = buildApp({
    log: rememberingLogger(),
    services: [{ name: 'things', routes }],
    limits: { headersTimeoutMs: 100, requestTimeoutMs: 200, connectionsCheckingIntervalMs: 50 },
  })
  opened.push(app)
  await app.listen({ port: 0, host: '127.0.0.1' })
  // opened in advance by a browser: a word would be taken for the answer to its next request
  const silent = raw(app, '')
  const answers = await Promise.all([
    raw(app, 'GET /api/things HTTP/1.1\r\nhost: x\r\n'),
    raw(app, 'POST /api/login HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"email":'),
    raw(app, `GET /api/things HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${'a'.repeat(20_000)}\r\n\r\n`),
    raw(app, 'HELLO\r\n\r\n'),
  ])
  const status = answers.map((answer) => Number(answer.split(' ')[1]))
  expect(status).toEqual([408, 408, 431, 400])
  expect(await silent).toBe('')
  for (const answer of answers)
    expect(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4))).toMatchObject({
      code: expect.stringMatching(/^http\//),
      traceId: expect.any(String),
    })
})

test('S20: bodies and headers that are meant to hurt are refused at the door, and the shop goes on', async () => {
  const app = buildApp({ log: rememberingLogger(), services: [{ name: 'things', routes }] })
  opened.push(app)
  await app.listen({ port: 0, host: '127.0.0.1' })
  const post = (headers: string, body: string) =>
    raw(
      app,
      `POST /api/login HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\n${headers}\r\n\r\n${body}`,
    )
  const chunk = `${(8192).toString(16)}\r\n${' '.repeat(8192)}\r\n`
  const sized = (body: string) => post(`content-length: ${body.length}`, body)
  const attacks: Record<string, [number, () => Promise<string>]> = {
    'a body said to be huge is not waited for': [413, () => post('content-length: 1000000000', '{')],
    'a body that never says how long it is': [413, () => post('transfer-encoding: chunked', chunk.repeat(9))],
    'brackets as deep as the limit allows': [400, () => sized('['.repeat(32_000))],
    'deep and well formed': [400, () => sized('['.repeat(32_000) + ']'.repeat(32_000))],
    'objects in objects': [400, () => sized(`${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`)],
    'a compressed body, however small': [415, () => post('content-encoding: gzip\r\ncontent-length: 3', '\x1f\x8b\x08')],
    'more headers than a browser ever sends': [431, () => post('x-a: b\r\n'.repeat(3000) + 'content-length: 2', '{}')],
  }
  for (const [name, [status, attack]] of Object.entries(attacks)) {
    const begun = performance.now()
    expect((await attack()).split(' ')[1], name).toBe(String(status))
    expect(performance.now() - begun, name).toBeLessThan(4_000)
  }
  expect(await raw(app, 'GET /api/things HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n')).toContain('HTTP/1.1 204')
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
