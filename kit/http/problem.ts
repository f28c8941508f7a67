import { VOUCHED_CLIENT } from './forward/vouch.ts'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { errors } from './errors.ts'
import { DomainError, type ErrorDeclaration, type ErrorKind } from '#kit/core/errors.ts'
import { mapPgError } from '#kit/db/pg-errors.ts'
import type { Logger } from '#kit/service/logger.ts'

/** The one place where a kind of error becomes a number. */
export const statusOfKind: Record<ErrorKind, number> = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  'not-found': 404,
  'payment-refused': 402,
  conflict: 409,
  gone: 410,
  'precondition-failed': 412,
  'too-large': 413,
  'unsupported-media-type': 415,
  rule: 422,
  'rate-limited': 429,
  unavailable: 503,
}

const titleOfKind: Record<ErrorKind, string> = {
  invalid: 'Invalid request',
  unauthenticated: 'Not signed in',
  forbidden: 'Not allowed',
  'not-found': 'Not found',
  'payment-refused': 'Payment refused',
  conflict: 'Conflict',
  gone: 'No longer available',
  'precondition-failed': 'Changed in the meantime',
  'too-large': 'Too large',
  'unsupported-media-type': 'Unsupported content type',
  rule: 'Not possible',
  'rate-limited': 'Too many requests',
  unavailable: 'Temporarily unavailable',
}

/** Refusals that only HTTP knows and that have a number of their own. */
const statusOfCode: Record<string, number> = {
  'http/method-not-allowed': 405,
  'http/request-timeout': 408,
  'http/uri-too-long': 414,
  'http/headers-too-large': 431,
  'http/internal': 500,
  'http/upstream-timeout': 504,
}

export function statusOf(error: Pick<ErrorDeclaration, 'kind' | 'code'>): number {
  return statusOfCode[error.code] ?? statusOfKind[error.kind]
}

/** What Fastify itself refuses, in our words. */
const FASTIFY: Record<string, (typeof errors)[keyof typeof errors]> = {
  FST_ERR_CTP_BODY_TOO_LARGE: errors.tooLarge,
  FST_ERR_CTP_INVALID_MEDIA_TYPE: errors.unsupportedMediaType,
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: errors.malformedRequest,
  FST_ERR_BAD_URL: errors.malformedRequest,
  FST_ERR_MAX_PARAM_LENGTH: errors.uriTooLong,
  FST_ERR_HANDLER_TIMEOUT: errors.unavailable,
}

const PROBLEM_TYPE = 'application/problem+json; charset=utf-8'

function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code
  return typeof code === 'string' ? code : ''
}

/** Any thrown value as an error that may be shown. What is not a DomainError keeps its text to itself. */
export function toDomainError(error: unknown): DomainError {
  if (error instanceof DomainError) return error
  const code = codeOf(error)
  const known = FASTIFY[code]
  if (known) return known({}, { cause: error })
  const refusedByDatabase = mapPgError(error)
  if (refusedByDatabase instanceof DomainError) return refusedByDatabase
  const status = (error as { statusCode?: unknown } | null)?.statusCode
  if (typeof status === 'number' && status >= 400 && status < 500) return errors.malformedRequest({}, { cause: error })
  return errors.internal({}, { cause: error })
}

const jsonSafe = (_key: string, value: unknown): unknown =>
  typeof value === 'bigint' ? (Number.isSafeInteger(Number(value)) ? Number(value) : String(value)) : value

/** The RFC 9457 body as JSON text. `instance` is the path without its query. */
export function problemBody(error: DomainError, instance: string, traceId: string): string {
  return JSON.stringify(
    {
      type: `/docs/errors#${error.code}`,
      title: titleFor(error),
      status: statusOf(error),
      code: error.code,
      detail: error.message,
      instance,
      traceId,
      ...(error.fields.length > 0 ? { errors: error.fields } : {}),
      ...(Object.keys(error.details).length > 0 ? { details: error.details } : {}),
    },
    jsonSafe,
  )
}

function titleFor(error: DomainError): string {
  if (error.code === errors.internal.code) return 'Internal error'
  if (error.code === errors.upstreamTimeout.code) return 'No answer in time'
  if (error.code === errors.methodNotAllowed.code) return 'Method not allowed'
  return titleOfKind[error.kind]
}

/** Path of a URL without its query: queries may hold personal data and do not belong into answers and logs. */
export function pathOf(url: string): string {
  const end = url.indexOf('?')
  return end < 0 ? url : url.slice(0, end)
}

const BUSY = errors.overloaded()
/** Told to the process that passed the request on: nothing was begun, another instance may have it. Goes no further than there. */
export const TURNED_AWAY = 'x-souk-busy'

/** Answers 503 under overload: nothing is made, thrown or logged beyond the line every request gets, so that refusing costs little. */
export function sendBusy(request: FastifyRequest, reply: FastifyReply, retryAfterSeconds: number): void {
  reply.code(503)
  reply.header('content-type', PROBLEM_TYPE)
  reply.header('cache-control', 'no-store')
  reply.header('retry-after', String(retryAfterSeconds))
  if (VOUCHED_CLIENT in request.headers) reply.header(TURNED_AWAY, '1')
  reply.send(problemBody(BUSY, pathOf(request.originalUrl), request.id))
}

/** Answers with a problem; the only place where a failed request is logged (4xx only show in the access log). */
export function sendProblem(log: Logger, request: FastifyRequest, reply: FastifyReply, thrown: unknown): void {
  const error = toDomainError(thrown)
  const status = statusOf(error)
  if (status >= 500) {
    const fields = {
      traceId: request.id,
      correlationId: request.correlationId,
      method: request.method,
      // not the path: it may name somebody
      route: request.routeOptions.url,
      code: error.code,
      error: error.cause ?? error,
    }
    if (status === 500) log.error(fields, 'request failed')
    else log.warn(fields, 'request could not be served')
  }
  if (reply.sent) return
  reply.code(status)
  reply.header('content-type', PROBLEM_TYPE)
  reply.header('cache-control', 'no-store')
  if (status !== 401) reply.removeHeader('www-authenticate')
  else if (!reply.hasHeader('www-authenticate')) {
    reply.header('www-authenticate', error.code === errors.invalidToken.code ? 'Bearer error="invalid_token"' : 'Bearer')
  }
  const retryAfter = error.retryAfterSeconds ?? (status === 503 || status === 429 ? 1 : undefined)
  if (retryAfter !== undefined) reply.header('retry-after', String(Math.max(1, Math.ceil(retryAfter))))
  reply.send(problemBody(error, pathOf(request.originalUrl), request.id))
}
