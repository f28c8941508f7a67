import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, expectTypeOf, it } from 'vitest'
import { createClient, type Answer, type ClientOptions } from './client.ts'
import { SoukError, UnreachableError } from './errors.ts'

type Answering = (request: IncomingMessage, response: ServerResponse, body: string) => void
const closing: (() => void)[] = []
afterEach(() => {
  for (const close of closing.splice(0)) close()
})

/** A server on loopback that answers one request after the other; the last way of answering stays. */
async function shop(answers: Answering[], options: Partial<ClientOptions> = {}) {
  const seen: { method: string; url: string; headers: IncomingMessage['headers']; body: string }[] = []
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    seen.push({ method: request.method!, url: request.url!, headers: request.headers, body })
    answers[Math.min(seen.length, answers.length) - 1]!(request, response, body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closing.push(() => {
    server.closeAllConnections()
    server.close()
  })
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { seen, client: createClient({ baseUrl, retry: { firstPauseMs: 1 }, ...options }) }
}

const json =
  (status: number, value: unknown, headers: Record<string, string> = {}): Answering =>
  (_request, response) => {
    response.writeHead(status, { 'content-type': status < 400 ? 'application/json' : 'application/problem+json', ...headers })
    response.end(JSON.stringify(value))
  }
const refused = (status: number, code: string, headers: Record<string, string> = {}) =>
  json(status, { code, status, title: 'no', detail: 'No.' }, headers)

describe('the client', () => {
  it('writes parameters into the address and lists with commas', async () => {
    const { client, seen } = await shop([json(200, { items: [] })], { channel: 'web', locale: 'de' })
    await client.call('GET /api/products', { query: { fields: ['id', 'slug'], search: 'tea & cups', brand: undefined } })
    expect(seen[0]).toMatchObject({
      url: '/api/products?fields=id%2Cslug&search=tea+%26+cups',
      headers: { 'x-channel': 'web', 'accept-language': 'de' },
    })
  })

  it('encodes what stands in the path, so that no name leads elsewhere', async () => {
    const { client, seen } = await shop([json(200, {})])
    await client.call('GET /api/products/{id}', { path: { id: '../users' } })
    expect(seen[0]!.url).toBe('/api/products/..%2Fusers')
  })

  it('asks once where a second try could only hear that it was used', async () => {
    const { client, seen } = await shop([refused(503, 'http/unavailable'), json(200, {})])
    const body = { provider: 'company', ticket: 't', query: 'code=c' }
    await expect(client.call('POST /api/auth/providers/finish', { body }, { once: true })).rejects.toMatchObject({ status: 503 })
    expect(seen).toHaveLength(1)
  })

  it('repeats an order under the same key when the shop was too busy', async () => {
    const { client, seen } = await shop([
      refused(503, 'http/unavailable'),
      refused(503, 'http/unavailable'),
      json(201, { number: 'ORD-1' }),
    ])
    const order = await client.call('POST /api/orders', { body: { cartId: 'c' } })
    expect(order.number).toBe('ORD-1')
    const keys = seen.map(({ headers }) => headers['idempotency-key'])
    expect(keys).toHaveLength(3)
    expect(new Set(keys).size).toBe(1)
    expect(keys[0]).toMatch(/^[\w-]{8,}$/)
  })

  it('gives every call a key of its own', async () => {
    const { client, seen } = await shop([json(201, {})])
    await client.call('POST /api/orders', { body: {} })
    await client.call('POST /api/orders', { body: {} })
    expect(seen[0]!.headers['idempotency-key']).not.toBe(seen[1]!.headers['idempotency-key'])
  })

  it('does not repeat what was refused for a reason', async () => {
    const { client, seen } = await shop([refused(402, 'orders/payment-declined')])
    const failure = await client.call('POST /api/orders', { body: {} }).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(SoukError)
    expect(failure).toMatchObject({ code: 'orders/payment-declined', status: 402, message: 'No.' })
    expect(seen).toHaveLength(1)
  })

  it('repeats after a broken connection, and says so when nobody ever answers', async () => {
    const broken: Answering = (request) => void request.socket.destroy()
    const { client, seen } = await shop([broken, json(200, { items: [] })])
    await client.call('GET /api/products')
    expect(seen).toHaveLength(2)
    const gone = await shop([broken])
    await expect(gone.client.call('GET /api/products')).rejects.toBeInstanceOf(UnreachableError)
    expect(gone.seen).toHaveLength(3)
  })

  it('does not wait longer than it was allowed to when the shop asks for a long pause', async () => {
    const { client, seen } = await shop([refused(429, 'http/rate-limited', { 'retry-after': '60' })])
    await expect(client.call('GET /api/products')).rejects.toMatchObject({ code: 'http/rate-limited' })
    expect(seen).toHaveLength(1)
  })

  it('renews a token that has run out, once', async () => {
    let token = 'old'
    const { client, seen } = await shop([refused(401, 'http/invalid-token'), json(200, { items: [] })], {
      token: () => token,
      renewToken: async () => {
        token = 'new'
        return true
      },
    })
    await client.call('GET /api/orders')
    expect(seen.map(({ headers }) => headers.authorization)).toEqual(['Bearer old', 'Bearer new'])
    const always = await shop([refused(401, 'http/invalid-token')], { token: () => token, renewToken: async () => true })
    await expect(always.client.call('GET /api/orders')).rejects.toMatchObject({ status: 401 })
    expect(always.seen).toHaveLength(2)
  })

  it('says with each request how far a change of its own has come, so that no copy shows the time before it', async () => {
    const { client, seen } = await shop([
      json(200, { items: [] }),
      json(201, {}, { 'x-souk-seen': 'a=10' }),
      json(200, { items: [] }),
      json(201, {}, { 'x-souk-seen': 'a=12' }),
      json(200, { items: [] }),
    ])
    await client.call('GET /api/products')
    for (let order = 0; order < 2; order += 1) {
      await client.call('POST /api/orders', { body: {} })
      await client.call('GET /api/products')
    }
    expect(seen.map(({ headers }) => headers['x-souk-seen'])).toEqual([undefined, undefined, 'a=10', 'a=10', 'a=12'])
  })

  it('reads a list page after page, no further than it is asked for', async () => {
    const { client, seen } = await shop([
      json(200, { items: [{ id: '1' }, { id: '2' }], next: 'n1' }),
      json(200, { items: [{ id: '3' }] }),
    ])
    const ids: string[] = []
    for await (const product of client.each('GET /api/products', { query: { limit: 2 } })) ids.push(product.id)
    expect(ids).toEqual(['1', '2', '3'])
    expect(seen.map(({ url }) => url)).toEqual(['/api/products?limit=2', '/api/products?limit=2&cursor=n1'])
  })

  it('knows the types of what it sends and gets', () => {
    type Product = Answer<'GET /api/products/{id}'>
    expectTypeOf<Product['slug']>().toEqualTypeOf<string>()
    expectTypeOf<Answer<'POST /api/orders'>['payment']['outcome']>().toEqualTypeOf<
      'confirmed' | 'awaiting-payment' | 'challenge' | 'payment-pending'
    >()
  })
})
