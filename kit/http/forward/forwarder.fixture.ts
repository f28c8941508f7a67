import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import Type from 'typebox'
import { buildApp } from '../app.ts'
import type { EdgeOptions } from '../edge.ts'
import { anyone, can, del, get, internal, post, put, signedIn } from '../route.ts'
import { aUser, rememberingLogger } from '../testing.ts'
import { createForwarder, type ForwarderOptions, type ForwardLimits } from './forwarder.ts'
import { createVouching } from './vouch.ts'
import { closed } from '#kit/messaging/event.ts'

export const secret = Buffer.alloc(32, 5)
const nothing = async () => undefined
const Id = closed({ id: Type.String() })
/** Routes of a service that runs elsewhere, as its manifest declares them; nobody calls these handlers. */
const routes = [
  get('/api/things', { access: anyone, summary: 'Things' }, nothing),
  get('/api/things/:id', { access: anyone, summary: 'One', params: Id }, nothing),
  get('/api/mine', { access: signedIn, summary: 'Mine' }, nothing),
  get('/api/staff', { access: can('things:write'), summary: 'Staff' }, nothing),
  get('/internal/things', { access: internal, summary: 'Inner' }, nothing),
  post('/api/things', { access: anyone, summary: 'New', body: closed({}) }, nothing),
  put('/api/things/:id', { access: anyone, summary: 'Change', params: Id, body: closed({}) }, nothing),
  del('/api/things/:id', { access: anyone, summary: 'Away', params: Id }, nothing),
  post('/api/uploads', { access: anyone, summary: 'Upload', consumes: '*/*', bodyLimit: 1_000_000 }, nothing),
]

export const opened: (() => Promise<unknown>)[] = []
/** For afterEach. */
export async function closeAll(): Promise<void> {
  for (const close of opened.splice(0).reverse()) await close()
}

export type Behaviour = (request: IncomingMessage, answer: ServerResponse) => void
export const json =
  (body: unknown, status = 200): Behaviour =>
  (_request, answer) =>
    void answer.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))

export const toPost = (headers: Record<string, string> = {}) => ({
  method: 'POST',
  body: '{}',
  headers: { 'content-type': 'application/json', ...headers },
})

/** A process of the service: what it gets, and what it says to anything but questions about its health. */
export async function instance(behaviour: Behaviour = json({})) {
  const seen: { method: string; url: string; headers: IncomingMessage['headers'] }[] = []
  const state = { behaviour, ready: true }
  const server = createServer((request, answer) => {
    if (request.url === '/actuator/health/readiness') return void answer.writeHead(state.ready ? 200 : 503).end()
    seen.push({ method: request.method!, url: request.url!, headers: request.headers })
    state.behaviour(request, answer)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  opened.push(async () => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen, state }
}

type Where = string | { url: string; version: string }

export async function gateway(
  where: Where[],
  limits: Partial<ForwardLimits> = {},
  rules: Partial<ForwarderOptions['rules']> = {},
  given?: ForwarderOptions['peers'],
  edge: Partial<EdgeOptions> = {},
) {
  const log = rememberingLogger()
  const peers =
    given ?? new Map([['things', where.map((peer) => (typeof peer === 'string' ? { url: peer, version: 'main' } : peer))]])
  const forwarder = createForwarder({
    peers,
    log,
    vouch: createVouching(secret),
    rules: { weights: () => undefined, wish: () => undefined, ...rules },
    limits: () => ({
      timeoutMs: 2_000,
      connectMs: 500,
      silenceMs: 2_000,
      retryShare: 0.1,
      maxInFlight: 50,
      ...limits,
      breaker: { failures: 5, openMs: 50, maxOpenMs: 200, ...limits.breaker },
    }),
  })
  await forwarder.open()
  const app = buildApp({
    log,
    services: [],
    elsewhere: { services: [{ name: 'things', routes }], forwarder },
    edge: {
      rateLimit: false,
      corsOrigins: ['https://shop.example'],
      authenticate: ({ 'x-test-principal': who }) => {
        const [id = '', ...permissions] = typeof who === 'string' ? who.split(' ') : []
        if (id === 'service') return { kind: 'service', id: 'orders' }
        return id === '' ? undefined : aUser(id, permissions)
      },
      ...edge,
    },
  })
  opened.push(async () => {
    await app.close()
    await forwarder.close()
  })
  await app.listen({ port: 0, host: '127.0.0.1' })
  const url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`
  const ask = async (path: string, init: RequestInit & { headers?: Record<string, string> } = {}) => {
    const answer = await fetch(`${url}${path}`, { ...init, signal: AbortSignal.timeout(5_000) })
    const text = await answer.text()
    const isJson = /json/.test(answer.headers.get('content-type') ?? '')
    return { status: answer.status, headers: answer.headers, text, body: isJson && text ? JSON.parse(text) : undefined }
  }
  const statesOf = () => forwarder.states().map(({ breaker }) => breaker)
  return { ask, url, forwarder, log, statesOf }
}
