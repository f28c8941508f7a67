import { expect, test } from 'vitest'
import { Instance } from './instance.ts'

function instance() {
  const closed: string[] = []
  const one = new Instance({
    service: 'orders',
    peer: { url: 'http://orders', version: 'main' },
    connect: (url) => ({ ready: async () => true, close: async () => void closed.push(url) }),
    maxInFlight: () => 2,
    breaker: {},
    onChange: () => undefined,
  })
  return { one, closed }
}

test('an instance that is gone keeps its connections until the last of what is under way is done, and closes them once', () => {
  const { one, closed } = instance()
  expect(one.line).toBe(one.line)
  one.enter()
  one.enter()
  one.retire()
  one.leave()
  expect(closed).toEqual([])
  one.leave()
  expect(closed).toEqual(['http://orders'])
  void one.close()
  expect(closed).toHaveLength(1)
})

test('an instance that was never asked has nothing to close', () => {
  const { one, closed } = instance()
  one.retire()
  expect(closed).toEqual([])
})

test('an instance takes no more than it may have under way', () => {
  const { one } = instance()
  one.enter()
  expect(one.takesMore).toBe(true)
  one.enter()
  expect([one.takesMore, one.state.inFlight, one.state.requests]).toEqual([false, 2, 2])
  one.leave()
  expect(one.takesMore).toBe(true)
})
