import { Code, ConnectError, type Transport } from '@connectrpc/connect'
import { createGrpcTransport, Http2SessionManager } from '@connectrpc/connect-node'
import type { Message } from '@bufbuild/protobuf'
import { currentContext } from '#kit/core/context.ts'
import { DomainError } from '#kit/core/errors.ts'
import { traceparent } from '#kit/tracing/traceparent.ts'
import type { Remote } from '../registry.ts'
import type { CallContext, RpcContract } from '../rpc.ts'
import { unavailable } from '../unavailable.ts'
import type { ServiceTokens } from '../service-tokens.ts'
import { codecOf, type MethodCodec } from './contract-codec.ts'
import { fromStatus } from './errors.ts'

export interface GrpcRemoteOptions {
  /** base URLs of a service that runs elsewhere, the one to call first; the others are for when nobody listens there */
  readonly addresses: (service: string) => readonly string[] | undefined
  readonly published: (service: string) => string | undefined
  readonly tokens: Pick<ServiceTokens, 'token'>
  /** how long a call may take at most; streams have no limit of their own */
  readonly timeoutMs?: number
}

const DEFAULT_TIMEOUT_MS = 5_000
const READ_MAX_BYTES = 8 * 1024 * 1024

/**
 * Calls services in other processes by gRPC. A DomainError of the callee comes back as the same DomainError; whatever keeps the call from
 * being answered is `unavailable`.
 */
export function createGrpcRemote(options: GrpcRemoteOptions): Remote & { close(): void } {
  const lines = new Map<string, { transport: Transport; session: Http2SessionManager }>()
  const lineTo = (baseUrl: string): Transport => {
    const known = lines.get(baseUrl)
    if (known) return known.transport
    // A line that died without saying so is noticed by pings, also while calls wait on it.
    const session = new Http2SessionManager(baseUrl, { pingIntervalMs: 5_000, pingTimeoutMs: 2_000 })
    const transport = createGrpcTransport({
      baseUrl,
      sessionManager: session,
      acceptCompression: [],
      readMaxBytes: READ_MAX_BYTES,
    })
    lines.set(baseUrl, { transport, session })
    return transport
  }

  async function prepare(contract: RpcContract, method: string, context: CallContext, caller: string) {
    const { service } = contract
    const addresses = options.addresses(service) ?? []
    if (addresses.length === 0) throw unavailable(service, 'no-such-service', `The service ${service} is not known here.`)
    const codec = codecOf(contract, options.published(service)).methods.get(method)!
    const work = currentContext()
    const headers = new Headers({
      authorization: `Bearer ${await options.tokens.token(caller, service, context.principal)}`,
      traceparent: traceparent(work),
      'x-correlation-id': work.correlationId,
      ...(context.idempotencyKey === undefined ? {} : { 'idempotency-key': context.idempotencyKey }),
    })
    return { addresses, codec, headers }
  }

  return {
    async call(contract, method, input, context, caller) {
      const { addresses, codec, headers } = await prepare(contract, method, context, caller)
      const patience = Date.now() + (options.timeoutMs ?? DEFAULT_TIMEOUT_MS)
      const deadline = Math.min(patience, context.deadline ?? patience)
      const request = codec.requestOf(input)
      const ask = async (address: string) =>
        await lineTo(address).unary(
          codec.desc as never,
          context.signal,
          Math.max(1, deadline - Date.now()),
          headers,
          request as never,
        )
      try {
        const { message } = await ask(addresses[0]!).catch((error: unknown) => {
          // Nobody listens there, or nobody takes calls any more, so this one was not begun: another instance may have it.
          if (addresses.length < 2 || !unreached(error)) throw error
          return ask(addresses[1]!)
        })
        return codec.outputOf(message as Message)
      } catch (error) {
        throw errorOf(contract.service, error)
      }
    },

    async *stream(contract, method, input, context, caller) {
      const { addresses, codec, headers } = await prepare(contract, method, context, caller)
      const enough = new AbortController()
      try {
        const { message } = await lineTo(addresses[0]!).stream(
          codec.desc as never,
          context.signal ? AbortSignal.any([context.signal, enough.signal]) : enough.signal,
          context.deadline === undefined ? undefined : Math.max(1, context.deadline - Date.now()),
          headers,
          once(codec, input) as never,
        )
        for await (const output of message) yield codec.outputOf(output as Message)
      } catch (error) {
        throw errorOf(contract.service, error)
      } finally {
        enough.abort()
      }
    },

    close() {
      for (const { session } of lines.values()) session.abort()
      lines.clear()
    },
  }
}

async function* once(codec: MethodCodec, input: unknown): AsyncIterable<Message> {
  yield codec.requestOf(input)
}

/** The connection did not come about, or takes no more calls because the other side is going away. */
const UNREACHED: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ERR_HTTP2_GOAWAY_SESSION',
  'ERR_HTTP2_INVALID_SESSION',
])
/** What was under way to a side that is going away and came too late: HTTP/2 promises that nothing of it was done (RFC 9113 §8.7). */
const REFUSED = 'NGHTTP2_REFUSED_STREAM'

function unreached(error: unknown): boolean {
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause)
    if (UNREACHED.has((cause as NodeJS.ErrnoException).code ?? '') || cause.message.endsWith(REFUSED)) return true
  return false
}

function errorOf(service: string, error: unknown): DomainError {
  if (error instanceof DomainError) return error
  const status = ConnectError.from(error)
  const told = fromStatus(status)
  if (told) return told
  const late = status.code === Code.DeadlineExceeded
  const message = late
    ? `The service ${service} took too long.`
    : `The service ${service} does not answer (${Code[status.code]}).`
  return unavailable(service, late ? 'too-late' : 'unreachable', message, error)
}
