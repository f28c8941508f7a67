import { Code, ConnectError } from '@connectrpc/connect'
import { describe, expect, it } from 'vitest'
import { DomainError } from '#kit/core/errors.ts'
import { type CallEnd, endOf, mayGoElsewhere } from './call-end.ts'
import { toStatus } from './errors.ts'

const failed = (code: string, syscall?: string) => Object.assign(new Error(code), { code, ...(syscall ? { syscall } : {}) })
const of = (cause: unknown) => endOf(new ConnectError('failed', Code.Internal, undefined, undefined, cause), undefined)
/** as it comes back from the other side, with headers */
const told = (code: Code) => new ConnectError('', code, { 'content-type': 'application/grpc' })

describe('a call that did not come through', () => {
  it.each<[string, string | undefined, CallEnd]>([
    ['ECONNREFUSED', 'connect', 'refused'],
    ['EHOSTUNREACH', 'connect', 'unreached'],
    ['ETIMEDOUT', 'connect', 'unreached'],
    ['ENOTFOUND', 'getaddrinfo', 'unreached'],
    ['ERR_HTTP2_GOAWAY_SESSION', undefined, 'turned-away'],
    ['ERR_HTTP2_INVALID_SESSION', undefined, 'turned-away'],
  ])('was not begun where the reason is %s of %s', (code, syscall, end) => {
    expect(of(failed(code, syscall))).toBe(end)
    expect(mayGoElsewhere(end, false)).toBe(true)
  })

  it.each([
    ['EHOSTUNREACH', 'read'],
    ['ETIMEDOUT', 'read'],
    ['ECONNRESET', 'read'],
    ['ERR_HTTP2_STREAM_ERROR', undefined],
  ])('may have been done where an open connection broke with %s of %s', (code, syscall) => {
    expect(of(failed(code, syscall))).toBe('broken')
    expect([mayGoElsewhere('broken', false), mayGoElsewhere('broken', true)]).toEqual([false, true])
  })

  it('is answered by whoever says anything, but for a proxy that says that nobody is there', () => {
    for (const code of [Code.Internal, Code.Unauthenticated, Code.Unimplemented])
      expect(endOf(told(code), undefined)).toBe('answered')
    expect(endOf(told(Code.Unavailable), undefined)).toBe('broken')
    const busy = toStatus(new DomainError('unavailable', 'database/busy', 'Too much to do.'))
    busy.metadata.set('content-type', 'application/grpc')
    expect(endOf(busy, undefined)).toBe('answered')
  })

  it('is not asked again when it came too late, or when nobody wants it any more', () => {
    expect(endOf(new ConnectError('', Code.DeadlineExceeded), undefined)).toBe('late')
    expect(endOf(failed('ECONNRESET', 'read'), AbortSignal.abort())).toBe('given-up')
    for (const end of ['late', 'given-up', 'answered'] as const) expect(mayGoElsewhere(end, true)).toBe(false)
  })
})
