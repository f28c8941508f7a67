import type { IncomingMessage } from 'node:http'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { type Span, tracing } from '#kit/tracing/span.ts'
import { parentSpanOf, randomHex, traceIdOf } from '#kit/tracing/traceparent.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** of a request whose trace is recorded */
    span?: Span | undefined
  }
  interface FastifyContextConfig {
    /** whose route it is */
    service?: string
    /** health, metrics, documentation: asked all day, and nobody's story */
    operational?: boolean
  }
}

const CORRELATION = /^[A-Za-z0-9._:-]{8,128}$/

/** The request's id is its trace id: the caller's, or a new one. */
export function requestId(raw: { headers: IncomingMessage['headers'] }): string {
  return traceIdOf(raw.headers['traceparent'] as string | undefined) ?? randomHex(16)
}

/** X-Correlation-Id of the caller where it is one, else the trace id. */
export function correlationIdOf(header: string | string[] | undefined, traceId: string): string {
  return typeof header === 'string' && CORRELATION.test(header) ? header : traceId
}

/**
 * A span for every request, refused ones included. `front` is the service that stands before the others and takes the request for them;
 * without one it is the span of the service whose route it is. Nothing is hung into the way of a request where nothing is traced.
 */
export function traceRequests(app: FastifyInstance, front: string | undefined): void {
  const tracer = tracing()
  if (!tracer) return
  app.decorateRequest('span', undefined)
  app.addHook('onRequest', (request, _reply, done) => {
    const { config, url } = request.routeOptions
    if (!config.operational) {
      const { method } = request
      const start = {
        service: front ?? config.service ?? 'platform',
        name: url === undefined ? method : `${method} ${url}`,
        kind: 'server',
        attributes: { 'http.request.method': method, 'http.route': url },
      } as const
      request.span = tracer.start(start, { traceId: request.id, spanId: callerOf(request) })
    }
    done()
  })
  app.addHook('onResponse', (request, { statusCode }, done) => {
    const attributes = { 'http.response.status_code': statusCode, 'correlation.id': request.correlationId }
    request.span?.end({ attributes, ...(statusCode >= 500 ? { error: `HTTP ${statusCode}` } : {}) })
    done()
  })
}

const callerOf = (request: FastifyRequest) => parentSpanOf(request.headers['traceparent'] as string | undefined)

/** The span of a kept answer, told when it is out: there was nothing to wait for in between. */
export function traceKept(
  front: string | undefined,
  { service, label, path, method }: { service: string; label: string; path: string; method: string },
): ((kept: { traceId: string; traceparent: string | undefined; status: number; milliseconds: number }) => void) | undefined {
  const tracer = tracing()
  if (!tracer) return undefined
  const attributes = { 'http.request.method': method, 'http.route': path, 'souk.kept': true }
  const start = { service: front ?? service, name: label, kind: 'server', attributes } as const
  return ({ traceId, traceparent, status, milliseconds }) => {
    if (!tracer.records(traceId)) return
    const place = { traceId, spanId: parentSpanOf(traceparent) }
    tracer.start(start, place, Date.now() - milliseconds)?.end({ attributes: { 'http.response.status_code': status } })
  }
}
