import { randomBytes } from 'node:crypto'
import Type from 'typebox'
import { afterEach, describe, expect, it } from 'vitest'
import { createTokenVerifier } from '#kit/http/tokens.ts'
import { closed } from '#kit/messaging/event.ts'
import { silentLogger } from '#kit/service/logger.ts'
import { createRpcRegistry } from '../registry.ts'
import { defineRpc, implement, method } from '../rpc.ts'
import { createServiceTokens, SERVICE_ISSUER } from '../service-tokens.ts'
import { createGrpcRemote } from './client.ts'
import { createGrpcServer } from './server.ts'

const contract = defineRpc('shelf', { take: method(closed({ call: Type.Integer() }), closed({ call: Type.Integer() })) })
const tokens = createServiceTokens(randomBytes(32))
const published = () => undefined
const ends: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

async function instance(taken: number[]) {
  const server = createGrpcServer({
    implementations: [
      implement(contract, {
        take: async ({ call }) => {
          taken.push(call)
          await new Promise((resolve) => setImmediate(resolve))
          return { call }
        },
      }),
    ],
    published,
    ready: () => true,
    log: silentLogger,
    tokens: createTokenVerifier({
      user: { issuer: 'shop', audience: 'souk', keys: () => undefined },
      service: {
        issuer: SERVICE_ISSUER,
        audience: ['shelf'],
        keys: (kid) => (kid === tokens.kid ? tokens.publicKey : undefined),
      },
    }),
  })
  const url = `http://127.0.0.1:${await server.listen({ host: '127.0.0.1', port: 0 })}`
  ends.push(() => server.close(100))
  return { url, close: () => server.close() }
}

describe('an instance that stops while it is called', () => {
  it('loses no call: those it has taken are finished, the others go to the instance beside it, and none is done twice', async () => {
    const taken: number[] = []
    for (let round = 0; round < 5; round += 1) {
      const [going, staying] = [await instance(taken), await instance(taken)]
      const remote = createGrpcRemote({ addresses: () => [going.url, staying.url], published, tokens, timeoutMs: 5_000 })
      ends.push(() => remote.close())
      const shelf = createRpcRegistry({ validate: false, remote }).client(contract, 'orders')
      let stopped: Promise<void> | undefined
      taken.length = 0
      const calls = Array.from({ length: 300 }, async (_, call) => {
        for (let turn = 0; turn < call % 30; turn += 1) await new Promise((resolve) => setImmediate(resolve))
        if (call === 150) stopped = going.close()
        return await shelf.take({ call }).then(
          () => undefined,
          (error: Error) => `${error.message} ${String(error.cause)}`,
        )
      })
      expect((await Promise.all(calls)).filter(Boolean)).toEqual([])
      await stopped
      expect(new Set(taken).size).toBe(300)
      expect(taken).toHaveLength(300)
    }
  }, 60_000)
})
