import { once } from 'node:events'
import { createServer, type Http2Server, type ServerHttp2Session } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { type ConnectRouter, ConnectError, Code, type HandlerContext } from '@connectrpc/connect'
import { connectNodeAdapter } from '@connectrpc/connect-node'
import type { Message } from '@bufbuild/protobuf'
import { Compile } from 'typebox/compile'
import { newTraceId, until, type WorkContext, withContext } from '#kit/core/context.ts'
import { DomainError } from '#kit/core/errors.ts'
import { anonymous, may, meantFor, type Principal, servicePrincipal } from '#kit/core/principal.ts'
import { correlationIdOf } from '#kit/http/trace.ts'
import { inSpan } from '#kit/tracing/span.ts'
import { parentSpanOf, traceIdOf } from '#kit/tracing/traceparent.ts'
import type { TokenVerifier } from '#kit/http/tokens.ts'
import type { Logger } from '#kit/service/logger.ts'
import type { CallContext, RpcImplementation, RpcMethod } from '../rpc.ts'
import { codecOf, type MethodCodec } from './contract-codec.ts'
import { toStatus } from './errors.ts'
import { serveHealth } from './health.ts'
import { serveReflection } from './reflection.ts'
import { Health } from './well-known.ts'

export interface GrpcServerOptions {
  readonly implementations: readonly RpcImplementation[]
  /** text of the `.proto` of a service, where its field numbers are kept */
  readonly published: (service: string) => string | undefined
  readonly tokens: Pick<TokenVerifier, 'verify'>
  readonly ready: () => boolean
  readonly log: Logger
}

export interface GrpcServer {
  /** Returns the port. HTTP/2 without TLS. */
  listen(at: { host: string; port: number }): Promise<number>
  /** Takes no new calls, finishes those in flight for at most `graceMs`. */
  close(graceMs?: number): Promise<void>
}

// of one process come as many streams as its calls may be under way (CALLS_MAX_IN_FLIGHT) and more: what is too many waits unseen
const LIMITS = { messageBytes: 8 * 1024 * 1024, headerBytes: 16 * 1024, streamsOfConnection: 4096, callMs: 30_000 } as const

/**
 * Serves contracts to gRPC, gRPC-web and Connect clients, with reflection and grpc.health.v1. A caller shows a token in
 * `authorization`: of one of our services (for this very service), or of a user who has the method's `outside` permission.
 */
export function createGrpcServer(options: GrpcServerOptions): GrpcServer {
  const codecs = options.implementations.map((implementation) => ({
    implementation,
    codec: codecOf(implementation.contract, options.published(implementation.contract.service)),
  }))
  const stopping = new AbortController()
  const handler = connectNodeAdapter({
    readMaxBytes: LIMITS.messageBytes,
    maxTimeoutMs: 24 * 3600_000,
    shutdownSignal: stopping.signal,
    acceptCompression: [],
    routes(router: ConnectRouter) {
      for (const { implementation, codec } of codecs) {
        const methods = [...codec.methods.values()].map((method) => [
          method.desc.localName,
          serve(implementation, method, options),
        ])
        router.service(codec.service, Object.fromEntries(methods) as never)
      }
      serveHealth(router, new Set(codecs.map(({ codec }) => codec.service.typeName)), options.ready)
      serveReflection(router, [...codecs.map(({ codec }) => codec.service), Health])
    },
  })
  const server = createServer(
    { settings: { maxConcurrentStreams: LIMITS.streamsOfConnection, maxHeaderListSize: LIMITS.headerBytes } },
    handler,
  )
  const sessions = sessionsOf(server)
  return {
    async listen({ host, port }) {
      server.listen(port, host)
      await once(server, 'listening')
      return (server.address() as AddressInfo).port
    },
    async close(graceMs = 5_000) {
      if (!server.listening) return
      const closed = once(server, 'close')
      server.close()
      for (const session of sessions) session.close()
      // Streams have no end of their own.
      stopping.abort(new ConnectError('The service is stopping.', Code.Unavailable))
      const patience = setTimeout(() => {
        for (const session of sessions) session.destroy()
      }, graceMs)
      await closed
      clearTimeout(patience)
    },
  }
}

function sessionsOf(server: Http2Server): ReadonlySet<ServerHttp2Session> {
  const sessions = new Set<ServerHttp2Session>()
  server.on('session', (session) => {
    sessions.add(session)
    session.once('close', () => sessions.delete(session))
  })
  return sessions
}

function serve({ contract, methods }: RpcImplementation, codec: MethodCodec, { tokens, log }: GrpcServerOptions): unknown {
  const { name, stream } = codec.proto
  const declaration = contract.methods[name]!
  const run = methods[name]!
  const check = checkerOf(declaration)
  const begin = async (request: Message, context: HandlerContext) => {
    const headers = context.requestHeader
    const principal = await admit(headers, contract.service, declaration, tokens)
    const input = codec.inputOf(request)
    check(input)
    // A stream without a limit has none: it ends when one side has enough.
    const left = context.timeoutMs() ?? (stream ? undefined : LIMITS.callMs)
    const deadline = left === undefined ? undefined : Date.now() + left
    const key = headers.get('idempotency-key')
    const call: CallContext = {
      principal,
      deadline,
      signal: context.signal,
      ...(key === null ? {} : { idempotencyKey: key }),
    }
    const caller = headers.get('traceparent') ?? undefined
    const traceId = traceIdOf(caller) ?? newTraceId()
    const work = {
      traceId,
      correlationId: correlationIdOf(headers.get('x-correlation-id') ?? undefined, traceId),
      spanId: parentSpanOf(caller),
      ...(deadline === undefined ? {} : { deadline: { at: deadline, over: false } }),
    }
    return { work, deadline, start: () => run(input, call) }
  }
  const span = { service: contract.service, name: `${contract.service}.${name}`, kind: 'server' } as const
  const told = (error: unknown): ConnectError => {
    if (error instanceof DomainError) return toStatus(error)
    if (error instanceof ConnectError) return error
    log.error({ err: error, rpc: `${contract.service}.${name}` }, 'a call failed')
    return new ConnectError('Something went wrong on our side.', Code.Internal)
  }
  if (!stream)
    return async (request: Message, context: HandlerContext) => {
      try {
        const { work, deadline, start } = await begin(request, context)
        return codec.responseOf(await until(deadline!, () => inSpan(span, start as () => Promise<unknown>), work))
      } catch (error) {
        throw told(error)
      }
    }
  return async function* (request: Message, context: HandlerContext) {
    try {
      const { work, start } = await begin(request, context)
      for await (const output of eachIn(work, start() as AsyncIterable<unknown>)) {
        if (context.signal.aborted) break
        yield codec.responseOf(output)
      }
    } catch (error) {
      if (!context.signal.aborted) throw told(error)
    }
    // Whoever has no clock of her own would take it for everything there was.
    if (isLate(context.signal)) throw context.signal.reason
  }
}

const isLate = ({ reason }: AbortSignal): boolean => reason instanceof ConnectError && reason.code === Code.DeadlineExceeded

/** A generator works whenever the next output is asked for, so its context is set each time. */
async function* eachIn(context: WorkContext, outputs: AsyncIterable<unknown>): AsyncIterable<unknown> {
  const iterator = outputs[Symbol.asyncIterator]()
  try {
    for (;;) {
      const { done, value } = await withContext(context, () => iterator.next())
      if (done) return
      yield value
    }
  } finally {
    await iterator.return?.()
  }
}

/** Who calls, if they may: our services, with a token for this one, everything; others what is open to them. */
async function admit(
  headers: Headers,
  service: string,
  { outside }: RpcMethod,
  tokens: Pick<TokenVerifier, 'verify'>,
): Promise<Principal> {
  const token = /^Bearer (\S+)$/i.exec(headers.get('authorization') ?? '')?.[1]
  const caller = token === undefined ? anonymous : await verified(token, tokens)
  if (!meantFor(caller, service)) throw new ConnectError('The token is not valid here.', Code.Unauthenticated)
  if (caller.kind === 'service') return caller.onBehalfOf ?? servicePrincipal(caller.id)
  if (caller.kind === 'anonymous') throw new ConnectError('A token is needed.', Code.Unauthenticated)
  if (outside === undefined || !may(caller, outside))
    throw new ConnectError('This caller may not call this method.', Code.PermissionDenied)
  return caller
}

/** A refusal of the door is told as one: the caller must not take it for an answer of the service. */
async function verified(token: string, tokens: Pick<TokenVerifier, 'verify'>): Promise<Principal> {
  try {
    return await tokens.verify(token)
  } catch (error) {
    if (error instanceof DomainError && error.kind === 'unauthenticated')
      throw new ConnectError('The token is not valid here.', Code.Unauthenticated)
    throw error
  }
}

function checkerOf({ input }: RpcMethod): (value: unknown) => void {
  let compiled: ReturnType<typeof Compile> | undefined
  return (value) => {
    compiled ??= Compile(input)
    if (compiled.Check(value)) return
    const [first] = compiled.Errors(value)
    throw new DomainError(
      'invalid',
      'rpc/contract',
      `The input does not fit the contract: ${first?.instancePath || '/'} ${first?.message ?? ''}`,
    )
  }
}
