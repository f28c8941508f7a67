import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import Type from 'typebox'
import type { Peer } from '#kit/balance/instance.ts'
import { DomainError } from '#kit/core/errors.ts'
import { createTokenVerifier } from '#kit/http/tokens.ts'
import { closed } from '#kit/messaging/event.ts'
import { silentLogger } from '#kit/service/logger.ts'
import { createRpcRegistry } from '../registry.ts'
import { type CallContext, defineRpc, implement, method, stream } from '../rpc.ts'
import { createServiceTokens, SERVICE_ISSUER } from '../service-tokens.ts'
import { createGrpcRemote, type GrpcRemoteOptions } from './client.ts'
import { createGrpcServer } from './server.ts'

const Call = closed({ call: Type.Integer() })
export const contract = defineRpc('shelf', {
  take: method(Call, Call),
  look: method(Call, Call, { read: true }),
  follow: stream(Call, Call),
})
const tokens = createServiceTokens(randomBytes(32))
const published = () => undefined

export const opened: (() => Promise<unknown> | unknown)[] = []
/** For afterEach. */
export async function closeAll(): Promise<void> {
  for (const close of opened.splice(0).reverse()) await close()
}

type Answer = (call: number) => Promise<{ call: number }>
export const answers: Answer = async (call) => ({ call })
export const hangs: Answer = () => new Promise(() => undefined)
export const refuses: Answer = async () => {
  throw new DomainError('conflict', 'shelf/taken', 'Somebody was faster.')
}
export const crashes: Answer = async () => {
  throw new TypeError('a fault of ours')
}

/** A process that answers for the shelf, behind a wire that can be cut. `seen`: calls that it began. */
export async function instance(answer: Answer = answers) {
  const state = { answer, ready: true }
  const seen: number[] = []
  const begin = async ({ call }: { call: number }) => {
    seen.push(call)
    return await state.answer(call)
  }
  const server = createGrpcServer({
    implementations: [
      implement(contract, {
        take: begin,
        look: begin,
        async *follow({ call }, { signal }) {
          seen.push(call)
          yield { call }
          await new Promise((resolve) => signal!.addEventListener('abort', resolve))
        },
      }),
    ],
    published,
    ready: () => state.ready,
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
  const port = await server.listen({ host: '127.0.0.1', port: 0 })
  const wire = await wireTo(port)
  opened.push(async () => {
    await wire.away()
    await server.close(0)
  })
  return { ...wire, direct: `http://127.0.0.1:${port}`, seen, state, stop: () => server.close() }
}

/** Passes bytes on to a port of this machine. */
async function wireTo(port: number) {
  const sockets = new Set<Socket>()
  const wire = createServer((near) => {
    const far = connect(port, '127.0.0.1')
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on('error', () => undefined)
      socket.once('close', () => {
        sockets.delete(socket)
        near.destroy()
        far.destroy()
      })
    }
    near.pipe(far)
    far.pipe(near)
  })
  const open = async (at: number) => {
    wire.listen(at, '127.0.0.1')
    await once(wire, 'listening')
    return (wire.address() as AddressInfo).port
  }
  const own = await open(0)
  const cut = () => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    url: `http://127.0.0.1:${own}`,
    /** connections that are open, each seen from both sides */
    connections: () => sockets.size / 2,
    /** breaks what is under way */
    cut,
    /** and nobody listens there any more */
    async away() {
      cut()
      if (!wire.listening) return
      wire.close()
      await once(wire, 'close')
    },
    back: () => open(own),
  }
}

type Options = Partial<Omit<GrpcRemoteOptions, 'peers'>>

/** Somebody who calls the shelf, wherever `where` says. */
export function caller(where: readonly string[], options: Options = {}) {
  const peersOf = (urls: readonly string[]): readonly Peer[] => urls.map((url) => ({ url, version: 'main' }))
  const peers = new Map([['shelf', peersOf(where)]])
  const remote = createGrpcRemote({ peers, published, tokens, log: silentLogger, timeoutMs: 20_000, ...options })
  opened.push(() => remote.close())
  const shelf = createRpcRegistry({ validate: false, remote }).client(contract, 'orders')
  return {
    remote,
    take: (call: number, context?: CallContext) => shelf.take({ call }, context),
    look: (call: number, context?: CallContext) => shelf.look({ call }, context),
    follow: (call: number, context?: CallContext) => shelf.follow({ call }, context)[Symbol.asyncIterator](),
    states: () => remote.states().map(({ breaker }) => breaker),
    inFlight: () => remote.states().map(({ inFlight }) => inFlight),
    /** the registry knows others now */
    move: (urls: readonly string[]) => void peers.set('shelf', peersOf(urls)),
  }
}
