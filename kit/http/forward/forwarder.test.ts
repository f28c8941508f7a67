import { type IncomingMessage, request as httpRequest } from 'node:http'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import type { FastifyRequest } from 'fastify'
import { afterEach, describe, expect, it } from 'vitest'
import { type Behaviour, closeAll, gateway, instance, secret, toPost } from './forwarder.fixture.ts'
import { SEEN_HEADER } from '../seen-writes.ts'
import { createVouchReader } from './vouch.ts'
import { eventually } from '#kit/testing/eventually.ts'

afterEach(closeAll)

describe('a request for a service that runs elsewhere', () => {
  it('is passed on with its body and comes back with the answer', async () => {
    const shelf = await instance((request, answer) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk) => chunks.push(chunk))
      request.on('end', () => {
        answer.writeHead(201, { 'content-type': 'application/json', etag: '"7"', 'set-cookie': ['a=1', 'b=2'] })
        answer.end(JSON.stringify({ got: Buffer.concat(chunks).toString(), at: request.url, method: request.method }))
      })
    })
    const { ask } = await gateway([shelf.url])
    const answer = await ask('/api/v1/things/a%20b?fields=x&q=%C3%A4', { ...toPost(), method: 'PUT' })
    expect(answer.status).toBe(201)
    expect(answer.body).toEqual({ got: '{}', at: '/api/things/a%20b?fields=x&q=%C3%A4', method: 'PUT' })
    expect(answer.headers.get('etag')).toBe('"7"')
    expect(answer.headers.getSetCookie()).toEqual(['a=1', 'b=2'])
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
  })

  it('carries who asks and the trace, and nothing a caller made up about itself', async () => {
    const shelf = await instance()
    const { ask } = await gateway([shelf.url])
    const trace = 'a'.repeat(32)
    await ask('/api/things', {
      headers: {
        authorization: 'Bearer abc',
        'x-correlation-id': 'story-of-one-order',
        traceparent: `00-${trace}-${'b'.repeat(16)}-01`,
        'x-forwarded-for': '203.0.113.99',
        'x-forwarded-host': 'evil.example',
        forwarded: 'for=203.0.113.99',
        'x-real-ip': '203.0.113.99',
        'x-souk-client': '1 203.0.113.99 forged',
        'x-souk-deadline': '1',
        'x-mine': 'kept',
        te: 'trailers',
      },
    })
    const [{ headers }] = shelf.seen as [(typeof shelf.seen)[0]]
    expect(headers).toMatchObject({
      authorization: 'Bearer abc',
      'x-correlation-id': 'story-of-one-order',
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'http',
      'x-mine': 'kept',
    })
    expect(headers['traceparent']).toMatch(new RegExp(`^00-${trace}-(?!b{16})[0-9a-f]{16}-01$`))
    expect(createVouchReader(secret)(headers)).toBe('127.0.0.1')
    for (const name of ['forwarded', 'x-real-ip', 'x-souk-deadline', 'te']) expect(headers, name).not.toHaveProperty(name)
    expect(JSON.stringify(headers)).not.toMatch(/203\.0\.113\.99|evil/)
  })

  it('tells the service how far its caller has seen, and the caller how far that is now, if it reads like a place', async () => {
    const shelf = await instance((_request, answer) => void answer.writeHead(200, { [SEEN_HEADER]: 'one=90' }).end())
    const { ask } = await gateway([shelf.url])
    const told = ['one=70, two=5', 'one=70,Two=5;x', 'one=-1', 'everything', ',']
    for (const seen of told)
      expect((await ask('/api/things', { headers: { [SEEN_HEADER]: seen } })).headers.get(SEEN_HEADER)).toBe('one=90')
    expect(shelf.seen.map(({ headers }) => headers[SEEN_HEADER])).toEqual(['one=70,two=5', 'one=70', ...Array(3).fill(undefined)])
  })

  it('leaves out headers of the connection, also those that it names itself', async () => {
    const shelf = await instance((_request, answer) => {
      answer
        .writeHead(200, { connection: 'x-secret-of-the-hop', 'x-secret-of-the-hop': '1', 'proxy-authenticate': 'Basic' })
        .end('x')
    })
    const { url } = await gateway([shelf.url])
    const [answer] = (await once(
      httpRequest(`${url}/api/things`, {
        headers: { connection: 'close, x-only-to-you', 'x-only-to-you': '1', 'keep-alive': '5' },
      }).end(),
      'response',
    )) as [IncomingMessage]
    answer.resume()
    expect(shelf.seen[0]!.headers).not.toHaveProperty('x-only-to-you')
    expect(shelf.seen[0]!.headers).not.toHaveProperty('keep-alive')
    expect(answer.headers).not.toHaveProperty('x-secret-of-the-hop')
    expect(answer.headers).not.toHaveProperty('proxy-authenticate')
  })

  it('is refused at the door when its caller may not come in', async () => {
    const shelf = await instance()
    const { ask } = await gateway([shelf.url])
    const as = (who: string) => ({ headers: { 'x-test-principal': who } })
    const asked = [
      await ask('/api/mine'),
      await ask('/api/staff', as('ann')),
      await ask('/internal/things'),
      await ask('/internal/things', as('service')),
      await ask('/api/unheard-of'),
      await ask('/api/things', { method: 'PATCH' }),
      await ask('/api/things', { ...toPost({ 'content-type': 'text/plain' }) }),
      await ask('/api/things/%2e%2e%2finternal%2fthings'),
    ]
    expect(asked.map(({ status }) => status)).toEqual([401, 403, 404, 404, 404, 405, 415, 400])
    expect(shelf.seen).toEqual([])
    expect((await ask('/api/staff', as('ann things:write'))).status).toBe(200)
  })

  it('gets 304, 204 and answers to HEAD without a body', async () => {
    const shelf = await instance((request, answer) => {
      if (request.method === 'DELETE') answer.writeHead(204).end()
      else if (request.method === 'HEAD') answer.writeHead(200, { 'content-length': '5' }).end()
      else answer.writeHead(304, { etag: '"1"' }).end()
    })
    const { ask } = await gateway([shelf.url])
    expect(await ask('/api/things', { headers: { 'if-none-match': '"1"' } })).toMatchObject({ status: 304, text: '' })
    expect(await ask('/api/things/1', { method: 'DELETE' })).toMatchObject({ status: 204, text: '' })
    const head = await ask('/api/things', { method: 'HEAD' })
    expect([head.status, head.headers.get('content-length')]).toEqual([200, '5'])
  })

  it('keeps the origin rules of this door', async () => {
    const shelf = await instance((_request, answer) => {
      answer.writeHead(200, { 'access-control-allow-origin': '*', vary: 'X-Channel' }).end('x')
    })
    const { ask } = await gateway([shelf.url])
    const { headers } = await ask('/api/things', { headers: { origin: 'https://shop.example' } })
    expect(headers.get('access-control-allow-origin')).toBe('https://shop.example')
    expect(headers.get('vary')).toBe('Origin, X-Channel')
  })

  it('is one line of the access log that says who answered', async () => {
    const shelf = await instance()
    const { ask, log } = await gateway([shelf.url])
    await ask('/api/things/5?email=ann@example.com')
    await eventually(() => expect(log.lines.filter(({ message }) => message === 'request')).toHaveLength(1))
    expect(log.lines.find(({ message }) => message === 'request')!.fields).toMatchObject({
      service: 'things',
      route: '/api/things/:id',
      status: 200,
      instance: shelf.url,
    })
    expect(JSON.stringify(log.lines)).not.toContain('example.com')
  })
})

describe('bodies', () => {
  it('stream in both directions: the answer begins before the upload has ended', async () => {
    const shelf = await instance((request, answer) => {
      answer.writeHead(200)
      request.pipe(answer)
    })
    const { url } = await gateway([shelf.url])
    const upload = httpRequest(`${url}/api/uploads`, { method: 'POST', headers: { 'content-type': 'image/png' } })
    upload.write('first half, ')
    const [answer] = (await once(upload, 'response')) as [IncomingMessage]
    const [begun] = (await once(answer, 'data')) as [Buffer]
    expect(begun.toString()).toBe('first half, ')
    upload.end('second half')
    expect(Buffer.concat(await answer.toArray()).toString()).toBe('second half')
  })

  it.each([
    ['says so', { 'content-length': '1000001' }],
    ['does not say so', {}],
  ])('larger than the address takes are refused, when the caller %s', async (_how, headers) => {
    const shelf = await instance((request, answer) => {
      request.on('error', () => undefined).resume()
      request.on('end', () => answer.end())
    })
    const { url } = await gateway([shelf.url])
    const upload = httpRequest(`${url}/api/uploads`, { method: 'POST', headers: { 'content-type': 'image/png', ...headers } })
    upload.on('error', () => undefined)
    // in two pieces: Node would tell the length of one
    upload.write(Buffer.alloc(600_000))
    upload.end(Buffer.alloc(400_001))
    const [answer] = (await once(upload, 'response')) as [IncomingMessage]
    answer.resume()
    expect(answer.statusCode).toBe(413)
  })

  it('a caller who hangs up ends the work behind', async () => {
    let hungUp = false
    const shelf = await instance((request) => void request.on('close', () => (hungUp = true)))
    const { url, statesOf } = await gateway([shelf.url])
    const call = httpRequest(`${url}/api/things`).end()
    call.on('error', () => undefined)
    await eventually(() => expect(shelf.seen).toHaveLength(1))
    call.destroy()
    await eventually(() => expect(hungUp).toBe(true))
    expect(statesOf()).toEqual(['closed'])
  })
})

describe('several instances', () => {
  it('the one with less to do gets the next request', async () => {
    const late: Behaviour = (_request, answer) => void delay(300).then(() => answer.end())
    const [slow, quick] = [await instance(late), await instance()]
    const { ask } = await gateway([slow.url, quick.url])
    for (let n = 0; n < 10; n += 1) await Promise.all(Array.from({ length: 4 }, () => ask('/api/things')))
    expect(quick.seen.length).toBeGreaterThanOrEqual(slow.seen.length)
  })

  it('a version gets its share, and each caller stays with hers', async () => {
    const [old, fresh] = [await instance(), await instance()]
    const { ask } = await gateway(
      [
        { url: old.url, version: 'v1' },
        { url: fresh.url, version: 'v2' },
      ],
      {},
      { weights: () => ({ v1: 80, v2: 20 }) },
    )
    const versions = new Map<string, string[]>()
    for (let n = 0; n < 200; n += 1) {
      const who = `user-${n % 100}`
      const before = fresh.seen.length
      await ask('/api/things', { headers: { 'x-test-principal': who } })
      versions.set(who, [...(versions.get(who) ?? []), fresh.seen.length > before ? 'v2' : 'v1'])
    }
    expect([...versions.values()].filter((list) => new Set(list).size > 1)).toEqual([])
    expect(fresh.seen.length).toBeGreaterThan(20)
    expect(fresh.seen.length).toBeLessThan(64)
  })

  it('whoever may choose a version gets it, or nothing', async () => {
    const old = await instance()
    const { ask } = await gateway(
      [
        { url: old.url, version: 'v1' },
        { url: 'http://127.0.0.1:1', version: 'v2' },
      ],
      {},
      {
        weights: () => ({ v1: 1, v2: 0 }),
        wish: (_service: string, request: FastifyRequest) => request.headers['x-wish'] as string | undefined,
      },
    )
    expect((await ask('/api/things')).status).toBe(200)
    expect((await ask('/api/things', { headers: { 'x-wish': 'v2' } })).status).toBe(503)
    expect(old.seen).toHaveLength(1)
  })
})
