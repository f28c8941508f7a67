import { expect, test } from 'vitest'
import { Breaker, type BreakerState } from './breaker.ts'

function breaker(limits = {}) {
  let now = 0
  const states: BreakerState[] = []
  const one = new Breaker(
    { failures: 3, openMs: 1_000, maxOpenMs: 4_000, ...limits },
    (state) => states.push(state),
    () => now,
  )
  const fail = (times = 1) => {
    for (let n = 0; n < times; n += 1) one.failed(one.begin())
  }
  return { one, states, fail, pass: (ms: number) => (now += ms), succeed: () => one.succeeded(one.begin()) }
}

test('lets calls through until several in a row have failed', () => {
  const { one, fail, succeed } = breaker()
  fail(2)
  succeed()
  fail(2)
  expect(one.admits).toBe(true)
  fail()
  expect([one.admits, one.state, one.waitMs]).toEqual([false, 'open', 1_000])
})

test('opens when half of many calls fail, also if never several in a row', () => {
  const { one, fail, succeed } = breaker({ atLeast: 10 })
  for (let n = 0; n < 4; n += 1) {
    succeed()
    fail()
  }
  expect(one.state).toBe('closed')
  succeed()
  fail()
  expect(one.state).toBe('open')
})

test('gives one call at a time a trial, once a knock was answered; its success closes', () => {
  const { one, fail, states } = breaker()
  fail(3)
  one.knocked(true)
  expect(one.admits).toBe(true)
  const trial = one.begin()
  expect(one.admits).toBe(false)
  one.succeeded(trial)
  expect(states).toEqual(['open', 'half-open', 'closed'])
  expect(one.admits).toBe(true)
})

test('opens at once when there is nobody at all', () => {
  const { one } = breaker()
  one.failed(one.begin(), true)
  expect(one.state).toBe('open')
})

test('waits twice as long after each failed trial, up to a bound', () => {
  const { one, fail, pass } = breaker()
  fail(3)
  const waits = [one.waitMs]
  for (let n = 0; n < 3; n += 1) {
    pass(one.waitMs)
    one.knocked(true)
    one.failed(one.begin())
    waits.push(one.waitMs)
  }
  expect(waits).toEqual([1_000, 2_000, 4_000, 4_000])
})

test('learns nothing from answers to calls that began before it changed its mind', () => {
  const { one, fail } = breaker()
  const early = one.begin()
  fail(3)
  one.succeeded(early)
  expect(one.state).toBe('open')
  one.knocked(true)
  one.failed(early)
  expect(one.state).toBe('half-open')
})

test('a caller who goes away during the trial leaves the place to the next', () => {
  const { one, fail } = breaker()
  fail(3)
  one.knocked(true)
  one.forget(one.begin())
  expect([one.state, one.admits]).toEqual(['half-open', true])
})

test('whoever calls in spite of it may find out that it is well again, and makes nothing worse', () => {
  const { one, fail, states, succeed } = breaker()
  fail(3)
  one.failed(one.begin(), true)
  expect([one.waitMs, states]).toEqual([1_000, ['open']])
  succeed()
  expect([one.state, one.admits]).toEqual(['closed', true])
})
