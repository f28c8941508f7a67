import { connect, type Socket } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { client, expectStatus } from '../e2e/client.ts'
import { openShop, type Shop } from '../e2e/shop.ts'
import { address, sell } from '../e2e/stock-the-shop.ts'
import { administrator, newCustomer, type Person } from './people.ts'

/** Requests a client has, in the shops of this file. */
const BUDGET = 40
const FRONT = 'https://shop.example'

let direct: Shop
let behind: Shop
let admin: Person

beforeAll(async () => {
  const common = { RATE_LIMIT_PER_MINUTE: String(BUDGET), CORS_ORIGINS: FRONT }
  ;[direct, behind] = await Promise.all([
    openShop(common),
    openShop({ ...common, TRUST_PROXY: 'loopback', RATE_LIMIT_PER_MINUTE: '400' }),
  ])
  // people of the second shop have addresses of their own, so what they do here does not eat anybody's budget
  admin = await administrator(behind)
}, 120_000)
afterAll(async () => {
  await Promise.all([direct?.remove(), behind?.remove()])
})

const remaining = (answer: { headers: Headers }) => Number(answer.headers.get('ratelimit-remaining'))

/** Bytes as they are, on a connection of their own; what came back until the other side closed or `until` was there. */
function send(
  shop: Shop,
  bytes: string | Buffer,
  until = /\r\n\r\n/,
  patience = 12_000,
): Promise<{ text: string; socket: Socket }> {
  const { hostname, port } = new URL(shop.url)
  const socket = connect({ host: hostname === 'localhost' ? '127.0.0.1' : hostname, port: Number(port) })
  let text = ''
  return new Promise((resolve) => {
    const end = () => resolve({ text, socket })
    socket.setTimeout(patience, () => socket.destroy())
    socket.on('connect', () => socket.write(bytes))
    socket.on('data', (part) => {
      text += part.toString('latin1')
      if (until.test(text)) end()
    })
    socket.on('error', end)
    socket.on('close', end)
  })
}
const statusOf = (text: string) => Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1] ?? 0)
async function statusFor(shop: Shop, bytes: string | Buffer): Promise<number> {
  const { text, socket } = await send(shop, bytes)
  socket.destroy()
  return statusOf(text)
}

describe('S9: whose request it is', () => {
  it('nobody chooses: no header and no way to write the address makes a new client', async () => {
    const anybody = client(direct.url)
    const disguises: [path: string, headers: Record<string, string>][] = [
      ['/api/products', {}],
      ...[
        '198.51.100.1',
        '198.51.100.2, 203.0.113.9',
        '2001:db8::1',
        '::ffff:198.51.100.3',
        '198.51.100.4:8080',
        'unknown',
        '',
      ].map((value): [string, Record<string, string>] => ['/api/products', { 'x-forwarded-for': value }]),
      ['/api/products', { forwarded: 'for=198.51.100.7;proto=https' }],
      ['/api/products', { 'x-real-ip': '198.51.100.8' }],
      ['/api/products', { 'true-client-ip': '198.51.100.8', 'cf-connecting-ip': '198.51.100.9', 'x-client-ip': '198.51.100.10' }],
      ['/api/products', { 'x-souk-client': '198.51.100.11' }],
      ['/api//products', {}],
      ['/API/products', {}],
      ['/api/./products', {}],
      ['/api/%70roducts', {}],
      ['/api/v1/products', {}],
      ['/api/products?limit=2', {}],
    ]
    const left: number[] = []
    for (const [path, headers] of disguises) left.push(remaining(await anybody.get(path, headers)))
    expect(left).toEqual(disguises.map((_, index) => left[0]! - index))
    let last = 200
    for (let n = 0; n <= BUDGET && last !== 429; n += 1)
      last = (await anybody.get('/api/products', { 'x-forwarded-for': `198.51.100.${n}` })).status
    expect(last).toBe(429)
  })

  it('behind a proxy that is named, the address the proxy saw counts, and nothing that was claimed before', async () => {
    const from = async (forwarded: string) =>
      remaining(await client(behind.url).get('/api/products', { 'x-forwarded-for': forwarded }))
    const first = await from('198.51.100.1')
    expect([await from('198.51.100.2'), await from('2001:db8:1::1'), await from('2001:db8:2::1')]).toEqual([first, first, first])
    expect(await from('203.0.113.5, 198.51.100.1')).toBe(first - 1)
    expect(await from('10.0.0.1, 198.51.100.1')).toBe(first - 2)
    expect(await from('::ffff:198.51.100.1')).toBe(first - 3)
    expect(await from('2001:db8:1:0:ffff::77')).toBe(first - 1)
  })
})

describe('S25: what every answer carries', () => {
  it('security headers, on pages, files, answers and refusals; what is private is kept by nobody', async () => {
    const visitor = client(behind.url, { 'x-forwarded-for': '198.51.100.50' })
    const ann = await newCustomer(behind)
    const answers = await Promise.all([
      ...[
        '/api/products',
        '/api/nothing',
        '/api/users/me',
        '/swagger-ui.html',
        '/v3/api-docs',
        '/docs/errors',
        '/api/products?limit=x',
        '/',
      ].map(async (path) => [path, await visitor.get(path)] as const),
      ...['/api/users/me', '/api/orders', '/api/cart', '/api/payments/methods', '/api/auth/sessions'].map(
        async (path) => [`own ${path}`, await ann.client.get(path)] as const,
      ),
    ])
    const wrong = answers.flatMap(([path, { headers }]) =>
      [
        headers.get('x-content-type-options') !== 'nosniff' && 'nosniff',
        !/frame-ancestors 'none'/.test(headers.get('content-security-policy') ?? '') && 'frame-ancestors',
        /script-src[^;]*'unsafe-(inline|eval)'/.test(headers.get('content-security-policy') ?? '') && 'unsafe scripts',
        !headers.get('referrer-policy') && 'referrer-policy',
        !headers.get('permissions-policy') && 'permissions-policy',
        headers.get('cross-origin-opener-policy') !== 'same-origin' && 'cross-origin-opener-policy',
        (headers.has('server') || headers.has('x-powered-by')) && 'says what it runs on',
        headers.has('set-cookie') && 'sets a cookie',
        path.startsWith('own') &&
          !/no-store|private/.test(headers.get('cache-control') ?? '') &&
          `may be kept: ${headers.get('cache-control')}`,
      ]
        .filter(Boolean)
        .map((what) => `${path}: ${String(what)}`),
    )
    expect(wrong).toEqual([])
  })
})

describe('S26: pages of others', () => {
  it('read nothing and send nothing in somebody’s name', async () => {
    const ask = (origin: string, path = '/api/products') =>
      client(behind.url, { 'x-forwarded-for': '198.51.100.60', origin }).get(path)
    expect((await ask(FRONT)).headers.get('access-control-allow-origin')).toBe(FRONT)
    for (const origin of [
      'https://evil.example',
      'null',
      `${FRONT}.evil.example`,
      'https://evilshop.example',
      'http://shop.example',
      `${FRONT}:8443`,
      'https://shop.example@evil.example',
    ]) {
      const plain = await ask(origin)
      const preflight = await fetch(`${behind.url}/api/auth/refresh`, {
        method: 'OPTIONS',
        headers: {
          origin,
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'content-type',
          'x-forwarded-for': '198.51.100.60',
        },
      })
      expect([
        origin,
        plain.headers.get('access-control-allow-origin'),
        preflight.headers.get('access-control-allow-origin'),
      ]).toEqual([origin, null, null])
    }
  })

  it('cannot use a form: what a page may send without asking is not understood', async () => {
    const { email, password } = behind.administrator
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']) {
      const answer = await fetch(`${behind.url}/api/auth/login`, {
        method: 'POST',
        headers: { 'content-type': type, origin: 'https://evil.example', 'x-forwarded-for': '198.51.100.61' },
        body: JSON.stringify({ email, password }),
      })
      expect([type, answer.status]).toEqual([type, 415])
    }
  })
})

describe('S20: bodies and connections', () => {
  const post = (body: string | Buffer, headers = 'content-type: application/json') =>
    Buffer.concat([
      Buffer.from(
        `POST /api/orders/quote HTTP/1.1\r\nhost: x\r\nx-forwarded-for: 198.51.100.70\r\n${headers}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n`,
      ),
      Buffer.from(body),
    ])

  it('that are too large, too deep or packed are refused, and cost nothing', async () => {
    const before = performance.now()
    const chunked =
      'POST /api/orders/quote HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n'
    const cases: [string, number, string | Buffer][] = [
      ['64 KiB and one byte', 413, post(`{"x":"${'a'.repeat(65_536)}"}`)],
      ['10,000 levels', 400, post('['.repeat(10_000) + ']'.repeat(10_000))],
      ['10,000 keys', 400, post(`{${Array.from({ length: 5000 }, (_, n) => `"k${n}":1`).join()}}`)],
      ['100,000 keys', 413, post(`{${Array.from({ length: 100_000 }, (_, n) => `"k${n}":1`).join()}}`)],
      ['chunks without end', 413, `${chunked}${`1000\r\n${'a'.repeat(4096)}\r\n`.repeat(20)}`],
      [
        '50 MB packed into 50 KB',
        415,
        post(gzipSync(Buffer.alloc(50_000_000)), 'content-type: application/json\r\ncontent-encoding: gzip'),
      ],
      [
        '50 MB packed twice, of a type that is not looked at',
        415,
        post(gzipSync(gzipSync(Buffer.alloc(50_000_000))), 'content-type: application/gzip'),
      ],
      ['gzip', 415, post(gzipSync('a'.repeat(60_000)), 'content-type: application/json\r\ncontent-encoding: gzip')],
      ['no content type', 415, post('{}', 'accept: */*')],
      // understood, so the rules of the body hold: a field that is none is refused
      ...[
        'application/json;',
        'application/json;charset=utf-8',
        'APPLICATION/JSON',
        'application/json\t',
        'application/json ; x=y',
        'application/json;;',
      ].map((type): [string, number, Buffer] => [
        `looked at: ${JSON.stringify(type)}`,
        400,
        post('{"x":1}', `content-type: ${type}`),
      ]),
      ...[
        'application/jsonx',
        'xapplication/json',
        'application/vnd.souk+json',
        'application/json+xml',
        'text/json',
        'application/x-json',
        'application//json',
        '*/*',
        'application',
        ';',
      ].map((type): [string, number, Buffer] => [`not looked at: ${type}`, 415, post('{}', `content-type: ${type}`)]),
      ['a tab in the type', 415, post('{}', 'content-type: \tapplication/xml')],
      ['another JSON', 415, post('{}', 'content-type: application/vnd.api+json')],
      ['two lengths', 400, 'POST /api/orders/quote HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{}'],
      [
        'length and chunks',
        400,
        'POST /api/orders/quote HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
      ],
      ['a line folded into a header', 400, 'GET /api/products HTTP/1.1\r\nhost: x\r\nx-a: b\r\n c\r\n\r\n'],
      ['20 KB of headers', 431, `GET /api/products HTTP/1.1\r\nhost: x\r\nx-a: ${'a'.repeat(20_000)}\r\n\r\n`],
      ['no HTTP', 400, 'HELLO\r\n\r\n'],
    ]
    const answers = await Promise.all(cases.map(async ([name, , bytes]) => [name, await statusFor(behind, bytes)]))
    expect(answers).toEqual(cases.map(([name, status]) => [name, status]))
    expect(performance.now() - before).toBeLessThan(10_000)
  })

  it('that dawdle are closed, and hundreds of idle ones keep nobody from buying', async () => {
    const idle = await Promise.all(
      Array.from({ length: 400 }, async () => {
        const { hostname, port } = new URL(behind.url)
        const socket = connect({ host: hostname === 'localhost' ? '127.0.0.1' : hostname, port: Number(port) })
        socket.on('error', () => undefined)
        await new Promise((resolve) => socket.once('connect', resolve))
        return socket
      }),
    )
    const slow = [
      send(behind, 'GET /api/products HTTP/1.1\r\nhost: x\r\nx-a: ', /\r\n\r\n/, 30_000),
      send(
        behind,
        'POST /api/orders/quote HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{"items":',
        /\r\n\r\n/,
        30_000,
      ),
      send(
        behind,
        'POST /api/orders/quote HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{"ite\r\n',
        /\r\n\r\n/,
        30_000,
      ),
    ]
    const { sku } = await sell(admin.client, 'idle-mug')
    const body = {
      items: [{ sku, quantity: 1 }],
      email: 'i@example.com',
      shippingAddress: address,
      paymentMethodId: 'tok_approve',
    }
    expectStatus(await client(behind.url, { 'x-forwarded-for': '198.51.100.71' }).post('/api/orders', body), 201)
    const ends = await Promise.all(slow)
    // 503: the time for its handler was over first
    expect(ends.map(({ text }) => statusOf(text)).filter((status) => status !== 408 && status !== 503)).toEqual([])
    for (const socket of [...idle, ...ends.map((one) => one.socket)]) socket.destroy()
  }, 60_000)
})
