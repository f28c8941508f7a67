import Type from 'typebox'
import { expect, test } from 'vitest'
import { errors } from './errors.ts'
import { anyone, can, get, internal, ownerGuestOr, post, put } from './route.ts'
import { testApp } from './testing.ts'
import { closed } from '#kit/messaging/event.ts'

const Order = closed({ id: Type.String(), version: Type.Integer() })
const app = testApp(
  [
    get(
      '/api/orders/:id',
      {
        access: ownerGuestOr('orders:read-any'),
        summary: 'One order',
        params: closed({ id: Type.String({ format: 'uuid' }) }),
        response: Order,
        versioned: true,
        errors: [errors.noSuchRoute],
      },
      async () => ({ id: '', version: 1 }),
    ),
    put(
      '/api/orders/:id',
      {
        access: can('orders:write'),
        summary: 'Changes',
        versioned: true,
        body: closed({ note: Type.String() }),
        response: Order,
      },
      async () => ({ id: '', version: 1 }),
    ),
    post(
      '/api/orders/import',
      { access: can('orders:write'), summary: 'Imports', consumes: 'text/csv', status: 202 },
      async () => undefined,
    ),
    get(
      '/api/orders/:id/invoice',
      { access: anyone, summary: 'Invoice', produces: 'application/pdf' },
      async () => Buffer.from('') as never,
    ),
    get('/internal/orders', { access: internal, summary: 'Internal' }, async () => undefined),
  ],
  { name: 'orders', title: 'Souk', version: '1.2.3' },
)
const document = async (url = '/v3/api-docs') => (await app.inject(url)).json()

test('S30: the document names every public route, with its schema, its policy and its refusals', async () => {
  const api = await document()
  expect([api.openapi, api.info.title, api.info.version]).toEqual(['3.1.0', 'Souk', '1.2.3'])
  expect(Object.keys(api.paths).sort()).toEqual(['/api/orders/import', '/api/orders/{id}', '/api/orders/{id}/invoice'])
  const { get: read, put: change } = api.paths['/api/orders/{id}']
  expect(read.security).toEqual([{ bearer: [] }, {}])
  expect(read.parameters[0]).toMatchObject({ name: 'id', in: 'path', required: true, schema: { type: 'string', format: 'uuid' } })
  expect(read.responses[200].content['application/json'].schema.required).toEqual(['id', 'version'])
  expect(read.responses[404].content['application/problem+json'].examples['http.no-such-route'].value.status).toBe(404)
  expect(change['x-permission']).toBe('orders:write')
  expect(change.parameters.map(({ name }: { name: string }) => name)).toEqual(
    expect.arrayContaining(['Idempotency-Key', 'If-Match']),
  )
  expect(Object.keys(change.responses)).toEqual(
    expect.arrayContaining(['200', '400', '401', '403', '409', '412', '413', '415', '422', '429', '503']),
  )
  expect(api.paths['/api/orders/import'].post.requestBody.content).toHaveProperty(['text/csv'])
  expect(api.paths['/api/orders/import'].post.responses).toHaveProperty('202')
  expect(api.paths['/api/orders/{id}/invoice'].get.responses[200].content).toHaveProperty(['application/pdf'])
})

test('operation names are unique', async () => {
  const names = Object.values(
    await document().then((api) => api.paths as Record<string, Record<string, { operationId: string }>>),
  ).flatMap((path) => Object.values(path).map((operation) => operation.operationId))
  expect(new Set(names).size).toBe(names.length)
})

test('each service has its document, its page and an answer at its root', async () => {
  expect((await document('/api/orders/v3/api-docs')).info.title).toBe('orders')
  expect((await app.inject('/api/v1/orders/')).json()).toMatchObject({
    name: 'orders',
    links: { openapi: '/api/orders/v3/api-docs' },
  })
  for (const url of ['/swagger-ui.html', '/api/orders/swagger-ui/index.html']) {
    const page = await app.inject(url)
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8')
    expect(page.headers['content-security-policy']).toContain("script-src 'self';")
    expect(page.body).not.toMatch(/https?:\/\/|<script>|onload=/)
    for (const [, file] of page.body.matchAll(/(?:src|href)="([^"]+)"/g))
      expect((await app.inject(file as string)).statusCode, file).toBe(200)
  }
})

test('every error code is explained where a problem points to', async () => {
  const { type } = (await app.inject('/api/nothing')).json()
  const [path, anchor] = type.split('#')
  expect((await app.inject(path)).body).toContain(`id="${anchor}"`)
})
