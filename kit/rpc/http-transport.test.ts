import { randomBytes } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import Type from 'typebox'
import { currentContext, withContext } from '#kit/core/context.ts'
import { DomainError } from '#kit/core/errors.ts'
import { anonymous, type Principal } from '#kit/core/principal.ts'
import { buildApp } from '#kit/http/app.ts'
import { closed } from '#kit/messaging/event.ts'
import { silentLogger } from '#kit/service/logger.ts'
import { createHttpRemote, rpcRoute } from './http-transport.ts'
import { createRpcRegistry } from './registry.ts'
import { type CallContext, defineRpc, implement, method } from './rpc.ts'
import { createServiceTokens, SERVICE_ISSUER } from './service-tokens.ts'

const contract = defineRpc('shelf', {
  take: method(closed({ sku: Type.String(), units: Type.Integer({ minimum: 1 }) }), closed({ left: Type.Integer() })),
  refuse: method(closed({}), closed({})),
  crash: method(closed({}), closed({})),
  slow: method(closed({}), closed({})),
})
const secret = randomBytes(32)
const tokens = createServiceTokens(secret)
let seen: CallContext & { traceId: string }
let url: string
let app: ReturnType<typeof buildApp>
const remotes: { close(): void }[] = []

beforeAll(async () => {
  const registry = createRpcRegistry({ validate: true })
  registry.serve(
    implement(contract, {
      take: async ({ units }, call) => {
        seen = { ...call, traceId: currentContext().traceId }
        return { left: 10 - units }
      },
      refuse: async () => {
        throw new DomainError('conflict', 'shelf/taken', 'Somebody was faster.', {
          details: { sku: 'mug' },
          retryAfterSeconds: 7,
        })
      },
      crash: async () => {
        throw new TypeError('a fault of ours')
      },
      slow: async () => await new Promise(() => undefined),
    }),
  )
  const verify = {
    issuer: SERVICE_ISSUER,
    audience: ['shelf'],
    keys: (kid: string) => (kid === tokens.kid ? tokens.publicKey : undefined),
  }
  app = buildApp({
    services: [],
    log: silentLogger,
    edge: { rateLimit: false, tokens: { user: { issuer: 'x', audience: 'x', keys: () => undefined }, service: verify } },
    operations: [rpcRoute(registry)],
  })
  await app.listen({ port: 0, host: '127.0.0.1' })
  url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`
})
afterAll(async () => {
  for (const remote of remotes) remote.close()
  await app.close()
})

function shelf({ at = url as string | string[], key = secret, timeoutMs = 2_000 } = {}) {
  const remote = createHttpRemote({ addresses: () => [at].flat(), tokens: createServiceTokens(key), timeoutMs })
  remotes.push(remote)
  return createRpcRegistry({ validate: false, remote: remote.call }).client(contract, 'orders')
}
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

  it('goes to another instance when nobody listens at the first', async () => {
    expect(await shelf({ at: ['http://127.0.0.1:1', url] }).take({ sku: 'mug', units: 1 })).toEqual({ left: 9 })
  })

  it('is open to services of the house only', async () => {
    const answer = await fetch(`${url}/internal/rpc/shelf/take`, { method: 'POST', body: '{}' })
    expect(answer.status).toBe(404)
    const forOthers = await tokens.token('orders', 'cart', user)
    const misdirected = await fetch(`${url}/internal/rpc/shelf/take`, {
      method: 'POST',
      headers: { authorization: `Bearer ${forOthers}` },
    })
    expect(misdirected.status).toBe(401)
  })
})
