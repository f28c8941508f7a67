import { type AddressInfo, connect } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { buildApp } from './app.ts'
import { closeAll, opened, routes } from './edge.fixture.ts'
import { anyone, get } from './route.ts'
import { rememberingLogger } from './testing.ts'
import { eventually } from '#kit/testing/eventually.ts'

afterEach(closeAll)

/** Sends text over a connection of its own; everything that comes back before it is closed. */
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

test('while the shop closes, a request at work is waited for longer than one that only half arrived', async () => {
  let finish: (() => void) | undefined
  const slow = get(
    '/api/slow',
    { access: anyone, summary: 'Slow' },
    () => new Promise<unknown>((resolve) => (finish = () => resolve(undefined))),
  )
  const app = buildApp({
    log: rememberingLogger(),
    services: [{ name: 'things', routes: [slow] }],
    limits: { headersTimeoutMs: 50, requestTimeoutMs: 100 },
  })
  await app.listen({ port: 0, host: '127.0.0.1' })
  const halves = [raw(app, ''), raw(app, 'GET /api/slow HTTP/1.1\r\nhost: x\r\nx-a: ')]
  const answer = raw(app, 'GET /api/slow HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n')
  const go = await eventually(() => finish ?? Promise.reject(new Error('not there yet')))
  const closing = app.close()
  await Promise.all(halves)
  go()
  await closing
  expect(await answer).toContain('HTTP/1.1 204')
})

test('who is still waiting when the time for closing is over is told so, and does not keep the shop open', async () => {
  const never = get(
    '/api/never',
    { access: anyone, summary: 'Never' },
    () => new Promise<unknown>((resolve) => waiting.push(resolve)),
  )
  const waiting: unknown[] = []
  const app = buildApp({ log: rememberingLogger(), services: [{ name: 'things', routes: [never] }], limits: { graceMs: 100 } })
  await app.listen({ port: 0, host: '127.0.0.1' })
  const answer = raw(app, 'GET /api/never HTTP/1.1\r\nhost: x\r\n\r\n')
  await eventually(() => expect(waiting).toHaveLength(1))
  await app.close()
  expect(await answer).toMatch(/^HTTP\/1\.1 503 (?:.|\r\n)*retry-after: \d(?:.|\r\n)*"code":"http\/unavailable"/)
})

test('who has asked twice and is answered nothing does not keep the shop open either', async () => {
  const waiting: unknown[] = []
  const never = get(
    '/api/never',
    { access: anyone, summary: 'Never' },
    () => new Promise<unknown>((resolve) => waiting.push(resolve)),
  )
  const app = buildApp({ log: rememberingLogger(), services: [{ name: 'things', routes: [never] }], limits: { graceMs: 100 } })
  await app.listen({ port: 0, host: '127.0.0.1' })
  const answer = raw(app, 'GET /api/never HTTP/1.1\r\nhost: x\r\n\r\n'.repeat(2))
  await eventually(() => expect(waiting).toHaveLength(2))
  await app.close()
  // one of the two answers cannot be told from the other
  expect(await answer).toBe('')
})

test('who dawdles with a body is waited for as long as a request may take, not as long as the stop', async () => {
  const limits = { requestTimeoutMs: 200, connectionsCheckingIntervalMs: 60_000, graceMs: 60_000 }
  const app = buildApp({ log: rememberingLogger(), services: [{ name: 'things', routes }], limits })
  await app.listen({ port: 0, host: '127.0.0.1' })
  let asked = 0
  app.server.prependListener('request', () => (asked += 1))
  const half = raw(
    app,
    'POST /api/login HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"email":',
  )
  await eventually(() => expect(asked).toBe(1))
  await app.close()
  expect(await half).toBe('')
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
