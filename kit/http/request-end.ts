import type { FastifyRequest } from 'fastify'
import type { RouteFacts } from './compiled-route.ts'
import type { EdgeOptions } from './edge.ts'
import type { Principal } from '#kit/core/principal.ts'
import type { FlatFields, Logger } from '#kit/service/logger.ts'

/** What happened, once an answer is out. The same object shape for every request; do not keep it. */
export interface RequestEnd {
  readonly facts: RouteFacts
  readonly status: number
  readonly milliseconds: number
}

/** A request that has been answered, as log and measurement see it. No address, no query, no header: they are personal. */
export interface Finished {
  readonly status: number
  readonly milliseconds: number
  readonly method: string
  readonly traceId: string
  readonly correlationId: string
  readonly principal: Principal
  /** more for the log line */
  readonly about?: object | undefined
}

export type Ended = (finished: Finished) => void

export interface EndOptions {
  readonly edge?: Pick<EdgeOptions, 'accessLog'>
  readonly log: Logger
  readonly onRequestEnd?: (end: RequestEnd) => void
}

/** Access log line and measurement of one route, or nothing where nobody listens. */
export function endOf({ edge, log, onRequestEnd }: EndOptions, facts: RouteFacts): Ended | undefined {
  const level = edge?.accessLog ?? 'all'
  if (level === 'off' && !onRequestEnd) return undefined
  const line = level === 'off' ? undefined : lineOf(log, facts)
  const from = level === 'all' && !facts.operational ? 0 : 400
  return (finished) => {
    const { status, milliseconds } = finished
    if (!facts.endless) onRequestEnd?.({ facts, status, milliseconds })
    if (line && status >= from) line(finished)
  }
}

/** The line of a route. Where nothing but the usual is to be said, it goes the logger's short way. */
function lineOf(log: Logger, { service, path }: RouteFacts): Ended {
  const short = new Map<string, (fields: FlatFields) => void>()
  const shortOf = (method: string) => {
    const known = short.get(method)
    if (known) return known
    const fixed = { service, method, route: path }
    const made = log.prepared?.(fixed, 'request') ?? ((fields: FlatFields) => log.info({ ...fixed, ...fields }, 'request'))
    short.set(method, made)
    return made
  }
  return ({ status, milliseconds, method, traceId, correlationId, principal, about }) => {
    const fields = {
      traceId,
      correlationId: correlationId === traceId ? undefined : correlationId,
      status,
      ms: Math.round(milliseconds * 10) / 10,
      [principal.kind]: principal.kind === 'anonymous' ? undefined : principal.id,
    }
    if (about) log.info({ service, method, route: path, ...fields, ...about }, 'request')
    else shortOf(method)(fields)
  }
}

/** The same as a hook of the framework. */
export function onResponse(ended: Ended, about?: (request: FastifyRequest) => object | undefined) {
  return (request: FastifyRequest, reply: { statusCode: number; elapsedTime: number }, done: () => void): void => {
    const { principal, id, correlationId, method } = request
    const { statusCode: status, elapsedTime: milliseconds } = reply
    ended({ status, milliseconds, method, traceId: id, correlationId, principal, about: about?.(request) })
    done()
  }
}
