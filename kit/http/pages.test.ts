import { EventEmitter } from 'node:events'
import type { ServerResponse } from 'node:http'
import type { FastifyInstance } from 'fastify'
import type { RouteFacts } from './compiled-route.ts'
import { afterEach, describe, expect, it } from 'vitest'
import { silentLogger } from '#kit/service/logger.ts'
import { buildApp } from './app.ts'
import { createLoadShedding, type Shed } from './load-shedding.ts'
import type { Pages } from './pages.ts'
import { anyone, get } from './route.ts'

let app: FastifyInstance
afterEach(async () => await app.close())

const pages: Pages = {
  owns: (path) => !path.startsWith('/api'),
  file(request, reply) {
    if (request.url !== '/logo.svg') return false
    reply.type('image/svg+xml').send('<svg/>')
    return true
  },
  async answer(request, reply) {
    await reply.type('text/html').send(`<p>${request.method} ${request.url}</p>`)
  },
}

function open(max?: number): void {
  app = buildApp({
    services: [],
    log: silentLogger,
    pages,
    edge: { rateLimit: max === undefined ? false : { max }, accessLog: 'off' },
  })
}

describe('pages', () => {
  it('stand at every address that no route has', async () => {
    open()
    expect((await app.inject({ url: '/cart?a=1' })).body).toBe('<p>GET /cart?a=1</p>')
    expect((await app.inject({ url: '/sign-in', method: 'POST', payload: 'a=b' })).body).toBe('<p>POST /sign-in</p>')
  })

  it('leave addresses of the API alone: a wrong one is a problem, not a page', async () => {
    open()
    const answer = await app.inject({ url: '/api/nothing' })
    expect(answer.statusCode).toBe(404)
    expect(answer.json()).toMatchObject({ code: 'http/no-such-route' })
  })

  it('S36: answer no method that pages have not, and none at an address of a route', async () => {
    app = buildApp({
      services: [{ name: 'config', routes: [get('/config/key', { access: anyone, summary: 'Key' }, async () => undefined)] }],
      log: silentLogger,
      pages: {
        ...pages,
        async answer(request, reply) {
          // as the framework of the pages does
          new Request('http://shop.test', { method: request.method })
          await pages.answer(request, reply)
        },
      },
      edge: { rateLimit: false, accessLog: 'off' },
    })
    const ask = async (method: string, url: string) => {
      const answer = await app.inject({ method: method as 'GET', url })
      return [answer.statusCode, answer.headers['allow']]
    }
    expect(await ask('TRACE', '/config/key')).toEqual([405, 'GET, HEAD, OPTIONS'])
    expect(await ask('POST', '/config/key')).toEqual([405, 'GET, HEAD, OPTIONS'])
    expect(await ask('TRACE', '/cart')).toEqual([404, undefined])
    expect(await ask('GET', '/cart')).toEqual([200, undefined])
  })

  it('have the headers that protect every answer', async () => {
    open()
    expect((await app.inject({ url: '/cart' })).headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
    })
  })

  it('S7: ask for a place in the line of slow work where somebody signs in, and take none: the request to the API does', async () => {
    const asked: RouteFacts['priority'][] = []
    const load = createLoadShedding({ maxInFlight: 8, loopDelay: () => 0 })
    const shed: Shed = (facts) => {
      asked.push(facts.priority)
      return load.shed(facts)
    }
    shed.track = (response, facts) => load.shed.track?.(response, facts)
    let inside: unknown
    app = buildApp({
      services: [],
      log: silentLogger,
      pages: {
        ...pages,
        aside: ({ method, url }) => method === 'POST' && url === '/sign-in',
        async answer(request, reply) {
          inside = [load.shed({ priority: 'aside' } as RouteFacts), load.stats().inFlight]
          await pages.answer(request, reply)
        },
      },
      edge: { rateLimit: false, accessLog: 'off', shed },
    })
    const signIn = () => app.inject({ url: '/sign-in', method: 'POST', payload: 'a=b' })
    expect((await signIn()).statusCode).toBe(200)
    // one of eight may compute a hash: the request that does finds its place free
    expect(inside).toEqual([undefined, 0])
    await app.inject({ url: '/sign-in' })
    await app.inject({ url: '/cart', method: 'POST', payload: 'a=b' })
    expect(inside).toEqual([undefined, 1])
    expect(asked).toEqual(['aside', 'normal', 'normal'])
    load.shed.track?.(new EventEmitter() as ServerResponse, { priority: 'aside' } as RouteFacts)
    expect((await signIn()).statusCode).toBe(503)
    expect((await app.inject({ url: '/cart' })).statusCode).toBe(200)
    load.close()
  })

  it('count against a budget of their own, their files against none', async () => {
    open(1)
    const [first, second] = [await app.inject({ url: '/cart' }), await app.inject({ url: '/cart' })]
    expect([first.statusCode, second.statusCode]).toEqual([200, 200])
    expect(first.headers['ratelimit-limit']).toBe('300')
    expect(second.headers['ratelimit-remaining']).toBe('298')
    expect((await app.inject({ url: '/logo.svg' })).headers['ratelimit-limit']).toBeUndefined()
  })
})
