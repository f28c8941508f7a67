import type { IncomingHttpHeaders } from 'node:http'
import { SEEN_HEADER, seenToForward } from '../seen-writes.ts'

export type ForwardedHeaders = Record<string, string | string[]>

/** Of one connection only (RFC 9110 §7.6.1); `expect` was answered by our own server. */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'expect',
])
/** What only we may say: who the client is, and what passes between our own processes. */
const OURS = /^(x-forwarded-|x-souk-|forwarded$|x-real-ip$|traceparent$|x-correlation-id$)/
/** Decided at this door, with the answer's origin rules and limits (the service behind would say it for itself), or said to this door only. */
const OF_THE_DOOR = /^(access-control-|ratelimit-|x-correlation-id$|x-souk-busy$)/

function namedByConnection(headers: Readonly<Record<string, unknown>>): ReadonlySet<string> | undefined {
  const connection = headers['connection']
  if (typeof connection !== 'string' || connection === 'keep-alive' || connection === 'close') return undefined
  return new Set(connection.split(',').map((name) => name.trim().toLowerCase()))
}

/**
 * The caller's headers as the service behind gets them, without those of the connection and without claims only we may make. How far the caller
 * has seen goes on: no copy of the database may show them the time before, whichever instance they come to.
 */
export function onwardHeaders(headers: IncomingHttpHeaders, added: ForwardedHeaders): ForwardedHeaders {
  const named = namedByConnection(headers)
  const result: ForwardedHeaders = {}
  for (const name in headers) {
    const value = headers[name]
    if (value === undefined || HOP_BY_HOP.has(name) || named?.has(name) || OURS.test(name)) continue
    result[name] = value
  }
  const told = headers[SEEN_HEADER]
  const seen = typeof told === 'string' ? seenToForward(told) : undefined
  if (seen !== undefined) result[SEEN_HEADER] = seen
  return Object.assign(result, added)
}

/** The service's headers as the caller gets them. `vary`: what we already said. */
export function answerHeaders(headers: IncomingHttpHeaders, vary: string | undefined): ForwardedHeaders {
  const named = namedByConnection(headers)
  const result: ForwardedHeaders = {}
  for (const name in headers) {
    const value = headers[name]
    if (value === undefined || HOP_BY_HOP.has(name) || named?.has(name) || OF_THE_DOOR.test(name)) continue
    result[name] = value
  }
  if (vary && result['vary'])
    result['vary'] = [...new Set([vary, ...[result['vary']].flat()].flatMap((list) => list.split(/,\s*/)))].join(', ')
  return result
}
