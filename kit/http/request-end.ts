import type { FastifyRequest } from 'fastify'
import type { RouteFacts } from './compiled-route.ts'
import type { EdgeOptions } from './edge.ts'
import type { Principal } from '#kit/core/principal.ts'
import type { Logger } from '#kit/service/logger.ts'

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
  return ({ status, milliseconds, method, traceId, correlationId, principal, about }) => {
    onRequestEnd?.({ facts, status, milliseconds })
    if ((level === 'all' && !(facts.operational && status < 400)) || (level === 'errors' && status >= 400)) {
      log.info(
        {
          traceId,
          ...(correlationId === traceId ? {} : { correlationId }),
          service: facts.service,
          method,
          route: facts.path,
          status,
          ms: Math.round(milliseconds * 10) / 10,
          ...about,
          ...(principal.kind === 'anonymous' ? {} : { [principal.kind]: principal.id }),
        },
        'request',
      )
    }
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
