import { randomBytes } from 'node:crypto'
import { afterEach, describe, expect, it } from 'vitest'
import { currentContext, deadlineOf, until, withContext } from '#kit/core/context.ts'
import { servicePrincipal } from '#kit/core/principal.ts'
import { buildApp } from '#kit/http/app.ts'
import { anyone, get, post } from '#kit/http/route.ts'
import { rememberingLogger } from '#kit/http/testing.ts'
import { createTokenVerifier } from '#kit/http/tokens.ts'
import { closed } from '#kit/messaging/event.ts'
import { silentLogger } from '#kit/service/logger.ts'
import { createGrpcRemote } from './grpc/client.ts'
import { createGrpcServer } from './grpc/server.ts'
import { createRpcRegistry, type RpcRegistry } from './registry.ts'
import { type CallContext, defineRpc, implement, method, stream } from './rpc.ts'
import { createServiceTokens, SERVICE_ISSUER } from './service-tokens.ts'

const none = closed({})
const shop = defineRpc('shop', { order: method(none, none) })
const stock = defineRpc('stock', { reserve: method(none, none), hang: method(none, none), watch: stream(none, none) })

const tokens = createServiceTokens(randomBytes(32))
const opened: (() => unknown)[] = []
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close()
})

interface Asked {
  readonly service: string
  /** milliseconds that somebody goes on waiting for this call, and for the work that it began */
  readonly left: number | undefined
  readonly ofWork: number | undefined
  readonly traceId: string
}

/** Two services, the one asking the other, in one process or in two; `asked` is what they heard. */
async function twoServices(where: 'together' | 'apart', timeoutMs = 60_000) {
  const asked: Asked[] = []
  const note = (service: string, call: CallContext) => {
    const now = Date.now()
    const left = (at: number | undefined) => (at === undefined ? undefined : at - now)
    asked.push({ service, left: left(call.deadline), ofWork: left(deadlineOf()), traceId: currentContext().traceId })
    return {}
  }
  const stockHere = implement(stock, {
    reserve: async (_input, call) => note('stock', call),
    hang: async () => await new Promise(() => undefined),
    async *watch(_input, call) {
      yield note('stock', call)
    },
  })
  const shopHere = (rpc: RpcRegistry) =>
    implement(shop, {
      order: async (_input, call) => {
        note('shop', call)
        return await rpc.client(stock, 'shop').reserve({})
      },
    })
  const here = createRpcRegistry({ validate: true })
  here.serve(stockHere)
  here.serve(shopHere(here))
  if (where === 'together') return { rpc: here, asked }
  const peers = new Map<string, { url: string; version: string }[]>()
  const elsewhere = () => {
    const remote = createGrpcRemote({ peers, published: () => undefined, tokens, timeoutMs, log: silentLogger })
    opened.push(() => remote.close())
    return createRpcRegistry({ validate: true, remote })
  }
  for (const implementation of [stockHere, shopHere(elsewhere())]) {
    const { service } = implementation.contract
    const server = createGrpcServer({
      implementations: [implementation],
      published: () => undefined,
      ready: () => true,
      log: silentLogger,
      tokens: createTokenVerifier({
        user: { issuer: 'shop', audience: 'souk', keys: () => undefined },
        service: { issuer: SERVICE_ISSUER, audience: [service], keys: () => tokens.publicKey },
      }),
    })
    opened.push(() => server.close(0))
    const port = await server.listen({ host: '127.0.0.1', port: 0 })
    peers.set(service, [{ url: `http://127.0.0.1:${port}`, version: 'main' }])
  }
  return { rpc: elsewhere(), asked }
}

describe.each(['together', 'apart'] as const)('whoever waits for an order, with its services %s,', (where) => {
  it('gives each service behind another no more time than that one had', async () => {
    const { rpc, asked } = await twoServices(where)
    await until(Date.now() + 3_000, () => rpc.client(shop, 'gateway').order({}))
    expect(asked.map(({ service }) => service)).toEqual(['shop', 'stock'])
    const [first, second] = asked
    expect(first!.left).toBeLessThanOrEqual(3_000)
    expect(second!.left).toBeLessThanOrEqual(first!.left!)
    expect(asked.map(({ ofWork }) => ofWork)).toEqual(asked.map(({ left }) => left))
  })

  it('may say for one call that there is less', async () => {
    const { rpc, asked } = await twoServices(where)
    const call = { principal: servicePrincipal('gateway'), deadline: Date.now() + 2_000 }
    await until(Date.now() + 9_000, () => rpc.client(shop, 'gateway').order({}, call))
    for (const { left, ofWork } of asked) expect(Math.max(left!, ofWork!)).toBeLessThanOrEqual(2_000)
  })

  it('asks nobody any more when the time is over', async () => {
    const { rpc, asked } = await twoServices(where)
    const late = { kind: 'unavailable', code: 'rpc/too-late' }
    const over = Date.now() - 1
    await expect(until(over, () => rpc.client(shop, 'gateway').order({}))).rejects.toMatchObject(late)
    const watch = async () => {
      for await (const _ of rpc.client(stock, 'gateway').watch({})) break
    }
    await expect(until(over, watch)).rejects.toMatchObject(late)
    expect(asked).toEqual([])
  })

  it('follows a stream within the time there is, or without an end', async () => {
    const { rpc, asked } = await twoServices(where)
    const watch = async () => {
      for await (const _ of rpc.client(stock, 'gateway').watch({})) break
    }
    await withContext({ traceId: 'a'.repeat(32), correlationId: 'one-story' }, () => until(Date.now() + 3_000, watch))
    await watch()
    const [short, endless] = asked
    expect(short!.left).toBeLessThanOrEqual(3_000)
    expect(short).toMatchObject({ ofWork: short!.left, traceId: 'a'.repeat(32) })
    expect([endless!.left, endless!.ofWork]).toEqual([undefined, undefined])
  })
})

describe('a call over the network', () => {
  it('ends with the time of the work it belongs to, long before its own limit', async () => {
    const { rpc } = await twoServices('apart', 60_000)
    const call = until(Date.now() + 100, () => rpc.client(stock, 'shop').hang({}))
    await expect(call).rejects.toMatchObject({ kind: 'unavailable', code: 'rpc/too-late' })
  })

  it('has a limit of its own where nobody has set one, or a longer one', async () => {
    const { rpc, asked } = await twoServices('apart', 2_000)
    await rpc.client(stock, 'shop').reserve({})
    await until(Date.now() + 60_000, () => rpc.client(stock, 'shop').reserve({}))
    for (const { left } of asked) expect(left).toBeLessThanOrEqual(2_000)
  })
})

describe('a request', () => {
  it('gives the services behind it the time that it has itself; what goes on after its answer is not bound by it', async () => {
    const { rpc, asked } = await twoServices('together')
    const calls = rpc.client(shop, 'shop')
    const answered = Promise.withResolvers<void>()
    const afterwards: Promise<unknown>[] = []
    const handle = async () => {
      await calls.order({})
      afterwards.push(answered.promise.then(() => calls.order({})))
      return {}
    }
    const routes = [
      get('/api/things', { access: anyone, summary: 'Things' }, handle),
      post('/api/things', { access: anyone, summary: 'New', body: closed({}) }, handle),
    ]
    const app = buildApp({
      log: rememberingLogger(),
      services: [{ name: 'things', routes }],
      limits: { handlerTimeoutMs: 3_000 },
    })
    opened.push(() => app.close())
    for (const ask of [
      { method: 'GET' as const, url: '/api/things' },
      { method: 'POST' as const, url: '/api/things', payload: {} },
    ]) {
      expect((await app.inject(ask)).statusCode).toBeLessThan(300)
      expect(asked).toHaveLength(2)
      for (const { left } of asked.splice(0)) expect(left).toBeLessThanOrEqual(3_000)
    }
    answered.resolve()
    await Promise.all(afterwards)
    expect(new Set(asked.map(({ left }) => left))).toEqual(new Set([undefined]))
  })
})
