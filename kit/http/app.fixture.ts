import type { InjectOptions } from 'fastify'
import Type from 'typebox'
import { anyone, can, del, get, internal, ownerGuestOr, ownerOr, post, put, Reply, type Route, signedIn } from './route.ts'
import { rememberingLogger, testApp } from './testing.ts'
import { currentContext } from '#kit/core/context.ts'
import { defineErrors } from '#kit/core/errors.ts'
import { closed } from '#kit/messaging/event.ts'

export const Language = Type.String({ pattern: '^[a-z]{2}$', maxLength: 2 })

const Thing = closed({ id: Type.String(), name: Type.String(), version: Type.Integer() })
/** What `/api/things/mug` answers. */
export const mug = { id: 'mug', name: 'Mug', version: 3 }
const refusals = defineErrors('things', { gone: ['gone', 'It is gone.'], soldOut: ['rule', 'It is sold out.'] })

export const routes: Route[] = [
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

export const log = rememberingLogger()
export const app = testApp(routes, { log })
export const call = async (options: InjectOptions | string) => app.inject(options)
/** Posts a body as it is. */
export const send = (payload: string | Buffer, headers: Record<string, string> = {}, url = '/api/things') =>
  call({ method: 'POST', url, payload, headers: { 'content-type': 'application/json', ...headers } })
