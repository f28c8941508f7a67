import { once } from 'node:events'
import { connect } from 'node:net'
import { describe, expect, it } from 'vitest'
import { RoadError } from './attempt.ts'

const failed = (code: string, syscall?: string) => Object.assign(new Error(code), { code, ...(syscall ? { syscall } : {}) })
const neverSent = (cause: unknown) => new RoadError('unreachable', cause).neverSent

describe('a request that did not come through', () => {
  it.each(['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'ETIMEDOUT'])(
    'was not sent where connecting failed with %s',
    (code) => {
      expect(neverSent(failed(code, 'connect'))).toBe(true)
    },
  )

  it('was not sent where connecting took too long', () => {
    expect(neverSent(failed('UND_ERR_CONNECT_TIMEOUT'))).toBe(true)
  })

  it.each([
    ['EHOSTUNREACH', 'read'],
    ['EHOSTUNREACH', 'write'],
    ['ETIMEDOUT', 'read'],
    ['ECONNRESET', 'read'],
    ['UND_ERR_SOCKET', undefined],
  ])('may have been sent where an open connection broke with %s at %s', (code, syscall) => {
    expect(neverSent(failed(code, syscall))).toBe(false)
  })

  it('was not sent where no address of a name let us in', async () => {
    const lookup = (_name: string, _options: object, found: (error: null, all: { address: string; family: number }[]) => void) =>
      found(
        null,
        ['127.0.0.1', '127.0.0.2'].map((address) => ({ address, family: 4 })),
      )
    const socket = connect({ host: 'several.test', port: 1, autoSelectFamily: true, lookup: lookup as never })
    const [error] = (await once(socket, 'connect').catch((thrown: unknown) => [thrown])) as unknown[]
    expect(error).toBeInstanceOf(AggregateError)
    expect(neverSent(error)).toBe(true)
  })

  it('may have been sent where one of several errors is of an open connection', () => {
    expect(neverSent(new AggregateError([failed('ECONNREFUSED', 'connect'), failed('EHOSTUNREACH', 'write')]))).toBe(false)
    expect(neverSent(new AggregateError([]))).toBe(false)
  })

  it('may have been sent where it was given up for another reason', () => {
    expect(new RoadError('late', failed('ECONNREFUSED', 'connect')).neverSent).toBe(false)
    expect(neverSent(undefined)).toBe(false)
  })
})
