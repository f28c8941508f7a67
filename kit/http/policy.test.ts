import Type from 'typebox'
import { expect, test } from 'vitest'
import { app, call, Language, routes } from './app.fixture.ts'
import { buildApp } from './app.ts'
import { listPolicies } from './policy.ts'
import { anyone, can, get, post, type Route } from './route.ts'
import { closed } from '#kit/messaging/event.ts'
import { silentLogger } from '#kit/service/logger.ts'

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
