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

const CALLS = 200
const CALLERS = 20

describe('an instance that stops while it is called', () => {
  it('loses no call: those it has taken are finished, the others go to the instance beside it, and none is done twice', async () => {
    const atGoing: number[] = []
    const atStaying: number[] = []
    const [going, staying] = [await instance(atGoing), await instance(atStaying)]
    const remote = createGrpcRemote({ addresses: () => [going.url, staying.url], published, tokens, timeoutMs: 5_000 })
    ends.push(() => remote.close())
    const shelf = createRpcRegistry({ validate: false, remote }).client(contract, 'orders')
    const lost: string[] = []
    let stopped: Promise<void> | undefined
    let begun = 0
    const caller = async (): Promise<void> => {
      while (begun < CALLS) {
        const call = begun
        begun += 1
        if (atGoing.length >= CALLS / 4) stopped ??= going.close()
        await shelf.take({ call }).catch((error: Error) => lost.push(`${call}: ${error.message} ${String(error.cause)}`))
      }
    }
    await Promise.all(Array.from({ length: CALLERS }, caller))
    await stopped
    expect(lost).toEqual([])
    expect(atStaying.length).toBeGreaterThan(0)
    expect([...atGoing, ...atStaying].sort((a, b) => a - b)).toEqual(Array.from({ length: CALLS }, (_, call) => call))
  }, 60_000)
})
