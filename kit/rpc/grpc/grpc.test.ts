import { randomBytes } from 'node:crypto'
import { SignJWT } from 'jose'
import { create } from '@bufbuild/protobuf'
import { Code, ConnectError, createClient, type Transport } from '@connectrpc/connect'
import { createGrpcTransport } from '@connectrpc/connect-node'
import Type from 'typebox'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { currentContext, withContext } from '#kit/core/context.ts'
import { DomainError } from '#kit/core/errors.ts'
import { anonymous, type Principal } from '#kit/core/principal.ts'
import { createTokenVerifier } from '#kit/http/tokens.ts'
import { closed } from '#kit/messaging/event.ts'
import { silentLogger } from '#kit/service/logger.ts'
import { createRpcRegistry } from '../registry.ts'
import { type CallContext, defineRpc, implement, method, stream } from '../rpc.ts'
import { createServiceTokens, SERVICE_ISSUER } from '../service-tokens.ts'
import { createGrpcRemote } from './client.ts'
import { codecOf } from './contract-codec.ts'
import { createGrpcServer, type GrpcServer } from './server.ts'
import { Health, reflectionOf, SERVING } from './well-known.ts'

const contract = defineRpc('shelf', {
  take: method(closed({ sku: Type.String(), units: Type.Integer({ minimum: 1 }) }), closed({ left: Type.Integer() }), {
    outside: 'shelf:write',
  }),
  refuse: method(closed({}), closed({})),
  crash: method(closed({}), closed({})),
  slow: method(closed({}), closed({})),
  count: stream(closed({ from: Type.Integer() }), closed({ left: Type.Integer() }), { outside: 'shelf:read' }),
})
const secret = randomBytes(32)
const tokens = createServiceTokens(secret)
const people = createServiceTokens(randomBytes(32))
let seen: CallContext & { traceId: string }
let server: GrpcServer
let url: string
let ready = true
let counting = 0
const remotes: { close(): void }[] = []
const published = () => undefined

beforeAll(async () => {
  const implementation = implement(contract, {
    take: async ({ units }, call) => {
      seen = { ...call, traceId: currentContext().traceId }
      return { left: 10 - units }
    },
    refuse: async () => {
      throw new DomainError('conflict', 'shelf/taken', 'Somebody was faster.', {
        details: { sku: 'mug' },
        fields: [{ pointer: '/sku', message: 'is gone' }],
        retryAfterSeconds: 7,
      })
    },
    crash: async () => {
      throw new TypeError('a fault of ours')
    },
    slow: async () => await new Promise(() => undefined),
    async *count({ from }, { signal }) {
      counting += 1
      try {
        for (let left = from; left >= 0 && !signal?.aborted; left -= 1) {
          yield { left }
          await new Promise((resolve) => setImmediate(resolve))
        }
      } finally {
        counting -= 1
      }
    },
  })
  server = createGrpcServer({
    implementations: [implementation],
    published,
    ready: () => ready,
    log: silentLogger,
    tokens: createTokenVerifier({
      user: { issuer: 'shop', audience: 'souk', keys: (kid) => (kid === people.kid ? people.publicKey : undefined) },
      service: {
        issuer: SERVICE_ISSUER,
        // both run in this process
        audience: ['shelf', 'till'],
        keys: (kid) => (kid === tokens.kid ? tokens.publicKey : undefined),
      },
    }),
  })
  url = `http://127.0.0.1:${await server.listen({ host: '127.0.0.1', port: 0 })}`
})
afterAll(async () => {
  for (const remote of remotes) remote.close()
  await server.close(100)
})

function shelf({ at = url, key = secret, timeoutMs = 2_000 } = {}) {
  const peers = new Map([['shelf', [{ url: at, version: 'main' }]]])
  const remote = createGrpcRemote({ peers, published, tokens: createServiceTokens(key), timeoutMs, log: silentLogger })
  remotes.push(remote)
  return createRpcRegistry({ validate: false, remote }).client(contract, 'orders')
}
/** A client that is not ours, with a token or without. */
const stranger = (token?: string, more: Record<string, string> = {}): Transport =>
  createGrpcTransport({
    baseUrl: url,
    interceptors: [
      (next) => (request) => {
        if (token) request.header.set('authorization', `Bearer ${token}`)
        for (const [name, value] of Object.entries(more)) request.header.set(name, value)
        return next(request)
      },
    ],
  })
// biome-ignore lint/suspicious/noExplicitAny: messages of descriptors made at run time have no types
const asStranger = (token?: string, more?: Record<string, string>): any =>
  createClient(codecOf(contract, undefined).service, stranger(token, more))
const user: Principal = {
  kind: 'user',
  id: 'u1',
  roles: ['SELLER'],
  permissions: new Set(['products:write-own']),
  sessionId: 's1',
}

describe('a call to a service in another process', () => {
  it('brings its input there and the answer back, with who asks, the key and the trace', async () => {
    const context = { traceId: 'a'.repeat(32), correlationId: 'story-of-one-order' }
    const answer = await withContext(context, () =>
      shelf().take({ sku: 'mug', units: 3 }, { principal: user, idempotencyKey: 'k' }),
    )
    expect(answer).toEqual({ left: 7 })
    expect(seen).toMatchObject({ principal: user, idempotencyKey: 'k', traceId: context.traceId })
  })

  it('never turns a caller nobody has signed in into a service', async () => {
    await shelf().take({ sku: 'mug', units: 1 }, { principal: anonymous })
    expect(seen.principal).toEqual(anonymous)
    await shelf().take({ sku: 'mug', units: 1 })
    expect(seen.principal).toEqual({ kind: 'service', id: 'orders' })
  })

  it('fails with the very error of the other side', async () => {
    await expect(shelf().refuse({})).rejects.toMatchObject({
      kind: 'conflict',
      code: 'shelf/taken',
      message: 'Somebody was faster.',
      details: { sku: 'mug' },
      fields: [{ pointer: '/sku', message: 'is gone' }],
      retryAfterSeconds: 7,
    })
  })

  it('refuses what the contract does not allow', async () => {
    await expect(shelf().take({ sku: 'mug', units: 0 })).rejects.toMatchObject({ kind: 'invalid', code: 'rpc/contract' })
  })

  it.each([
    ['breaks', () => shelf().crash({})],
    ['is not there', () => shelf({ at: 'http://127.0.0.1:1' }).take({ sku: 'mug', units: 1 })],
    ['does not know us', () => shelf({ key: randomBytes(32) }).take({ sku: 'mug', units: 1 })],
    ['takes too long', () => shelf({ timeoutMs: 50 }).slow({})],
  ])('is worth another try when the other side %s', async (_what, call) => {
    await expect(call()).rejects.toMatchObject({ kind: 'unavailable', code: expect.stringMatching(/^rpc\//) })
  })

  it('answers with many outputs, one after another, until the caller has enough', async () => {
    const all: number[] = []
    for await (const { left } of shelf().count({ from: 3 })) all.push(left)
    expect(all).toEqual([3, 2, 1, 0])
    for await (const { left } of shelf().count({ from: 1_000_000 })) if (left < 999_990) break
    await expect.poll(() => counting).toBe(0)
  })
})

describe('the door for calls', () => {
  const claims = { issuer: SERVICE_ISSUER, audience: 'shelf', seconds: 60 }
  const forged = async (change: Partial<typeof claims>, key = secret) => {
    const { issuer, audience, seconds } = { ...claims, ...change }
    const { kid, privateKey } = createServiceTokens(key)
    const now = Math.floor(Date.now() / 1000)
    return await new SignJWT({})
      .setProtectedHeader({ alg: 'ES256', typ: 'service+jwt', kid })
      .setIssuer(issuer)
      .setSubject('orders')
      .setAudience(audience)
      .setIssuedAt(now - 90)
      .setExpirationTime(now - 90 + seconds)
      .sign(privateKey)
  }
  it.each([
    ['nothing', async () => undefined],
    ['nonsense', async () => 'abc.def.ghi'],
    ['a token for another service of the same process', async () => await tokens.token('orders', 'till', anonymous)],
    ['a token for another service', async () => await tokens.token('orders', 'cart', anonymous)],
    ['an expired token', async () => await forged({})],
    ['a token of somebody else with our words', async () => await forged({ seconds: 3600 }, randomBytes(32))],
    ['a token of another issuer', async () => await forged({ seconds: 3600, issuer: 'shop' })],
  ])('stays shut for %s', async (_what, token) => {
    const call = asStranger(await token()).take({ sku: 'mug', units: 1n })
    await expect(call).rejects.toMatchObject({ code: Code.Unauthenticated })
  })

  it('opens for people only where a method says so, and only with its permission', async () => {
    const personal = async (...permissions: string[]) =>
      await new SignJWT({ sid: 's1', roles: [], permissions })
        .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: people.kid })
        .setIssuer('shop')
        .setSubject('u1')
        .setAudience('souk')
        .setIssuedAt()
        .setExpirationTime('1 minute')
        .sign(people.privateKey)
    const clerk = asStranger(await personal('shelf:write'))
    expect(await clerk.take({ sku: 'mug', units: 4n })).toMatchObject({ left: 6n })
    expect(seen.principal).toMatchObject({ kind: 'user', id: 'u1' })
    await expect(asStranger(await personal('shelf:read')).take({ sku: 'mug', units: 4n })).rejects.toMatchObject({
      code: Code.PermissionDenied,
    })
    await expect(clerk.refuse({})).rejects.toMatchObject({ code: Code.PermissionDenied })
  })

  it('tells a stranger what went wrong without telling how we work', async () => {
    const house = asStranger(await tokens.token('orders', 'shelf', anonymous))
    const error: ConnectError = await house.crash({}).catch((reason: unknown) => ConnectError.from(reason))
    expect(error.code).toBe(Code.Internal)
    expect(error.message).not.toContain('a fault of ours')
  })
})

it('a stream that ends because its time is over says so, also to a client that does not look at the clock', async () => {
  const house = asStranger(await tokens.token('orders', 'shelf', anonymous), { 'grpc-timeout': '200m' })
  const all = async () => {
    for await (const { left } of house.count({ from: 1_000_000_000n })) expect(left).toBeGreaterThan(0n)
  }
  await expect(all()).rejects.toMatchObject({ code: Code.DeadlineExceeded })
})

describe('what every gRPC tool may ask', () => {
  // biome-ignore lint/suspicious/noExplicitAny: messages of descriptors made at run time have no types
  const tool = (service: Parameters<typeof createClient>[0]): any => createClient(service, stranger())

  it('is whether the process and a service are ready', async () => {
    const health = tool(Health)
    expect(await health.check({ service: '' })).toMatchObject({ status: SERVING.yes })
    ready = false
    expect(await health.check({ service: 'souk.shelf.v1.ShelfService' })).toMatchObject({ status: SERVING.no })
    ready = true
    await expect(health.check({ service: 'souk.nothing' })).rejects.toMatchObject({ code: Code.NotFound })
  })

  it.each(['v1', 'v1alpha'] as const)('is which services there are and what they understand (%s)', async (version) => {
    const desc = reflectionOf(version)
    async function* questions() {
      for (const messageRequest of [
        { case: 'listServices', value: '' },
        { case: 'fileContainingSymbol', value: 'souk.shelf.v1.ShelfService' },
        { case: 'fileContainingSymbol', value: 'souk.nothing' },
      ])
        yield create(desc.methods[0]!.input, { messageRequest } as never)
    }
    // biome-ignore lint/suspicious/noExplicitAny: as above
    const answers: any[] = []
    for await (const answer of tool(desc).serverReflectionInfo(questions())) answers.push(answer.messageResponse)
    expect(answers[0].value.service.map(({ name }: { name: string }) => name)).toContain('souk.shelf.v1.ShelfService')
    expect(answers[1].value.fileDescriptorProto).toHaveLength(1)
    expect(answers[2]).toMatchObject({ case: 'errorResponse', value: { errorCode: Code.NotFound } })
  })
})
