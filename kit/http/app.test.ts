import type { InjectOptions } from 'fastify'
import Type from 'typebox'
import { expect, test } from 'vitest'
import { buildApp } from './app.ts'
import { listPolicies } from './policy.ts'
import { anyone, can, del, get, internal, ownerGuestOr, ownerOr, post, put, Reply, type Route, signedIn } from './route.ts'
import { rememberingLogger, testApp } from './testing.ts'
import { currentContext } from '#kit/core/context.ts'
import { defineErrors } from '#kit/core/errors.ts'
import { closed, mapOf } from '#kit/messaging/event.ts'
import { silentLogger } from '#kit/service/logger.ts'

const Thing = closed({ id: Type.String(), name: Type.String(), version: Type.Integer() })
const mug = { id: 'mug', name: 'Mug', version: 3 }
const refusals = defineErrors('things', { gone: ['gone', 'It is gone.'], soldOut: ['rule', 'It is sold out.'] })

const routes: Route[] = [
  get(
    '/api/things',
    {
      access: anyone,
      summary: 'All things',
      query: closed({
        limit: Type.Integer({ minimum: 1, maximum: 100, default: 20 }),
        tag: Type.Optional(Type.Array(Type.String())),
        sold: Type.Optional(Type.Boolean()),
      }),
      response: closed({ items: Type.Array(Thing), query: Type.Optional(Type.Unknown()) }),
    },
    async ({ query }) => ({ items: [mug], query }),
  ),
  get(
    '/api/things/:id',
    {
      access: anyone,
      summary: 'One thing',
      params: closed({ id: Type.String({ pattern: '^[a-z]+$' }) }),
      response: Thing,
      versioned: true,
    },
    async () => ({
      ...mug,
      cost_price: 1,
    }),
  ),
  post(
    '/api/things',
    {
      access: anyone,
      summary: 'A new thing',
      status: 201,
      body: closed({
        name: Type.String({ minLength: 1 }),
        size: Type.Optional(Type.Integer()),
        kind: Type.Optional(Type.Union([Type.Literal('a'), Type.Literal('b')])),
      }),
      response: Thing,
    },
    async ({ body }) => new Reply({ ...mug, name: body.name }, { headers: { Location: '/api/things/mug' } }),
  ),
  put(
    '/api/things/:id',
    {
      access: anyone,
      summary: 'Changes',
      versioned: true,
      body: closed({ name: Type.String() }),
      response: closed({ expected: Type.Optional(Type.Integer()), version: Type.Integer() }),
    },
    async ({ expectedVersion }) => ({
      ...(expectedVersion === undefined ? {} : { expected: expectedVersion }),
      version: 4,
    }),
  ),
  del('/api/things/:id', { access: anyone, summary: 'Away' }, async () => undefined),
  get(
    '/api/ready-made',
    { access: anyone, summary: 'From the cache', response: Thing },
    async () => new Reply(Buffer.from('{"id":"mug"}'), { headers: { etag: '"cached"' } }),
  ),
  get(
    '/api/where',
    { access: anyone, summary: 'Where am I', response: closed({ locale: Type.String(), channel: Type.String() }) },
    async ({ locale, channel }) => ({ locale, channel }),
  ),
  get(
    '/api/trace',
    { access: anyone, summary: 'Trace', response: closed({ traceId: Type.String(), correlationId: Type.String() }) },
    async () => {
      await Promise.resolve()
      return currentContext()
    },
  ),
  get('/api/broken', { access: anyone, summary: 'Breaks' }, async () => {
    throw new Error('relation "customers" has no column password_hash')
  }),
  get('/api/refused', { access: anyone, summary: 'Refuses' }, async () => {
    throw refusals.soldOut({ sku: 'mug', left: 0n })
  }),
  get(
    '/api/page',
    { access: anyone, summary: 'A page', produces: 'text/html; charset=utf-8' },
    async () => new Reply('<p>hello</p>'),
  ),
  post(
    '/api/upload',
    {
      access: anyone,
      summary: 'Upload',
      consumes: 'text/csv, image/*',
      bodyLimit: 200_000,
      response: closed({ bytes: Type.Integer() }),
    },
    async ({ body }) => ({ bytes: (body as Buffer).length }),
  ),
  post(
    '/api/hook',
    { access: anyone, summary: 'Webhook', rawBody: true, idempotency: 'none', response: closed({ raw: Type.String() }) },
    async ({ rawBody }) => ({ raw: String(rawBody) }),
  ),
  get('/api/mine', { access: signedIn, summary: 'Mine', response: closed({ id: Type.String() }) }, async ({ principal }) => ({
    id: principal.id,
  })),
  get('/api/staff', { access: can('things:read'), summary: 'Staff only' }, async () => undefined),
  get('/api/orders/:id', { access: ownerOr('things:read'), summary: 'Owner' }, async () => undefined),
  get('/api/carts/:id', { access: ownerGuestOr('things:read'), summary: 'Owner or guest' }, async () => undefined),
  get(
    '/internal/products',
    { access: internal, summary: 'For services', response: closed({ ok: Type.Boolean() }) },
    async () => ({ ok: true }),
  ),
]

const log = rememberingLogger()
const app = testApp(routes, { log })
const call = async (options: InjectOptions | string) => app.inject(options)
const send = (payload: string | Buffer, headers: Record<string, string> = {}, url = '/api/things') =>
  call({ method: 'POST', url, payload, headers: { 'content-type': 'application/json', ...headers } })

test('S3: an answer carries only the fields its schema names', async () => {
  const answer = await call('/api/things/mug')
  expect(answer.statusCode).toBe(200)
  expect(answer.json()).toEqual(mug)
})

test('query parameters become numbers, booleans and lists; bodies never change type', async () => {
  expect((await call('/api/things?limit=5&tag=a&sold=true')).json().query).toEqual({ limit: 5, tag: ['a'], sold: true })
  expect((await call('/api/things?tag=a&tag=b')).json().query).toEqual({ limit: 20, tag: ['a', 'b'] })
  const answer = await send('{"name":"Mug","size":"3"}')
  expect(answer.statusCode).toBe(400)
  expect(answer.json()).toMatchObject({
    code: 'http/invalid-input',
    errors: [{ pointer: '/size', message: 'must be an integer' }],
  })
})

test.each([
  ['/api/things?limit=x', '?limit', 'must be an integer'],
  ['/api/things?limit=1&limit=2', '?limit', 'must be an integer'],
  ['/api/things?limit=1000', '?limit', 'must be <= 100'],
  ['/api/things?role=admin', '?role', 'is not a known field'],
  ['/api/things?__proto__=1', '?__proto__', 'is not a known field'],
  ['/api/trace?anything=1', '?anything', 'is not a known field'],
  ['/api/things/A1', '{id}', 'does not have the expected form'],
])('GET %s is refused with a pointer to the mistake', async (url, pointer, message) => {
  const answer = await call(url)
  expect(answer.statusCode).toBe(400)
  expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8')
  expect(answer.json().errors).toEqual([{ pointer, message }])
})

test.each([
  ['an unknown field', '{"name":"Mug","role":"admin"}', '/role', 'is not a known field'],
  ['a prototype', '{"name":"Mug","__proto__":{"admin":true}}', '/__proto__', 'is not a known field'],
  ['an escaped prototype', '{"name":"Mug","__pr\\u006fto__":{"admin":true}}', '/__proto__', 'is not a known field'],
  ['a constructor', '{"name":"Mug","constructor":{"prototype":{}}}', '/constructor', 'is not a known field'],
  ['a missing field', '{}', '/name', 'is required'],
  ['a wrong choice', '{"name":"Mug","kind":"c"}', '/kind', 'must be one of "a", "b"'],
  ['a null character', '{"name":"Mu\\u0000g"}', '/name', 'must not contain a null character'],
  ['half of a surrogate pair', '{"name":"Mu\\ud83dg"}', '/name', 'must not contain half of a character'],
  ['no body', '', '', 'a JSON body is required'],
  ['half a body', '{"name":', '', 'ends before the JSON is complete'],
  ['a number too far', '{"name":"Mug","size":1e400}', '/size', 'must be an integer'],
])('S4: %s in the body is refused', async (_what, payload, pointer, message) => {
  const answer = await send(payload)
  expect(answer.statusCode).toBe(400)
  expect(answer.json().errors).toEqual([{ pointer, message }])
})

test('S20: a thousand brackets are refused, not a reason to fall over', async () => {
  const answer = await send(`{"name":${'['.repeat(20_000)}${']'.repeat(20_000)},"x":"\\u0041"}`)
  expect(answer.statusCode).toBe(400)
})

test('a route that wants no body takes none and an empty object, but no fields', async () => {
  expect((await call({ method: 'DELETE', url: '/api/things/mug' })).statusCode).toBe(204)
  expect((await call({ method: 'DELETE', url: '/api/things/mug', payload: {} })).statusCode).toBe(204)
  expect((await call({ method: 'DELETE', url: '/api/things/mug', payload: { force: true } })).statusCode).toBe(400)
})

test('S29: a card number never gets in, wherever it stands', async () => {
  for (const name of [
    '4111111111111111',
    '4111 1111 1111 1111',
    'my card 5555-5555-5555-4444, thanks',
    '\\u0034111111111111111',
  ]) {
    const answer = await send(`{"name":"${name}"}`)
    expect(answer.statusCode, name).toBe(422)
    expect(answer.body, name).not.toMatch(/[45][15 -]{12}/)
  }
  expect((await send('{"name":"Mug","size":4111111111111111}')).json().code).toBe('http/card-number')
  expect(JSON.stringify(log.lines)).not.toContain('11111111')
})

test('content types other than the declared are refused before the body is read', async () => {
  for (const type of [
    'text/plain',
    'application/xml',
    'application/vnd.api+json',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'json',
  ]) {
    const answer = await send('{"name":"Mug"}', { 'content-type': type })
    expect(answer.statusCode, type).toBe(415)
    expect(answer.json().code).toBe('http/unsupported-media-type')
  }
  for (const type of ['application/json;charset=utf-8', 'Application/JSON', 'application/json ; x=y'])
    expect((await send('{"name":"Mug"}', { 'content-type': type })).statusCode, type).toBe(201)
  expect((await send('{"name":"Mug"}', { 'content-encoding': 'gzip' })).statusCode).toBe(415)
})

test('S20: a body beyond the limit is refused', async () => {
  const answer = await send(JSON.stringify({ name: 'x'.repeat(64 * 1024) }))
  expect(answer.statusCode).toBe(413)
  expect(answer.json().code).toBe('http/too-large')
})

test('an upload arrives as bytes, a webhook as it was signed', async () => {
  expect((await send(Buffer.alloc(100_000), { 'content-type': 'image/png' }, '/api/upload')).json()).toEqual({ bytes: 100_000 })
  expect((await send('a;b', { 'content-type': 'text/csv' }, '/api/upload')).json()).toEqual({ bytes: 3 })
  expect((await send('{}', {}, '/api/upload')).statusCode).toBe(415)
  expect((await send('{ "a" : 1 }', {}, '/api/hook')).json()).toEqual({ raw: '{ "a" : 1 }' })
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

test('addresses that are no addresses are refused politely', async () => {
  expect((await call('/api/things/%zz')).json().code).toBe('http/malformed-request')
  expect((await call('/api/things/mug%00')).json().code).toBe('http/malformed-request')
  expect((await call(`/api/things/${'a'.repeat(500)}`)).json().code).toBe('http/uri-too-long')
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

test('/api/v1 is another name of /api', async () => {
  expect((await call('/api/v1/things/mug')).json()).toEqual(mug)
})

test.each([
  ['/api/mine', [401, 200, 200, 200]],
  ['/api/staff', [401, 403, 204, 204]],
  ['/api/orders/1', [401, 204, 204, 204]],
  ['/api/carts/1', [204, 204, 204, 204]],
  ['/internal/products', [404, 404, 404, 200]],
  ['/actuator/gateway/routes', [401, 403, 403, 200]],
])('%s lets in whom its policy names: nobody, a shopper, staff, a service', async (url, expected) => {
  const found: number[] = []
  for (const who of [undefined, 'ann', 'bob things:read', 'service orders'])
    found.push((await call({ url, headers: who ? { 'x-test-principal': who } : {} })).statusCode)
  expect(found).toEqual(expected)
  if (expected[0] === 401) expect((await call(url)).headers['www-authenticate']).toBe('Bearer')
})

test('internal addresses do not exist outside, under any method', async () => {
  for (const method of ['GET', 'POST', 'OPTIONS', 'DELETE'] as const) {
    const [inside, nowhere] = [
      await call({ method, url: '/internal/products' }),
      await call({ method, url: '/internal/nowhere' }),
    ]
    expect(inside.statusCode).toBe(404)
    expect({ ...inside.json(), instance: '', traceId: '' }).toEqual({ ...nowhere.json(), instance: '', traceId: '' })
  }
})

test('what belongs to somebody is never stored by caches', async () => {
  expect((await call({ url: '/api/mine', headers: { 'x-test-principal': 'ann' } })).headers['cache-control']).toBe(
    'private, no-store',
  )
  expect((await call('/api/things')).headers['cache-control']).toBe('no-cache')
  expect((await send('{"name":"Mug"}')).headers['cache-control']).toBe('no-store')
})

const Language = Type.String({ pattern: '^[a-z]{2}$', maxLength: 2 })

test('a map takes the keys it names and no others, with nothing unchecked under them', async () => {
  const route = post(
    '/api/texts',
    { access: anyone, summary: '', body: mapOf(Language, closed({ title: Type.String() })) },
    async () => undefined,
  )
  const app = buildApp({ log: silentLogger, services: [{ name: 'x', routes: [route] }] })
  const sent = (payload: unknown) => app.inject({ method: 'POST', url: '/api/texts', payload: payload as object })
  expect((await sent({ en: { title: 'Mug' } })).statusCode).toBe(204)
  for (const body of [{ english: null }, { 'e\nn': {} }, { en: { title: 'Mug', role: 'ADMIN' } }, { '': 1 }])
    expect((await sent(body)).json().code).toBe('http/invalid-input')
})

test.each([
  ['no access', { method: 'GET', path: '/a', spec: { summary: '' } }, 'declares no access'],
  [
    'an open body',
    post('/a', { access: anyone, summary: '', body: Type.Object({ a: Type.String() }) }, async () => undefined),
    'lets unknown fields through',
  ],
  [
    'an open object in a list',
    post('/a', { access: anyone, summary: '', body: closed({ list: Type.Array(Type.Object({})) }) }, async () => undefined),
    'at /list/items',
  ],
  [
    'a map whose other keys nobody looks at',
    post(
      '/a',
      { access: anyone, summary: '', body: closed({ texts: Type.Record(Language, Type.String()) }) },
      async () => undefined,
    ),
    'at /texts',
  ],
  [
    'an internal path for everybody',
    get('/internal/a', { access: anyone, summary: '' }, async () => undefined),
    'under /internal/',
  ],
  ['a permission without a name', get('/a', { access: can('admin'), summary: '' }, async () => undefined), 'permission "admin"'],
])('a route with %s stops the boot', (_what, route, message) => {
  expect(() => buildApp({ log: silentLogger, services: [{ name: 'x', routes: [route as unknown as Route] }] })).toThrow(message)
})

test('the authorization matrix lists every route with its policy', () => {
  const list = listPolicies(app)
  expect(list.length).toBeGreaterThan(routes.length)
  expect(list.find(({ path }) => path === '/api/staff')).toMatchObject({
    service: 'things',
    method: 'GET',
    access: { kind: 'permission', permission: 'things:read' },
  })
})
