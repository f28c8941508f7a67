import { isIP } from 'node:net'
import cors from '@fastify/cors'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { CompiledRoute, RouteFacts } from './compiled-route.ts'
import { errors } from './errors.ts'
import type { Shed } from './load-shedding.ts'
import type { ChannelDirectory } from './negotiation.ts'
import { refusal } from './policy.ts'
import { challengePrograms, type ProgramReader, takesPrograms } from './programs.ts'
import { sendBusy } from './problem.ts'
import { clientOfAddress, memoryRateStore, type RateState, type RateStore } from './rate-limit.ts'
import { securityHeaders } from './security-headers.ts'
import { createTokenVerifier, type TokenOptions, type TokenVerifier } from './tokens.ts'
import { correlationIdOf } from './trace.ts'
import { anonymous, type Principal } from '#kit/core/principal.ts'

type Promisable<T> = T | Promise<T>

/** The gateway's work on the same Fastify instance. Everything is optional; without `tokens` everybody is anonymous. */
export interface EdgeOptions {
  readonly tokens?: TokenOptions | TokenVerifier
  /** Other credentials than bearer tokens (API keys); `undefined` leaves the request to `tokens`. Throws to refuse. */
  readonly authenticate?: (headers: FastifyRequest['headers']) => Promisable<Principal | undefined>
  /** Programs that show a name and a password, on routes that take them. Throws to refuse. */
  readonly programs?: ProgramReader
  /** requests per client and window; default 100 in 60 s; false, or a `max` of 0, turns limits off altogether */
  readonly rateLimit?: false | { readonly max?: number; readonly windowSeconds?: number; readonly store?: RateStore }
  /** origins of other hosts whose pages may call us: `https://shop.example` */
  readonly corsOrigins?: readonly string[]
  /** addresses or CIDR ranges of proxies whose X-Forwarded-For is believed; default none */
  readonly trustedProxies?: readonly string[]
  /** The client for whom a gateway of this installation passes the request on. It has counted the request already. */
  readonly vouchedClient?: (headers: FastifyRequest['headers']) => string | undefined
  readonly channels?: ChannelDirectory
  /** Strict-Transport-Security: only where we are reached by HTTPS */
  readonly hsts?: boolean
  readonly shed?: Shed
  /** default `all` */
  readonly accessLog?: 'all' | 'errors' | 'off'
}

type Headers = FastifyRequest['headers']
/** A request counted against its client's budget; undefined where nothing is counted. */
export type Count = (principal: Principal, ip: string, facts: RouteFacts | undefined) => Promisable<RateState> | undefined

export type Fail = (request: FastifyRequest, reply: FastifyReply, error: unknown) => void
export type Gate = (request: FastifyRequest, reply: FastifyReply, done: () => void) => void

const NAMED_RANGES = new Set(['loopback', 'linklocal', 'uniquelocal'])

/** `false`, or the list: a number or `true` would let callers choose their own address. */
export function trustProxy(edge: EdgeOptions | undefined): false | string[] {
  const list = edge?.trustedProxies ?? []
  for (const entry of list) {
    const [address = '', prefix = '0', more] = String(entry).split('/')
    if (!NAMED_RANGES.has(String(entry)) && (isIP(address) === 0 || !/^\d{1,3}$/.test(prefix) || more !== undefined)) {
      throw new Error(`trusted proxy "${String(entry)}" is neither an address nor a CIDR range`)
    }
  }
  return list.length > 0 ? [...list] : false
}

/** `/api/v1/**` is another name of `/api/**`. */
export function rewriteUrl(request: { url?: string | undefined }): string {
  const url = request.url ?? '/'
  return url.startsWith('/api/v1/') ? `/api/${url.slice(8)}` : url
}

/** CORS for the listed origins only; never reflected, never `*`. */
export function allowOrigins(app: FastifyInstance, edge: EdgeOptions | undefined): void {
  const origins = edge?.corsOrigins ?? []
  if (origins.length === 0) return
  for (const origin of origins) {
    if (origin === '*' || origin === 'null' || new URL(origin).origin !== origin)
      throw new Error(`CORS origin "${origin}" must be one exact origin such as https://shop.example`)
  }
  app.register(cors, {
    origin: [...origins],
    credentials: true,
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    exposedHeaders: [
      'etag',
      'location',
      'x-correlation-id',
      'ratelimit-limit',
      'ratelimit-remaining',
      'ratelimit-reset',
      'retry-after',
      'idempotency-replayed',
    ],
    maxAge: 600,
    strictPreflight: false,
  })
}

/** The token of an Authorization header; undefined where there is none. Throws `http/invalid-token` for any other kind. */
export function bearerOf(headers: Pick<Headers, 'authorization'>): string | undefined {
  const header = headers.authorization
  if (header === undefined) return undefined
  if (header.length < 8 || header.slice(0, 7).toLowerCase() !== 'bearer ') throw errors.invalidToken()
  return header.slice(7).trim()
}

function authenticator(edge: EdgeOptions): (headers: Headers) => Promisable<Principal> {
  const tokens = edge.tokens && ('verify' in edge.tokens ? edge.tokens : createTokenVerifier(edge.tokens))
  const byToken = (headers: Headers): Promisable<Principal> => {
    if (!tokens) return anonymous
    const token = bearerOf(headers)
    return token === undefined ? anonymous : tokens.verify(token)
  }
  const { authenticate } = edge
  if (!authenticate) return byToken
  return (headers) => {
    const found = authenticate(headers)
    if (found instanceof Promise) return found.then((principal) => principal ?? byToken(headers))
    return found ?? byToken(headers)
  }
}

type Limit = (request: FastifyRequest, reply: FastifyReply, facts: RouteFacts | undefined) => Promisable<void>

/** Behind a gateway: the request is its client's, and was counted there. */
function unlessVouched(clientOf: EdgeOptions['vouchedClient'], limit: Limit): Limit {
  if (!clientOf) return limit
  return (request, reply, facts) => {
    const client = clientOf(request.headers)
    if (client === undefined) return limit(request, reply, facts)
    Object.defineProperty(request, 'ip', { value: client })
  }
}

/** Whose budget a request is taken from. */
function clientOf(principal: Principal, ip: string): string {
  if (principal.kind === 'user') return `u ${principal.id}`
  return principal.kind === 'key' ? `k ${principal.id}` : `a ${clientOfAddress(ip)}`
}

function counter(edge: EdgeOptions): Count {
  if (edge.rateLimit === false) return () => undefined
  const { rateLimit } = edge
  const windowSeconds = edge.rateLimit?.windowSeconds ?? 60
  const store = edge.rateLimit?.store ?? memoryRateStore()
  return (principal, ip, facts) => {
    // Read each time: it may change while we run.
    const max = rateLimit?.max ?? 100
    if (max === 0 || facts?.operational || principal.kind === 'service' || principal.kind === 'program') return undefined
    const client = clientOf(principal, ip)
    const own = facts?.rateLimit
    return own ? store.take(`${client} ${facts.label}`, own.max, own.windowSeconds) : store.take(client, max, windowSeconds)
  }
}

/** Counts a request and writes the RateLimit headers; throws `http/rate-limited`. */
function limiter(count: Count): Limit {
  const apply = (reply: FastifyReply, state: RateState): void => {
    reply.header('ratelimit-limit', String(state.limit))
    reply.header('ratelimit-remaining', String(state.remaining))
    reply.header('ratelimit-reset', String(state.resetSeconds))
    if (!state.allowed) throw errors.rateLimited({}, { retryAfterSeconds: state.resetSeconds })
  }
  return (request, reply, facts) => {
    const taken = count(request.principal, request.ip, facts)
    if (taken === undefined) return
    if (taken instanceof Promise) return taken.then((state) => apply(reply, state))
    apply(reply, taken)
  }
}

/**
 * Makes the gates. A gate runs before the body is read: shedding, who is it, how often, may they, what do they send.
 * Everything that can answer at once does so without a promise.
 */
export function createGates(edge: EdgeOptions, fail: Fail) {
  const headers = Object.entries(securityHeaders({ hsts: edge.hsts ?? false }))
  const authenticate = authenticator(edge)
  const count = counter(edge)
  const limit = unlessVouched(edge.vouchedClient, limiter(count))

  const open = (request: FastifyRequest, reply: FastifyReply): void => {
    request.principal = anonymous
    request.correlationId = correlationIdOf(request.headers['x-correlation-id'], request.id)
    for (const [name, value] of headers) reply.header(name, value)
    reply.header('x-correlation-id', request.correlationId)
  }

  /** A caller whose token is refused still counts against the address: guessing must not be free. */
  const refuseToken = (
    request: FastifyRequest,
    reply: FastifyReply,
    facts: RouteFacts | undefined,
    error: unknown,
  ): Promisable<void> => {
    const limited = limit(request, reply, facts)
    if (limited instanceof Promise)
      return limited.then(() => {
        throw error
      })
    throw error
  }

  const identify = (request: FastifyRequest, reply: FastifyReply, facts: RouteFacts | undefined): Promisable<void> => {
    let found: Promisable<Principal>
    try {
      const program = facts && takesPrograms(facts.access) ? edge.programs?.(request.headers, facts.access) : undefined
      found = program ?? authenticate(request.headers)
    } catch (error) {
      return refuseToken(request, reply, facts, error)
    }
    if (found instanceof Promise) {
      return found.then(
        (principal) => {
          request.principal = principal
          return limit(request, reply, facts)
        },
        (error) => refuseToken(request, reply, facts, error),
      )
    }
    request.principal = found
    return limit(request, reply, facts)
  }

  const gateOf = (compiled: Pick<CompiledRoute, 'facts' | 'checkContentType'>): Gate => {
    const { facts, checkContentType } = compiled
    const takesBody = facts.method !== 'GET'
    const challenge = challengePrograms(facts.access)
    const refuse: Fail = (request, reply, error) => {
      if (challenge) reply.header('www-authenticate', challenge)
      fail(request, reply, error)
    }
    const admit = (request: FastifyRequest): void => {
      const refused = refusal(facts.access, request.principal, facts.service)
      if (refused) throw refused
      if (takesBody) checkContentType(request)
    }
    return (request, reply, done) => {
      try {
        open(request, reply)
        const wait = edge.shed?.(facts)
        if (wait !== undefined) {
          sendBusy(request, reply, wait)
          return
        }
        edge.shed?.track?.(reply.raw, facts)
        const identified = identify(request, reply, facts)
        if (identified instanceof Promise) {
          identified.then(() => admit(request)).then(done, (error) => refuse(request, reply, error))
          return
        }
        admit(request)
      } catch (error) {
        refuse(request, reply, error)
        return
      }
      done()
    }
  }

  /** For addresses without a route: the same limits, so that scanning is not free. */
  const strangersGate = async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    open(request, reply)
    await identify(request, reply, undefined)
  }

  return { gateOf, strangersGate, open, authenticate, count }
}
