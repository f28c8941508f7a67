import { afterEach, describe, expect, it } from 'vitest'
import { type Behaviour, closeAll, gateway, instance, json, toPost } from './forwarder.fixture.ts'
import { eventually } from '#kit/testing/eventually.ts'

afterEach(closeAll)

describe('when something breaks on the road', () => {
  const hangsUp: Behaviour = (request) => void request.socket.destroy()
  const proxyPage: Behaviour = (_request, answer) =>
    void answer.writeHead(502, { 'content-type': 'text/html' }).end('<h1>Bad gateway')

  it.each([
    ['GET', {}],
    ['DELETE with an Idempotency-Key', { method: 'DELETE', headers: { 'idempotency-key': 'once-and-only-once' } }],
    ['PUT with an Idempotency-Key', { ...toPost({ 'idempotency-key': 'once-and-only-once' }), method: 'PUT' }],
    ['POST with an Idempotency-Key', toPost({ 'idempotency-key': 'once-and-only-once' })],
  ])('%s goes to another instance', async (what, init) => {
    const [bad, good] = [await instance(hangsUp), await instance()]
    const { ask } = await gateway([bad.url, good.url], { breaker: { failures: 1_000, atLeast: 1_000 } })
    const path = what.startsWith('POST') ? '/api/things' : '/api/things/1'
    for (let n = 0; n < 12; n += 1) expect((await ask(path, init)).status).toBe(200)
    expect(good.seen).toHaveLength(12)
    expect(bad.seen.length).toBeGreaterThan(0)
  })

  it.each([
    ['POST', '/api/things', toPost()],
    ['PUT', '/api/things/1', { ...toPost(), method: 'PUT' }],
    ['DELETE', '/api/things/1', { method: 'DELETE' }],
  ])('%s without a key is sent once', async (_method, path, init) => {
    const [bad, other] = [await instance(hangsUp), await instance(proxyPage)]
    const { ask } = await gateway([bad.url, other.url])
    for (let n = 0; n < 3; n += 1) expect(await ask(path, init)).toMatchObject({ status: 503 })
    expect(bad.seen.length + other.seen.length).toBe(3)
  })

  it('an error page of a proxy is worth another try, the service saying no is not', async () => {
    const proxy = await instance(proxyPage)
    const first = await gateway([proxy.url])
    expect((await first.ask('/api/things')).body).toMatchObject({ status: 503, code: 'http/unavailable' })
    expect(proxy.seen).toHaveLength(2)

    const busy = await instance((request, answer) => {
      answer.setHeader('content-type', 'application/problem+json')
      answer.setHeader('retry-after', '7')
      answer.writeHead(503).end(JSON.stringify({ code: 'things/closed' }))
      request.resume()
    })
    const second = await gateway([busy.url])
    const answer = await second.ask('/api/things')
    expect(answer).toMatchObject({ status: 503, body: { code: 'things/closed' } })
    expect(answer.headers.get('retry-after')).toBe('7')
    expect(busy.seen).toHaveLength(1)
  })

  it('an error of the service itself is passed on and not repeated', async () => {
    const broken = await instance(json({ code: 'things/broken' }, 500))
    const { ask, statesOf } = await gateway([broken.url])
    for (let n = 0; n < 10; n += 1) expect((await ask('/api/things')).status).toBe(500)
    expect(broken.seen).toHaveLength(10)
    expect(statesOf()).toEqual(['closed'])
  })

  it('adds no more than a tenth to the load, however much fails', async () => {
    const bad = await instance(hangsUp)
    const { ask, forwarder } = await gateway([bad.url], { breaker: { failures: 1e9, atLeast: 1e9 } })
    while (forwarder.retryTokens > 0) await ask('/api/things')
    const before = bad.seen.length
    const requests = 200
    for (let n = 0; n < requests; n += 20) await Promise.all(Array.from({ length: 20 }, () => ask('/api/things')))
    const attempts = bad.seen.length - before
    // less than one token was left over
    expect(attempts).toBeLessThanOrEqual(requests * 1.1 + 1)
    expect(attempts).toBeGreaterThan(requests * 1.05)
  })

  it('whoever does not answer in time is not asked again', async () => {
    const slow = await instance(() => undefined)
    const { ask } = await gateway([slow.url], { timeoutMs: 200 })
    expect(await ask('/api/things')).toMatchObject({ status: 504, body: { code: 'http/upstream-timeout' } })
    expect(slow.seen).toHaveLength(1)
  })

  it('keeps requests away from an instance that fails, says when to come back, and lets it in again once it is ready', async () => {
    const shelf = await instance(hangsUp)
    shelf.state.ready = false
    const { ask, statesOf } = await gateway([shelf.url], { retryShare: 0 })
    for (let n = 0; n < 5; n += 1) await ask('/api/things')
    expect(statesOf()).toEqual(['open'])
    const refused = await ask('/api/things')
    expect(refused).toMatchObject({ status: 503, body: { code: 'http/unavailable' } })
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(1)
    expect(shelf.seen).toHaveLength(5)
    Object.assign(shelf.state, { ready: true, behaviour: json({ fine: true }) })
    await eventually(async () => expect((await ask('/api/things')).status).toBe(200))
    expect(statesOf()).toEqual(['closed'])
  })

  it('loses nothing when an instance is gone: where nobody listens, nothing has arrived, and a POST goes to another one too', async () => {
    const good = await instance()
    const { ask, statesOf } = await gateway(['http://127.0.0.1:1', good.url], { breaker: { openMs: 60_000 } })
    const statuses: number[] = []
    for (let n = 0; n < 20; n += 1) statuses.push((await ask('/api/things', toPost())).status)
    expect(statuses.filter((status) => status !== 200)).toEqual([])
    expect(good.seen).toHaveLength(20)
    expect(statesOf()).toEqual(['open', 'closed'])
  })

  describe('an instance that is too busy and says so at its door', () => {
    const busy: Behaviour = (request, answer) => {
      request.resume()
      answer.writeHead(503, { 'content-type': 'application/problem+json', 'x-souk-busy': '1' }).end('{"code":"http/overloaded"}')
    }

    it('leaves the request to another one: nothing was begun, so a POST may go there too', async () => {
      const [full, good] = [await instance(busy), await instance()]
      const { ask, statesOf } = await gateway([full.url, good.url], { retryShare: 1 })
      for (let n = 0; n < 20; n += 1) expect((await ask('/api/things', toPost())).status).toBe(200)
      expect(full.seen.length).toBeGreaterThan(0)
      expect(statesOf()).toEqual(['closed', 'closed'])
    })

    it('is not asked again where all are: its word is the answer, without what is between us', async () => {
      const [one, two] = [await instance(busy), await instance(busy)]
      const { ask } = await gateway([one.url, two.url], { retryShare: 1 })
      const answer = await ask('/api/things', toPost())
      expect(answer).toMatchObject({ status: 503, body: { code: 'http/overloaded' } })
      expect(answer.headers.has('x-souk-busy')).toBe(false)
      expect([one.seen.length, two.seen.length]).toEqual([1, 1])
      const alone = await gateway([one.url], { retryShare: 1 })
      expect((await alone.ask('/api/things')).status).toBe(503)
      expect(one.seen).toHaveLength(2)
    })
  })

  it('refuses more than an instance can have under way, at once', async () => {
    const slow = await instance(() => undefined)
    const { ask } = await gateway([slow.url], { maxInFlight: 2, timeoutMs: 500 })
    const waiting = [ask('/api/things'), ask('/api/things')]
    await eventually(() => expect(slow.seen).toHaveLength(2))
    const begun = performance.now()
    expect((await ask('/api/things')).status).toBe(503)
    expect(performance.now() - begun).toBeLessThan(400)
    await Promise.all(waiting)
  })
})
