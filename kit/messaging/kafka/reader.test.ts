import { MultipleErrors, NetworkError, ProtocolError } from '@platformatic/kafka'
import { describe, expect, test } from 'vitest'
import { withLeaders } from './reader.ts'

const listing = (...errors: Error[]) => new MultipleErrors('Listing offsets failed.', [new MultipleErrors('all tries', errors)])
const noAddress = new NetworkError('not in the metadata', { canRetry: true, hasStaleMetadata: true })
const unknown = new ProtocolError('UNKNOWN_TOPIC_OR_PARTITION')
const patience = { forMs: 60_000, pauseMs: 1 }

const failing = (times: number, error: Error) => {
  let asked = 0
  return async () => {
    asked += 1
    if (asked <= times) throw error
    return asked
  }
}

describe('a topic that has no leaders yet', () => {
  test.each([
    ['a broker does not lead it', listing(new ProtocolError('NOT_LEADER_OR_FOLLOWER'))],
    ['nobody leads it', listing(new ProtocolError('LEADER_NOT_AVAILABLE'))],
    ['its leader has no address', listing(noAddress)],
    ['its leader has not heard of it', listing(unknown)],
    [
      'the list of leaders says so',
      new MultipleErrors('Received response with error', [new ProtocolError('LEADER_NOT_AVAILABLE')]),
    ],
  ])('is asked for again, with a fresh look at who leads: %s', async (_, error) => {
    let looks = 0
    const look = async () => (looks += 1)
    expect(await withLeaders(failing(2, error), look, patience)).toBe(3)
    expect(looks).toBe(2)
  })

  test('is asked for again also when the fresh look says the same', async () => {
    const error = listing(new ProtocolError('LEADER_NOT_AVAILABLE'))
    expect(await withLeaders(failing(1, error), () => Promise.reject(error), patience)).toBe(2)
  })

  test('is given up after a time', async () => {
    const ask = failing(Number.POSITIVE_INFINITY, listing(noAddress))
    await expect(withLeaders(ask, async () => undefined, { forMs: 20, pauseMs: 1 })).rejects.toThrow('Listing')
  })

  test.each([
    ['a broker that cannot be reached', listing(new NetworkError('refused', { canRetry: true }))],
    ['a topic that nobody knows', new MultipleErrors('Received response with error', [unknown])],
    ['an error of another kind', new Error('Listing offsets failed.')],
  ])('is not what is wrong with %s: nobody waits for it', async (_, error) => {
    await expect(withLeaders(failing(1, error), async () => undefined, patience)).rejects.toBe(error)
  })
})
