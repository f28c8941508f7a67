import { expect, test } from 'vitest'
import { call, log, mug, send } from './app.fixture.ts'

test('S3: an answer carries only the fields its schema names', async () => {
  const answer = await call('/api/things/mug')
  expect(answer.statusCode).toBe(200)
  expect(answer.json()).toEqual(mug)
})

test('unknown addresses answer 404, known ones with the wrong method 405', async () => {
  expect((await call('/api/nothing')).json()).toMatchObject({ status: 404, code: 'http/no-such-route' })
  const answer = await call({ method: 'PATCH', url: '/api/things/mug' })
  expect(answer.json()).toMatchObject({ status: 405, code: 'http/method-not-allowed' })
  expect(answer.headers['allow']).toBe('DELETE, GET, HEAD, PUT, OPTIONS')
  const query = await call({ method: 'QUERY', url: '/api/things/mug' } as never)
  expect([query.statusCode, query.headers['allow']]).toEqual([405, 'DELETE, GET, HEAD, PUT, OPTIONS'])
  const options = await call({ method: 'OPTIONS', url: '/api/things' })
  expect([options.statusCode, options.headers['allow']]).toEqual([204, 'GET, HEAD, POST, OPTIONS'])
  const head = await call({ method: 'HEAD', url: '/api/things/mug' })
  expect([head.statusCode, head.body, head.headers['etag']]).toEqual([200, '', '"3"'])
})

test('S27: what breaks inside stays inside and is logged once with its trace', async () => {
  const before = log.lines.length
  const answer = await call('/api/broken')
  expect(answer.json()).toEqual({
    type: '/docs/errors#http/internal',
    title: 'Internal error',
    status: 500,
    code: 'http/internal',
    detail: 'Something went wrong on our side. It has been noted.',
    instance: '/api/broken',
    traceId: expect.stringMatching(/^[0-9a-f]{32}$/),
  })
  const told = log.lines.slice(before).filter((line) => line.level === 'error')
  expect(told).toMatchObject([{ message: 'request failed', fields: { traceId: answer.json().traceId, route: '/api/broken' } }])
  expect(told[0]!.fields, 'a path may name somebody').not.toHaveProperty('path')
})

test('a refusal of the domain carries its code, status and facts', async () => {
  expect((await call('/api/refused')).json()).toMatchObject({
    status: 422,
    code: 'things/sold-out',
    detail: 'It is sold out.',
    details: { sku: 'mug', left: 0 },
  })
})

test('an answer that did not change costs 304', async () => {
  const etag = (await call('/api/things')).headers['etag'] as string
  expect(etag).toMatch(/^"[\w-]{27}"$/)
  const again = await call({ url: '/api/things', headers: { 'if-none-match': `"other", W/${etag}` } })
  expect([again.statusCode, again.body, again.headers['etag']]).toEqual([304, '', etag])
  expect((await call({ url: '/api/things/mug', headers: { 'if-none-match': '"2"' } })).statusCode).toBe(200)
  expect((await call({ url: '/api/ready-made', headers: { 'if-none-match': '"cached"' } })).statusCode).toBe(304)
})

test('If-Match names the version a change is based on', async () => {
  const change = (header?: string) =>
    call({ method: 'PUT', url: '/api/things/mug', payload: { name: 'Cup' }, headers: header ? { 'if-match': header } : {} })
  expect((await change('"3"')).json()).toEqual({ expected: 3, version: 4 })
  expect((await change('"3-de"')).json()).toEqual({ expected: 3, version: 4 })
  expect((await change()).json()).toEqual({ version: 4 })
  expect((await change('*')).headers['etag']).toBe('"4"')
  for (const wrong of ['W/"3"', '"abc"', '3', '"3", "4"']) expect((await change(wrong)).statusCode, wrong).toBe(412)
})

test('?fields picks from the answer, and only what is in it', async () => {
  expect((await call('/api/things?fields=name')).json().items).toEqual([{ name: 'Mug' }])
  expect((await call('/api/things/mug?fields=id,version')).json()).toEqual({ id: 'mug', version: 3 })
  expect((await call('/api/things/mug?fields=cost_price')).json().code).toBe('http/unknown-field')
})

test('ready-made bytes go out as they are', async () => {
  const answer = await call('/api/ready-made')
  expect([answer.body, answer.headers['content-type']]).toEqual(['{"id":"mug"}', 'application/json; charset=utf-8'])
  expect((await call('/api/page')).headers['content-type']).toBe('text/html; charset=utf-8')
})

test('language and channel are negotiated, and the answer says what it depends on', async () => {
  const german = await call({ url: '/api/where', headers: { 'accept-language': 'fr;q=0.9, de-AT;q=0.8, en;q=0.1' } })
  expect(german.json()).toEqual({ locale: 'de', channel: 'default' })
  expect([german.headers['vary'], german.headers['content-language']]).toEqual(['Accept-Language, X-Channel', 'de'])
  expect((await call('/api/where?locale=en')).json().locale).toBe('en')
  expect((await call({ url: '/api/where', headers: { 'x-channel': 'mars' } })).json().code).toBe('http/unknown-channel')
})

test('one trace runs from the caller through the work to the answer', async () => {
  const answer = await call({
    url: '/api/trace',
    headers: { traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01', 'x-correlation-id': 'order-4711' },
  })
  expect(answer.json()).toEqual({ traceId: '4bf92f3577b34da6a3ce929d0e0e4736', correlationId: 'order-4711' })
  expect(answer.headers['x-correlation-id']).toBe('order-4711')
  const forged = (
    await call({ url: '/api/trace', headers: { traceparent: '00-zz-1-01', 'x-correlation-id': 'a b\u0001c' } })
  ).json()
  expect(forged.traceId).toMatch(/^[0-9a-f]{32}$/)
  expect(forged.correlationId).toBe(forged.traceId)
})

test('S30: a version of the API that is gone says so, and where to go on, whatever is asked of it', async () => {
  for (const [method, url] of [
    ['GET', '/api/v0/things/mug'],
    ['POST', '/api/v0/things'],
    ['OPTIONS', '/api/v0/things'],
    ['GET', '/api/v0'],
    ['GET', '/api/v0/no-such-thing?x=1'],
  ] as const) {
    const answer = await call({ method, url })
    expect(answer.statusCode, `${method} ${url}`).toBe(410)
    expect(answer.headers['content-type']).toContain('application/problem+json')
    expect(answer.json()).toMatchObject({ status: 410, code: 'http/retired-version', details: { version: 'v0' } })
    expect(new Date(String(answer.headers['sunset'])).getTime()).toBeLessThan(Date.now())
    expect(answer.headers['link']).toBe('</v3/api-docs>; rel="successor-version"')
  }
  // what never was is not gone
  for (const url of ['/api/v2/things/mug', '/api/v00/things', '/v0/things']) expect((await call(url)).statusCode, url).toBe(404)
})

test('/api/v1 is another name of /api', async () => {
  expect((await call('/api/v1/things/mug')).json()).toEqual(mug)
})

test('what belongs to somebody is never stored by caches', async () => {
  expect((await call({ url: '/api/mine', headers: { 'x-test-principal': 'ann' } })).headers['cache-control']).toBe(
    'private, no-store',
  )
  expect((await call('/api/things')).headers['cache-control']).toBe('no-cache')
  expect((await send('{"name":"Mug"}')).headers['cache-control']).toBe('no-store')
})
