import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { CachedAnswer, CachedEntry, FromCache } from './cached-read.ts'
import type { RouteFacts } from './compiled-route.ts'
import type { Count, EdgeOptions } from './edge.ts'
import { isNotModified } from './etag.ts'
import type { ChannelDirectory } from './negotiation.ts'
import type { RateState } from './rate-limit.ts'
import type { Ended } from './request-end.ts'
import type { Asker, Cached } from './route.ts'
import { correlationIdOf, requestId, type traceKept } from './trace.ts'
import type { ResponseCache } from '#kit/cache/response-cache.ts'
import { meantFor, type Principal } from '#kit/core/principal.ts'

export interface FastReadsOptions {
  readonly edge: EdgeOptions
  readonly authenticate: (headers: IncomingMessage['headers']) => Principal | Promise<Principal>
  readonly count: Count
  readonly channels: ChannelDirectory
}

/** A cached route, as far as the fast way needs to know it. */
export interface FastRoute {
  readonly facts: RouteFacts
  readonly cached: Cached
  readonly cache: ResponseCache
  readonly ended: Ended | undefined
  readonly traced?: ReturnType<typeof traceKept>
}

/** A kept answer, ready to be written: status line and headers that are the same every time, as they are sent. */
interface ReadyAnswer {
  readonly entry: CachedEntry
  readonly head: string
  readonly headNotModified: string
  readonly etag: string
}

/** A question as it arrives: address, channel and language as they were written. */
interface Question {
  readonly route: FastRoute
  readonly channel: string
  readonly channels: number | undefined
  readonly answers: Map<string, ReadyAnswer>
}

const MAX_QUESTIONS = 20_000
const MAX_QUESTION_LENGTH = 1000
/** Ways of asking that are remembered for one answer. */
const MAX_WAYS = 16
/** Headers that differ from request to request; everything else is taken from the answer that was learned from. */
const OF_THE_REQUEST = new Set(['x-correlation-id', 'ratelimit-limit', 'ratelimit-remaining', 'ratelimit-reset', 'connection'])

/**
 * Gives kept answers again before the request gets to the framework. It knows nothing by itself: what it says it learned from
 * an answer that went the whole way, and all it does not know goes the whole way. What the edge does for every request
 * happens here too, by the same functions: shedding, who is it, how often, trace, log, measurement.
 */
export function createFastReads({ edge, authenticate, count, channels }: FastReadsOptions) {
  const questions = new Map<string, Question>()
  const addresses = new Map<string, string>()
  const { vouchedClient, shed } = edge
  const hasProxies = (edge.trustedProxies?.length ?? 0) > 0
  const hasOrigins = (edge.corsOrigins?.length ?? 0) > 0
  let closing = false

  /** Remembers the answer that was just sent. */
  const learn = (route: FastRoute, request: FastifyRequest, reply: FastifyReply, { origin, status }: FromCache): void => {
    const { headers } = request
    if (!isPlain(headers)) return
    if (hasProxies) rememberAddress(request)
    if (!origin || status !== 200 || reply.statusCode !== 200 || request.method !== 'GET') return
    const asked = questionOf(request.originalUrl, headers)
    if (asked.length > MAX_QUESTION_LENGTH || origin.entry.gone || origin.entry.onGone.length >= MAX_WAYS) return
    const sent = Object.entries(reply.getHeaders()).filter(([name]) => !OF_THE_REQUEST.has(name))
    const answer: ReadyAnswer = {
      entry: origin.entry,
      head: headOf(200, sent),
      headNotModified: headOf(
        304,
        sent.filter(([name]) => name !== 'content-type'),
      ),
      etag: String(reply.getHeader('etag')),
    }
    if (questions.size >= MAX_QUESTIONS) questions.clear()
    let question = questions.get(asked)
    if (!question || question.channels !== channels.version) {
      question = { route, channel: origin.channel, channels: channels.version, answers: new Map() }
      questions.set(asked, question)
    }
    const { answers } = question
    answers.set(origin.variant, answer)
    origin.entry.onGone.push(() => {
      if (answers.get(origin.variant) !== answer) return
      answers.delete(origin.variant)
      if (answers.size === 0 && questions.get(asked)?.answers === answers) questions.delete(asked)
    })
  }

  /** What the framework makes of X-Forwarded-For behind proxies that are trusted. */
  const rememberAddress = (request: FastifyRequest): void => {
    if (addresses.size >= MAX_QUESTIONS) addresses.clear()
    addresses.set(wayOf(request.raw), request.ip)
  }

  const isPlain = (headers: IncomingMessage['headers']): boolean =>
    headers['content-length'] === undefined &&
    headers['transfer-encoding'] === undefined &&
    headers.expect === undefined &&
    !(hasOrigins && headers.origin !== undefined) &&
    vouchedClient?.(headers) === undefined

  /**
   * True: answered, or it will be, or `wholeWay` will be called. False: nothing has happened, the request has to go the
   * whole way.
   */
  const answer = (req: IncomingMessage, res: ServerResponse, wholeWay: () => void): boolean => {
    if (req.method !== 'GET' || closing) return false
    const { headers } = req
    const question = questions.get(questionOf(req.url as string, headers))
    if (!question || question.channels !== channels.version || !isPlain(headers)) return false
    const begun = performance.now()
    const { route, channel } = question
    const principal = principalOf(headers)
    if (!principal || !meantFor(principal, route.facts.service)) return false
    const asker: Asker = { principal, headers: headers as Asker['headers'], channel }
    const variant = route.cached.variant ? route.cached.variant(asker) : ''
    const ready = typeof variant === 'string' ? question.answers.get(variant) : undefined
    if (!ready || !route.cache.serves(ready.entry, begun) || shed?.(route.facts) !== undefined) return false
    const ip = hasProxies ? addresses.get(wayOf(req)) : (req.socket.remoteAddress ?? '')
    if (ip === undefined) return false
    const state = count(principal, ip, route.facts)
    if (state instanceof Promise) {
      const later = (counted: RateState): void => {
        if (!counted.allowed || ready.entry.gone) wholeWay()
        else finish(req, res, { route, ready, asker, begun, state: counted })
      }
      state.then(later).catch(() => res.destroy())
      return true
    }
    // Counted once more on the whole way, which changes nothing for a client that is over its limit.
    if (state && !state.allowed) return false
    finish(req, res, { route, ready, asker, begun, state })
    return true
  }

  const principalOf = (headers: IncomingMessage['headers']): Principal | undefined => {
    try {
      const found = authenticate(headers)
      if (!(found instanceof Promise)) return found
      // Asked again on the whole way, which answers the refusal of a bad token: unheard here, it would end the process.
      found.catch(() => undefined)
      return undefined
    } catch {
      return undefined
    }
  }

  return {
    learn,
    answer,
    /** From now on everything goes the whole way: connections have to be told to close. */
    close: () => {
      closing = true
    },
  }
}

interface Serving {
  readonly route: FastRoute
  readonly ready: ReadyAnswer
  readonly asker: Asker
  readonly begun: number
  readonly state: RateState | undefined
}

function finish(req: IncomingMessage, res: ServerResponse, { route, ready, asker, begun, state }: Serving): void {
  const { headers } = req
  const { entry, etag } = ready
  const traceId = requestId(req)
  const correlationId = correlationIdOf(headers['x-correlation-id'], traceId)
  const fresh = isNotModified(headers['if-none-match'], etag)
  // Neither id nor numbers can hold a line break: see CORRELATION in trace.ts.
  let head = `${fresh ? ready.headNotModified : ready.head}x-correlation-id: ${correlationId}\r\n`
  if (state)
    head += `ratelimit-limit: ${state.limit}\r\nratelimit-remaining: ${state.remaining}\r\nratelimit-reset: ${state.resetSeconds}\r\n`
  const status = fresh ? 304 : 200
  send(res as Writable, status, head, fresh ? undefined : entry.answer)
  entry.used = true
  route.cache.hit()
  route.cached.served?.(asker, entry.answer.note)
  const { principal } = asker
  const milliseconds = performance.now() - begun
  route.traced?.({ traceId, traceparent: headers['traceparent'] as string | undefined, status, milliseconds })
  route.ended?.({ status, milliseconds, method: 'GET', traceId, correlationId, principal })
}

/** What of Node's response the fast way needs besides its documented side; guarded by the comparison in fast-reads.test.ts. */
type Writable = ServerResponse & {
  _hasBody: boolean
  _storeHeader(head: string, headers: readonly string[]): void
}

/**
 * Head and body leave as one text and one write. `writeHead` would check and join every header of every answer again; they were checked when
 * the answer was learned. Date, Connection and Keep-Alive are added by Node as always.
 */
function send(res: Writable, status: 200 | 304, head: string, body: CachedAnswer | undefined): void {
  res.statusCode = status
  if (body === undefined) {
    res._hasBody = false
    res._storeHeader(head, [])
    res.end()
  } else {
    res._storeHeader(head, ['content-length', String(body.body.length)])
    res.end(body.text, 'latin1')
  }
}

const headOf = (status: 200 | 304, headers: readonly (readonly [string, unknown])[]): string =>
  `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${headers
    .filter(([name]) => name !== 'content-length')
    .map(([name, value]) => `${name}: ${String(value)}\r\n`)
    .join('')}`

const questionOf = (url: string, headers: IncomingMessage['headers']): string =>
  headers['x-channel'] === undefined
    ? `${url}\nhost ${headers.host}\n${headers['accept-language'] ?? ''}`
    : `${url}\nchannel ${String(headers['x-channel'])}\n${headers['accept-language'] ?? ''}`

const wayOf = ({ socket, headers }: Pick<IncomingMessage, 'socket' | 'headers'>): string =>
  `${socket.remoteAddress} ${String(headers['x-forwarded-for'] ?? '')}`

export type FastReads = ReturnType<typeof createFastReads>
