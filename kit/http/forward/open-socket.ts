import type { IncomingHttpHeaders } from 'node:http'
import type { Duplex } from 'node:stream'
import { errors } from '../errors.ts'
import { answerHeaders, type ForwardedHeaders, onwardHeaders } from './headers.ts'
import type { PoolLine } from './pool-line.ts'
import { VOUCHED_CLIENT } from './vouch.ts'
import type { Instance } from '#kit/balance/instance.ts'
import { neverConnected } from '#kit/balance/never-connected.ts'
import type { Principal } from '#kit/core/principal.ts'
import { traceparent } from '#kit/tracing/traceparent.ts'

/** A WebSocket somebody wants to open, past the questions of the door. */
export interface AskedUpgrade {
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly principal: Principal
  readonly ip: string
  /** with which they came, and to which host */
  readonly protocol: string
  readonly host: string
  /** trace id */
  readonly id: string
  readonly correlationId: string
}

/** The instance has said yes. */
export interface JoinedSocket {
  /** of its answer, without those of the connection */
  readonly headers: ForwardedHeaders
  readonly socket: Duplex
}

/** Opens it at this instance, which counts as a request under way for as long as it lives. */
export async function openSocket(
  instance: Instance<PoolLine>,
  asked: AskedUpgrade,
  { vouch, timeoutMs }: { readonly vouch: (client: string) => string; readonly timeoutMs: number },
): Promise<JoinedSocket> {
  const ticket = instance.breaker.begin()
  instance.enter()
  const added: ForwardedHeaders = {
    'x-forwarded-for': asked.ip,
    'x-forwarded-proto': asked.protocol,
    'x-forwarded-host': asked.host,
    'x-correlation-id': asked.correlationId,
    traceparent: traceparent({ traceId: asked.id, spanId: undefined }),
    [VOUCHED_CLIENT]: vouch(asked.ip),
  }
  try {
    const { headers, socket } = await instance.line.pool.upgrade({
      path: asked.url,
      method: 'GET',
      protocol: 'websocket',
      headers: onwardHeaders(asked.headers, added),
      signal: AbortSignal.timeout(timeoutMs),
    })
    instance.breaker.succeeded(ticket)
    socket.once('close', () => instance.leave())
    socket.on('error', () => socket.destroy())
    return { headers: answerHeaders(headers, undefined), socket }
  } catch (cause) {
    instance.leave()
    const { code } = cause as NodeJS.ErrnoException
    if (neverConnected(cause) || code === 'ECONNRESET') {
      instance.failures += 1
      instance.breaker.failed(ticket, code === 'ECONNREFUSED')
    } else instance.breaker.forget(ticket)
    throw errors.unavailable({ service: instance.service }, { cause })
  }
}
