import { request as httpRequest } from 'node:http'
import type { AddressInfo } from 'node:net'
import fc from 'fast-check'
import type { FastifyInstance } from 'fastify'
import { afterAll, describe, expect, it } from 'vitest'
import Type from 'typebox'
import { buildApp } from './app.ts'
import { errors } from './errors.ts'
import type { ChannelDirectory } from './negotiation.ts'
import { anyone, get, Reply, type Asker } from './route.ts'
import { aUser, rememberingLogger } from './testing.ts'
import { createResponseCache } from '#kit/cache/response-cache.ts'
import { closed } from '#kit/messaging/event.ts'
import { memoryRateStore, type RateStore } from './rate-limit.ts'

const channels: ChannelDirectory & { version: number } = {
  version: 1,
  defaultChannel: { key: 'web', locales: ['en', 'de'] },
  byKey: (key) => (key === 'web' || key === 'trade' ? { key, locales: ['en', 'de'] } : undefined),
  byHost: (host) => (host === 'trade.example' ? { key: 'trade', locales: ['de'] } : undefined),
}
const price = (asker: Pick<Asker, 'principal' | 'headers'>) =>
  asker.headers['authorization'] === undefined ? 'everybody' : asker.principal.kind === 'user' ? asker.principal.id : 'nobody'

interface Shop {
  readonly app: FastifyInstance
  readonly changed: string[][]
  readonly log: ReturnType<typeof rememberingLogger>
  readonly seen: unknown[]
  readonly ends: { status: number; path: string }[]
  busy: boolean
}

/** Counts where the answer takes a moment; a refused client is not counted again, as with every store. */
function storeElsewhere(): RateStore {
  const store = memoryRateStore()
  return { take: async (...request) => store.take(...request) }
}

/** The same shop each time: what it answers depends on nothing but the question. */
function aShop(options: { max?: number; elsewhere?: boolean; proxies?: string[]; origins?: string[] } = {}): Shop {
  const changed: string[][] = []
  const log = rememberingLogger()
  const [seen, ends]: [unknown[], Shop['ends']] = [[], []]
  const shop = { changed, log, seen, ends, busy: false }
  const cache = createResponseCache({
    read: async (since) => ({
      snapshot: String(changed.length),
      tags: changed.slice(Number(since ?? 0)).flat(),
      everything: since === undefined,
    }),
  })
  let version = 0
  const app = buildApp({
    log,
    services: [
      {
        name: 'things',
        cache,
        routes: [
          get(
            '/api/things',
            {
              access: anyone,
              summary: 'List things',
              query: closed({ limit: Type.Integer({ minimum: 1, maximum: 50, default: 20 }) }),
              response: closed({ limit: Type.Integer(), channel: Type.String(), locale: Type.String() }),
              cached: { tags: ['lists'], seconds: 60 },
            },
            async ({ query, channel, locale }) => ({ limit: query.limit, channel, locale }),
          ),
          get(
            '/api/things/:id',
            {
              access: anyone,
              summary: 'Show a thing',
              params: closed({ id: Type.String() }),
              response: closed({ id: Type.String(), for: Type.String(), version: Type.Integer() }),
              cached: {
                tags: [],
                seconds: 60,
                variant: price,
                served: ({ principal, channel }, note) => void seen.push({ note, channel, kind: principal.kind }),
              },
            },
            async (request) => {
              const { id } = request.params
              if (id === 'gone') throw errors.noSuchRoute()
              if (request.headers['authorization'] !== undefined) void request.principal
              version += 1
              const cache = id === 'secret' ? false : { tags: [id], note: id }
              return new Reply({ id: id === 'b' ? 'Töpfe ♥ 🍵' : id, for: price(request), version }, { cache })
            },
          ),
        ],
      },
    ],
    edge: {
      channels,
      ...(options.proxies ? { trustedProxies: options.proxies } : {}),
      ...(options.origins ? { corsOrigins: options.origins } : {}),
      rateLimit:
        options.max === undefined ? false : { max: options.max, ...(options.elsewhere ? { store: storeElsewhere() } : {}) },
      authenticate: ({ authorization }) => {
        if (authorization === undefined) return undefined
        if (authorization === 'Bearer bad') throw errors.invalidToken()
        // one that has to be verified first
        if (authorization === 'Bearer expired') return Promise.reject(errors.invalidToken())
        return aUser(authorization.slice(7))
      },
      shed: () => (shop.busy ? 3 : undefined),
    },
    onRequestEnd: ({ status, facts }) => void ends.push({ status, path: facts.path }),
  })
  return Object.assign(shop, { app })
}

interface Answer {
  readonly status: number
  readonly headers: Record<string, unknown>
  readonly body: string
  /** answered before the framework saw it: the edge then writes its headers last, not first */
  readonly fast: boolean
}

const opened: FastifyInstance[] = []
afterAll(() => Promise.all(opened.map((app) => app.close())))
async function overTheWire(app: FastifyInstance) {
  if (!app.server.listening) {
    opened.push(app)
    await app.listen({ host: '127.0.0.1', port: 0 })
  }
  const { port } = app.server.address() as AddressInfo
  return (url: string, headers: Record<string, string> = {}, method = 'GET') =>
    new Promise<Answer>((resolve, reject) => {
      httpRequest({ host: '127.0.0.1', port, path: url, headers, method }, (response) => {
        let body = ''
        response.setEncoding('utf8').on('data', (part: string) => {
          body += part
        })
        const names = response.rawHeaders.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase())
        response.on('end', () =>
          resolve({
            status: response.statusCode as number,
            headers: response.headers,
            body,
            fast: names.indexOf('x-correlation-id') > names.indexOf('cache-control'),
          }),
        )
      })
        .on('error', reject)
        .end()
    })
}

/** What must be the same, whichever way a request went. Ids that are drawn anew each time are left out. */
function comparable({ status, headers, body }: Omit<Answer, 'fast'>, sent: Record<string, string>) {
  const { date: _date, connection: _connection, 'keep-alive': _keepAlive, 'x-correlation-id': id, ...rest } = headers
  const own = sent['traceparent']?.startsWith('00-') || (sent['x-correlation-id']?.length ?? 0) >= 8
  const { traceId: _traceId, ...problem } = status >= 400 && body ? JSON.parse(body) : { traceId: '' }
  return {
    status,
    headers: { ...rest, 'content-length': undefined },
    id: own ? id : typeof id,
    body: status >= 400 ? problem : body,
  }
}

const requests = fc.record({
  url: fc.constantFrom(
    '/api/things',
    '/api/v1/things',
    '/api/things?limit=5',
    '/api/things?locale=de&limit=5',
    '/api/things?limit=0',
    '/api/things/a',
    '/api/things/b',
    '/api/things/secret',
    '/api/things/gone',
    '/api/nothing',
  ),
  method: fc.constantFrom('GET', 'GET', 'GET', 'HEAD', 'DELETE'),
  headers: fc.oneof(
    fc.constantFrom({ host: 'shop.example' }, { host: 'shop.example', authorization: 'Bearer ann' }),
    fc.record(
      {
        'accept-language': fc.constantFrom('de', 'en', 'fr;q=0.1, de'),
        'x-channel': fc.constantFrom('web', 'trade', 'nowhere', '@localhost'),
        host: fc.constantFrom('shop.example', 'trade.example'),
        authorization: fc.constantFrom('Bearer ann', 'Bearer bob', 'Bearer bad'),
        'if-none-match': fc.constantFrom('*', '"other"', 'W/"other", *'),
        'x-correlation-id': fc.constantFrom('order-4711-abc', 'x', '0123456789'),
        traceparent: fc.constantFrom('00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', 'nonsense'),
        'x-forwarded-for': fc.constantFrom('203.0.113.7', '198.51.100.1, 203.0.113.7', '::1'),
        origin: fc.constantFrom('https://shop.example', 'https://evil.example'),
      },
      { requiredKeys: [] },
    ),
  ),
})

/** What most shoppers ask most of the time. */
const usual = fc.record({
  url: fc.constantFrom('/api/things', '/api/things/a'),
  method: fc.constant('GET'),
  headers: fc.constantFrom<Record<string, string>[]>(
    { host: 'shop.example' },
    { host: 'shop.example', authorization: 'Bearer ann' },
    { host: 'shop.example', 'x-forwarded-for': '203.0.113.7' },
  ),
})
const traffic = fc.array(fc.oneof({ weight: 3, arbitrary: usual }, { weight: 2, arbitrary: requests }), {
  minLength: 25,
  maxLength: 60,
})

describe('a kept answer given at once', () => {
  for (const [name, options] of Object.entries({
    'without limits': {},
    'within a limit that is soon used up': { max: 20 },
    'within a limit that is counted elsewhere': { max: 20, elsewhere: true },
    'behind a proxy': { max: 15, proxies: ['127.0.0.1'] },
    'for pages of other hosts': { origins: ['https://shop.example'] },
  })) {
    it(`is the answer it would have had the whole way, ${name}`, { timeout: 60_000 }, async () => {
      let fast = 0
      await fc.assert(
        fc.asyncProperty(traffic, async (list) => {
          const [short, whole] = [aShop(options), aShop(options)]
          const ask = await overTheWire(short.app)
          for (const { url, method, headers } of list) {
            const sent = headers as Record<string, string>
            const one = await ask(url, sent, method)
            if (one.fast) fast += 1
            const reference = await whole.app.inject({
              method: method as 'GET',
              url,
              headers: { host: 'localhost', ...sent },
              remoteAddress: '127.0.0.1',
            })
            const other = { status: reference.statusCode, headers: reference.headers, body: reference.body }
            expect(comparable(one, sent)).toEqual(comparable(other, sent))
          }
          expect(short.seen).toEqual(whole.seen)
          await short.app.close()
          await whole.app.close()
          const lines = (shop: Shop) =>
            shop.log.lines.map(({ fields, message }) => ({ ...fields, traceId: '', correlationId: '', ms: 0, message }))
          expect(lines(short)).toEqual(lines(whole))
          expect(short.ends).toEqual(whole.ends)
        }),
        { numRuns: 15, endOnFailure: true },
      )
      expect(fast).toBeGreaterThan(20)
    })
  }

  it('is the new one as soon as something changed', async () => {
    const shop = aShop()
    const ask = await overTheWire(shop.app)
    await ask('/api/things/a')
    expect(await ask('/api/things/a')).toMatchObject({ fast: true, body: expect.stringContaining('"version":1') })
    shop.changed.push(['a'])
    const asked = performance.now()
    let answer = await ask('/api/things/a')
    while (answer.body.includes('"version":1') && performance.now() - asked < 1000) answer = await ask('/api/things/a')
    expect(answer.body).toContain('"version":2')
  })

  it('is not given to a token that has been revoked, nor while the shop sheds load', async () => {
    const shop = aShop()
    const ask = await overTheWire(shop.app)
    for (let time = 0; time < 2; time += 1) await ask('/api/things')
    expect((await ask('/api/things', { authorization: 'Bearer ann' })).fast).toBe(true)
    expect((await ask('/api/things', { authorization: 'Bearer bad' })).status).toBe(401)
    shop.busy = true
    expect(await ask('/api/things')).toMatchObject({ status: 503, headers: { 'retry-after': '3' }, fast: false })
  })

  it('does not end the shop when a token turns out to be bad', async () => {
    const shop = aShop()
    const ask = await overTheWire(shop.app)
    for (let time = 0; time < 2; time += 1) await ask('/api/things')
    expect((await ask('/api/things', { authorization: 'Bearer expired' })).status).toBe(401)
    expect((await ask('/api/things')).fast).toBe(true)
  })

  it('is the other channel’s when a host name moves', async () => {
    const shop = aShop()
    const ask = await overTheWire(shop.app)
    for (let time = 0; time < 2; time += 1) await ask('/api/things', { host: 'shop.example' })
    const before = channels.byHost
    channels.byHost = () => ({ key: 'trade', locales: ['en'] })
    channels.version += 1
    expect((await ask('/api/things', { host: 'shop.example' })).body).toContain('"channel":"trade"')
    channels.byHost = before
    channels.version += 1
  })

  it('does not keep a connection open that should close', async () => {
    const shop = aShop()
    const ask = await overTheWire(shop.app)
    for (let time = 0; time < 2; time += 1) await ask('/api/things')
    expect((await ask('/api/things')).fast).toBe(true)
    await shop.app.close()
    await expect(ask('/api/things')).rejects.toThrow()
  })
})
