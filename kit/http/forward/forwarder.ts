import { setTimeout as delay } from 'node:timers/promises'
import { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Dispatcher, Pool } from 'undici'
import { errors } from '../errors.ts'
import { pathOf, TURNED_AWAY } from '../problem.ts'
import { clientOfAddress } from '../rate-limit.ts'
import { attempt, type AttemptEnd, GONE, LATE, RoadError } from './attempt.ts'
import { bodyToForward } from './body.ts'
import { answerHeaders, type ForwardedHeaders, onwardHeaders } from './headers.ts'
import { type AskedUpgrade, type JoinedSocket, openSocket } from './open-socket.ts'
import { mayRepeat } from './may-repeat.ts'
import { type PoolLine, poolLine } from './pool-line.ts'
import { Upstream } from './upstream.ts'
import { VOUCHED_CLIENT } from './vouch.ts'
import type { Weights } from './versions.ts'
import type { BreakerLimits } from '#kit/balance/breaker.ts'
import { Fleets } from '#kit/balance/fleets.ts'
import type { Instance, InstanceState, Peers } from '#kit/balance/instance.ts'
import { RetryBudget } from '#kit/balance/retry-budget.ts'
import type { Logger } from '#kit/service/logger.ts'
import { traceparent } from '#kit/tracing/traceparent.ts'

/** Milliseconds and counts; the defaults stand in services/gateway. */
export interface ForwardLimits {
  /** from the request to the beginning of its answer, all attempts together */
  readonly timeoutMs: number
  /** for one connection */
  readonly connectMs: number
  /** silence in the middle of an answer */
  readonly silenceMs: number
  /** share of requests that may be sent a second time, in the long run */
  readonly retryShare: number
  /** requests under way to one instance; more are refused at once */
  readonly maxInFlight: number
  readonly breaker: BreakerLimits
}

/** What the gateway's rules say about a request. Asked for every one: answer from memory. */
export interface ForwardRules {
  weights(service: string): Weights | undefined
  /** the version this caller asks for and may ask for */
  wish(service: string, request: FastifyRequest): string | undefined
  open?(): Promise<void>
  close?(): void
}

export interface ForwardedRoute {
  readonly service: string
  readonly bodyLimit: number
}

export interface Forwarder {
  /** Loads the HTTP client and the rules. Call it before the first request. */
  open(): Promise<void>
  /** Answers the request with what the service says that runs elsewhere; rejects with what to tell the caller instead. */
  forward(route: ForwardedRoute, request: FastifyRequest, reply: FastifyReply): Promise<void>
  /** Opens a WebSocket to an instance of the service; rejects with what to tell the caller instead. */
  upgrade(service: string, asked: AskedUpgrade): Promise<JoinedSocket>
  /** for the access log: who answered, at which attempt */
  about(request: FastifyRequest): object | undefined
  /** names of those it knows */
  readonly services: readonly string[]
  states(): InstanceState[]
  upstream(service: string): Upstream | undefined
  /** second attempts that may be made at once */
  readonly retryTokens: number
  onAttempt(listener: (end: AttemptEnd) => void): void
  close(): Promise<void>
}

export interface ForwarderOptions {
  readonly peers: Peers
  /** asked for every request: they change while we run */
  readonly limits: () => ForwardLimits
  readonly rules: ForwardRules
  /** the header that tells a service of ours for which client we ask */
  readonly vouch: (client: string) => string
  readonly log: Logger
}

const JITTER_MS = 50
/** A stream of events may say nothing for a while: longer than the comments that keep such streams alive are apart. */
const STREAM_SILENCE_MS = 120_000

export function createForwarder(options: ForwarderOptions): Forwarder {
  const { limits, rules, log } = options
  const budget = new RetryBudget({ share: () => limits().retryShare })
  const listeners: ((end: AttemptEnd) => void)[] = []
  const tell = (end: AttemptEnd) => {
    for (const listener of listeners) listener(end)
  }
  const abouts = new WeakMap<FastifyRequest, object>()
  let pool: ((url: string) => Pool) | undefined
  const upstreams = new Fleets<PoolLine, Upstream>({
    peers: options.peers,
    connect: (url) => poolLine(pool!(url)),
    fleet: (service, instances) => new Upstream(service, instances),
    maxInFlight: () => limits().maxInFlight,
    breaker: () => limits().breaker,
    what: 'requests',
    log,
  })

  function call(request: FastifyRequest, body: Buffer | Readable | undefined, signal: AbortSignal): Dispatcher.RequestOptions {
    const added: ForwardedHeaders = {
      'x-forwarded-for': request.ip,
      'x-forwarded-proto': request.protocol,
      'x-forwarded-host': request.host,
      'x-correlation-id': request.correlationId,
      traceparent: traceparent({ traceId: request.id, spanId: request.span?.spanId }),
      [VOUCHED_CLIENT]: options.vouch(request.ip),
    }
    return {
      method: request.method as Dispatcher.HttpMethod,
      path: request.url,
      headers: onwardHeaders(request.headers, added),
      body: body ?? null,
      signal,
      headersTimeout: 0,
      bodyTimeout: request.headers.accept?.includes('text/event-stream') ? STREAM_SILENCE_MS : limits().silenceMs,
    }
  }

  async function ask(upstream: Upstream, request: FastifyRequest, body: Buffer | Readable | undefined, signal: AbortSignal) {
    const key = request.headers['idempotency-key'] as string | undefined
    const repeatable = mayRepeat(request.method, key)
    const { principal } = request
    const choice = {
      caller: principal.kind === 'user' ? principal.id : clientOfAddress(request.ip),
      wish: rules.wish(upstream.service, request),
      tried: new Set<Instance<PoolLine>>(),
    }
    const next = () => upstream.choose({ ...choice, weights: rules.weights(upstream.service) })
    const noted = (instance: Instance<PoolLine>, number: number) => {
      choice.tried.add(instance)
      const { url, version } = instance.peer
      abouts.set(request, { instance: url, version, ...(number > 0 ? { attempt: number + 1 } : {}) })
    }
    budget.earn()
    for (let number = 0; ; number += 1) {
      const instance = next()
      if (!instance) throw errors.unavailable({ service: upstream.service }, { retryAfterSeconds: upstream.retryAfterSeconds })
      noted(instance, number)
      try {
        const answer = await attempt(instance, call(request, body, signal), number, tell)
        const other = number === 0 && turnedAway(answer) && !(body instanceof Readable) ? next() : undefined
        if (!other || choice.tried.has(other) || !budget.spend()) return answer
        answer.body.dump().catch(() => undefined)
      } catch (error) {
        const again =
          error instanceof RoadError && (error.neverSent || (repeatable && error.worthAnotherTry)) && !(body instanceof Readable)
        if (!again || number > 0 || !budget.spend()) throw error
        await delay(Math.random() * JITTER_MS, undefined, { signal }).catch(() => undefined)
      }
    }
  }

  return {
    async open() {
      const [{ Pool }] = await Promise.all([import('undici'), rules.open?.()])
      pool = (url) =>
        new Pool(url, {
          // how many there may be is decided before a request gets here
          connections: null,
          pipelining: 1,
          keepAliveTimeout: 30_000,
          connect: { timeout: limits().connectMs },
        })
    },
    async forward(route, request, reply) {
      const upstream = upstreams.get(route.service)!
      const stop = new AbortController()
      const late = setTimeout(() => stop.abort(LATE), limits().timeoutMs)
      const gone = () => {
        if (!reply.raw.writableFinished) stop.abort(GONE)
      }
      reply.raw.once('close', gone)
      try {
        if (CLIMBS.test(pathOf(request.url))) throw errors.malformedRequest()
        const body = await bodyToForward(request, route.bodyLimit)
        const answer = await ask(upstream, request, body, stop.signal)
        clearTimeout(late)
        pass(answer, request, reply)
      } catch (error) {
        // The rest of a body that nobody reads must not be taken for the next request.
        if (!request.raw.complete) reply.header('connection', 'close')
        if (!(error instanceof RoadError)) throw error
        if (stop.signal.reason === GONE) return
        const details = { service: route.service }
        throw error.outcome === 'late'
          ? errors.upstreamTimeout(details, { cause: error })
          : errors.unavailable(details, { cause: error, retryAfterSeconds: upstream.retryAfterSeconds })
      } finally {
        clearTimeout(late)
      }
    },
    async upgrade(service, asked) {
      const upstream = upstreams.get(service)
      const caller = asked.principal.kind === 'user' ? asked.principal.id : clientOfAddress(asked.ip)
      const instance = upstream?.choose({ caller, weights: rules.weights(service), tried: new Set() })
      if (!upstream || !instance) throw errors.unavailable({ service }, { retryAfterSeconds: upstream?.retryAfterSeconds ?? 1 })
      return await openSocket(instance, asked, { vouch: options.vouch, timeoutMs: limits().timeoutMs })
    },
    about: (request) => abouts.get(request),
    services: upstreams.services,
    states: () => upstreams.states(),
    upstream: (service) => upstreams.get(service),
    get retryTokens() {
      return Math.floor(budget.tokens)
    },
    onAttempt: (listener) => void listeners.push(listener),
    async close() {
      rules.close?.()
      await upstreams.close()
    },
  }
}

/** Dots that a server behind us might follow to another address than the one whose rules we have checked. */
export const climbs = (url: string): boolean => CLIMBS.test(pathOf(url))
const CLIMBS = /(?:\/|\\|%2f|%5c)(?:\.|%2e){1,2}(?:\/|\\|%2f|%5c|$)/i

/** The instance was too busy to begin: where another one is not, nobody has to come back later. */
const turnedAway = ({ statusCode, headers }: Dispatcher.ResponseData): boolean => statusCode === 503 && TURNED_AWAY in headers

function pass(answer: Dispatcher.ResponseData, request: FastifyRequest, reply: FastifyReply): void {
  const { statusCode, headers, body } = answer
  reply.code(statusCode)
  const vary = reply.getHeader('vary')
  reply.headers(answerHeaders(headers, typeof vary === 'string' ? vary : undefined))
  if (statusCode === 204 || statusCode === 304 || request.method === 'HEAD') {
    body.dump().catch(() => undefined)
    reply.send()
    return
  }
  reply.send(body)
}
