import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Answer, aShop, channels, overTheWire, type Shop } from './fast-reads.fixture.ts'

/** What must be the same, whichever way a request went. Ids that are drawn anew each time are left out, and so are seconds that pass in between. */
function comparable({ status, headers, body }: Omit<Answer, 'fast'>, sent: Record<string, string>) {
  const { date: _date, connection: _connection, 'keep-alive': _keepAlive, 'x-correlation-id': id, ...rest } = headers
  const own = sent['traceparent']?.startsWith('00-') || (sent['x-correlation-id']?.length ?? 0) >= 8
  const { traceId: _traceId, ...problem } = status >= 400 && body ? JSON.parse(body) : { traceId: '' }
  return {
    status,
    headers: {
      ...rest,
      'content-length': undefined,
      'ratelimit-reset': typeof rest['ratelimit-reset'],
      'retry-after': typeof rest['retry-after'],
    },
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

  it('is not given to a service whose token is for another one, and fails on purpose as any other', async () => {
    const ask = await overTheWire(aShop().app)
    for (let time = 0; time < 2; time += 1) await ask('/api/things')
    expect((await ask('/api/things', { authorization: 'Bearer elsewhere' })).status).toBe(401)
    let failing = false
    const asked = await overTheWire(aShop({ faults: () => (failing ? { abort: 503 } : undefined) }).app)
    for (let time = 0; time < 2; time += 1) expect((await asked('/api/things')).status).toBe(200)
    failing = true
    expect((await asked('/api/things')).status).toBe(503)
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
