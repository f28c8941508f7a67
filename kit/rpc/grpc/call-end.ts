import { Code, ConnectError } from '@connectrpc/connect'
import { neverConnected } from '#kit/balance/never-connected.ts'
import { DomainError } from '#kit/core/errors.ts'
import { unavailable } from '../unavailable.ts'
import { fromStatus } from './errors.ts'

/** What came of a call that failed: the service said no itself, or what went wrong on the road. */
export type CallEnd =
  /** the other side has spoken, if only to refuse */
  | 'answered'
  /** nobody listens there */
  | 'refused'
  /** no connection came about */
  | 'unreached'
  /** the other side is stopping, and promises that nothing was begun */
  | 'turned-away'
  /** it may have been done, or not */
  | 'broken'
  | 'late'
  /** its caller does not want it any more */
  | 'given-up'

const NEVER_BEGUN: ReadonlySet<CallEnd> = new Set(['refused', 'unreached', 'turned-away'])

/** Whether another instance may have it. What was begun and only reads may be asked again; `late` would come too late. */
export const mayGoElsewhere = (end: CallEnd, read: boolean): boolean => NEVER_BEGUN.has(end) || (read && end === 'broken')

/** Said by a connection that takes no more calls because the other side is going away. */
const GOING_AWAY: ReadonlySet<unknown> = new Set(['ERR_HTTP2_GOAWAY_SESSION', 'ERR_HTTP2_INVALID_SESSION'])
/** What was under way to a side that is going away and came too late: HTTP/2 promises that nothing of it was done (RFC 9113 §8.7). */
const REFUSED = 'NGHTTP2_REFUSED_STREAM'

export function endOf(error: unknown, signal: AbortSignal | undefined): CallEnd {
  if (signal?.aborted) return 'given-up'
  const status = ConnectError.from(error)
  if (status.code === Code.DeadlineExceeded) return 'late'
  // Headers came back, so somebody has answered: our service, unless it is a proxy that says in its place that nobody does.
  if (!status.metadata.keys().next().done) return status.code === Code.Unavailable && !fromStatus(status) ? 'broken' : 'answered'
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    const { code } = cause as NodeJS.ErrnoException
    if (neverConnected(cause)) return code === 'ECONNREFUSED' ? 'refused' : 'unreached'
    if (GOING_AWAY.has(code) || cause.message.endsWith(REFUSED)) return 'turned-away'
  }
  // Our own limit: the answer is larger than we read.
  return status.code === Code.ResourceExhausted ? 'answered' : 'broken'
}

/** What the caller is told: the error of the other side, or that it does not answer. */
export function errorOf(service: string, error: unknown): DomainError {
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
