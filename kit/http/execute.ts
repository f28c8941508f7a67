import { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { type Rendered, send } from './answer.ts'
import type { CompiledRoute } from './compiled-route.ts'
import { type Answer, claimKey, GUEST_TOKEN_HEADER, keyedRequest, saveAnswer, scopeOf } from './idempotency.ts'
import { cachedRead, type FromCache } from './cached-read.ts'
import { Once } from './once.ts'
import type { ChannelDirectory } from './negotiation.ts'
import type { HttpRequest } from './request.ts'
import type { SeenWrites } from './seen-writes.ts'
import { type Deadline, withContext } from '#kit/core/context.ts'
import type { ResponseCache } from '#kit/cache/response-cache.ts'
import type { Db } from '#kit/db/db.ts'
import type { Outbox } from '#kit/messaging/bus.ts'
import { inSpan, tracing } from '#kit/tracing/span.ts'

export interface ExecutionDeps {
  readonly db: Db | undefined
  readonly outbox: Outbox | undefined
  readonly channels: ChannelDirectory
  /** answers of the service's `cached` routes */
  readonly cache?: ResponseCache | undefined
  /** told where copies of the database are read */
  readonly seen: SeenWrites
  /** How long somebody waits for the answer: what its work asks of other services gets no more time. Undefined: as long as it takes. */
  readonly patienceMs?: number | undefined
  readonly fail: (request: FastifyRequest, reply: FastifyReply, error: unknown) => void
  /** the service that stands before the others in this process: traces tell its part from theirs */
  readonly front?: string | undefined
}

/** Told of every answer of a cached route, once it is sent. */
export type Learn = (request: FastifyRequest, reply: FastifyReply, answer: FromCache) => void

/**
 * The Fastify handler of a route. Reads run as they are. Commands run in one transaction that also keeps the
 * Idempotency-Key's answer; the outbox relay is woken after the commit.
 */
export function handlerOf(
  compiled: CompiledRoute,
  deps: ExecutionDeps,
  learn?: Learn,
): (request: FastifyRequest, reply: FastifyReply) => void {
  const { db, seen, patienceMs } = deps
  const plain = tracedRun(runner(compiled, deps), compiled.facts, deps.front)
  const copies = db?.position !== undefined
  const run = copies && changes(compiled) ? thenSeen(plain, db, seen) : plain
  // an answer that is kept for everybody is not made from a copy that is behind
  const kept = compiled.route.spec.cached !== undefined && deps.cache !== undefined
  return (request, reply) => {
    let http: HttpRequest
    try {
      http = compiled.read(request, deps.channels)
    } catch (error) {
      deps.fail(request, reply, error)
      return
    }
    const deadline: Deadline | undefined = patienceMs === undefined ? undefined : { at: Date.now() + patienceMs, over: false }
    const context = { traceId: request.id, correlationId: request.correlationId, spanId: request.span?.spanId, deadline }
    const work = copies ? { ...context, seen: kept ? ('everything' as const) : seen.of(request) } : context
    withContext(work, () => run(http, request, reply)).then(
      (answer) => {
        if (deadline) deadline.over = true
        try {
          send(request, reply, answer)
          learn?.(request, reply, answer)
        } catch (error) {
          deps.fail(request, reply, error)
        }
      },
      (error) => {
        if (deadline) deadline.over = true
        deps.fail(request, reply, error)
      },
    )
  }
}

const changes = ({ idempotency }: CompiledRoute): boolean => idempotency !== undefined && idempotency !== 'read'

type Run = (http: HttpRequest, request: FastifyRequest, reply: FastifyReply) => Promise<Rendered>

/** Also after a refusal: a command in several steps may have kept the first ones. */
function thenSeen(run: Run, db: Db, seen: SeenWrites): Run {
  return async (http, request, reply) => {
    try {
      return await run(http, request, reply)
    } finally {
      await seen.note(request, reply, db)
    }
  }
}

/** What the service does is a span of its own where another one took the request. */
function tracedRun(run: Run, { service, label, operational }: CompiledRoute['facts'], front: string | undefined): Run {
  if (!tracing() || front === undefined || front === service || operational) return run
  return (http, request, reply) => inSpan({ service, name: label, kind: 'internal' }, () => run(http, request, reply))
}

function runner(compiled: CompiledRoute, deps: ExecutionDeps): Run {
  const { route, idempotency, render } = compiled
  const { db, outbox, cache } = deps
  if (!changes(compiled)) {
    if (route.spec.cached && cache) return cachedRead(compiled, route.spec.cached, cache)
    return async (http) => render(await route.handle(http), http)
  }
  const alone = async (http: HttpRequest) => {
    try {
      return render(await route.handle(http), http)
    } finally {
      // Such a handler commits in several steps: what the first ones stored stays, even if a later one failed.
      outbox?.wake()
      await cache?.catchUp()
    }
  }
  if (idempotency === 'handler' || !db) return alone
  const keyOf = (http: HttpRequest, request: FastifyRequest, key: string) =>
    keyedRequest({
      schema: db.schema,
      scope: scopeOf(request.principal, http.headers[GUEST_TOKEN_HEADER], request.ip),
      route: compiled.facts.label,
      url: request.url,
      key,
      body: request.body as Buffer | undefined,
    })
  if (idempotency === 'shared') {
    // a second request under a key is told at once; one in another process is told by the statement
    const inFlight = new Set<string>()
    return async (http, request) => {
      if (http.idempotencyKey === undefined) return await alone(http)
      const once = new Once(keyOf(http, request, http.idempotencyKey), http.audience.locale)
      const { id } = once.key
      if (inFlight.has(id)) once.settle('busy', null)
      inFlight.add(id)
      try {
        http.once = once
        const answer = await alone(http)
        return once.replayed ? { ...answer, headers: { ...answer.headers, 'idempotency-replayed': 'true' } } : answer
      } finally {
        inFlight.delete(id)
      }
    }
  }
  const inTransaction = (http: HttpRequest, request: FastifyRequest) =>
    db.tx(async (tx) => {
      http.enter(tx)
      const key = idempotency === 'none' ? undefined : http.idempotencyKey
      if (key === undefined) return render(await route.handle(http), http)
      const keyed = keyOf(http, request, key)
      const stored = await claimKey(tx, keyed)
      if (stored) return { ...stored, body: stored.body.length > 0 ? stored.body : undefined }
      const answer = keepable(render(await route.handle(http), http))
      await saveAnswer(tx, keyed, answer)
      return {
        ...answer,
        headers: answer.headers as Record<string, string>,
        body: answer.body.length > 0 ? answer.body : undefined,
      }
    })
  return async (http, request) => {
    const answer = await inTransaction(http, request)
    outbox?.wake()
    // Whoever changed something sees it from now on, as does everybody else who asks this process.
    await cache?.catchUp()
    return answer
  }
}

function keepable(answer: Rendered): Answer {
  if (answer.body instanceof Readable)
    throw new TypeError('a command cannot answer with a stream: its Idempotency-Key must be able to repeat the answer')
  const body = answer.body === undefined ? Buffer.alloc(0) : Buffer.isBuffer(answer.body) ? answer.body : Buffer.from(answer.body)
  return { status: answer.status, headers: answer.headers, body }
}
