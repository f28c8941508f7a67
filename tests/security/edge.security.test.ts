import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { client } from '../e2e/client.ts'
import { openShop, type Shop } from '../e2e/shop.ts'
import { newCustomer } from './people.ts'

/** Requests a client has, in the shops of this file. */
const BUDGET = 40
const FRONT = 'https://shop.example'

let direct: Shop
let behind: Shop

beforeAll(async () => {
  const common = { RATE_LIMIT_PER_MINUTE: String(BUDGET), CORS_ORIGINS: FRONT }
  ;[direct, behind] = await Promise.all([
    openShop(common),
    openShop({ ...common, TRUST_PROXY: 'loopback', RATE_LIMIT_PER_MINUTE: '400' }),
  ])
}, 120_000)
afterAll(async () => {
  await Promise.all([direct?.remove(), behind?.remove()])
})

const remaining = (answer: { headers: Headers }) => Number(answer.headers.get('ratelimit-remaining'))

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
