import { randomFillSync } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { WorkContext } from '#kit/core/context.ts'

// Ids are cut from a pool: one call to the generator serves 256 requests.
const pool = Buffer.alloc(4096)
let used = pool.length

function randomHex(bytes: number): string {
  if (used + bytes > pool.length) {
    randomFillSync(pool)
    used = 0
  }
  const hex = pool.toString('hex', used, used + bytes)
  used += bytes
  return hex
}

const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:-|$)/
const ZERO_TRACE = '0'.repeat(32)
const CORRELATION = /^[A-Za-z0-9._:-]{8,128}$/

/** Trace id of a W3C `traceparent`, or undefined if there is none or it is malformed. */
export function traceIdOf(traceparent: string | undefined): string | undefined {
  if (traceparent === undefined || traceparent.length > 512) return undefined
  const id = TRACEPARENT.exec(traceparent)?.[1]
  return id === ZERO_TRACE ? undefined : id
}

/** The request's id is its trace id: the caller's, or a new one. */
export function requestId(raw: { headers: IncomingMessage['headers'] }): string {
  return traceIdOf(raw.headers['traceparent'] as string | undefined) ?? randomHex(16)
}

/** X-Correlation-Id of the caller where it is one, else the trace id. */
export function correlationIdOf(header: string | string[] | undefined, traceId: string): string {
  return typeof header === 'string' && CORRELATION.test(header) ? header : traceId
}

/** `traceparent` for an outgoing call of this work: same trace, new span. */
export function traceparent(context: WorkContext): string {
  return `00-${context.traceId}-${randomHex(8)}-01`
}
