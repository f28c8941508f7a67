import { randomFillSync } from 'node:crypto'
import type { WorkContext } from '#kit/core/context.ts'
import { tracing } from './span.ts'

// Ids are cut from a pool: one call to the generator serves 256 requests.
const pool = Buffer.alloc(4096)
let used = pool.length

export function randomHex(bytes: number): string {
  if (used + bytes > pool.length) {
    randomFillSync(pool)
    used = 0
  }
  const hex = pool.toString('hex', used, used + bytes)
  used += bytes
  return hex
}

const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-[0-9a-f]{2}(?:-|$)/
const ZERO_TRACE = '0'.repeat(32)

/** Trace id of a W3C `traceparent`, or undefined if there is none or it is malformed. */
export function traceIdOf(traceparent: string | undefined): string | undefined {
  return parse(traceparent)?.[1]
}

/** Id of the caller's span in a W3C `traceparent`. */
export function parentSpanOf(traceparent: string | undefined): string | undefined {
  return parse(traceparent)?.[2]
}

function parse(traceparent: string | undefined): RegExpExecArray | undefined {
  if (traceparent === undefined || traceparent.length > 512) return undefined
  const found = TRACEPARENT.exec(traceparent)
  return found === null || found[1] === ZERO_TRACE ? undefined : found
}

/** `traceparent` for an outgoing call of this work: its span where it is recorded, else a new one that nobody sees. */
export function traceparent({ traceId, spanId }: Pick<WorkContext, 'traceId' | 'spanId'>): string {
  const recorded = spanId !== undefined || tracing() === undefined
  return `00-${traceId}-${spanId ?? randomHex(8)}-${recorded ? '01' : '00'}`
}
