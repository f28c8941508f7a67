import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createDeadlines, within } from './deadlines.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

test('what is not answered in time is noticed once, and what is answered never', () => {
  const deadlines = createDeadlines(1000)
  const overdue: string[] = []
  const answered = deadlines.start(() => overdue.push('answered'))
  deadlines.start(() => overdue.push('silent'))
  vi.advanceTimersByTime(500)
  deadlines.start(() => overdue.push('later'))
  deadlines.stop(answered)
  vi.advanceTimersByTime(650)
  expect(overdue).toEqual(['silent'])
  vi.advanceTimersByTime(5000)
  expect(overdue).toEqual(['silent', 'later'])
})

test('a process that was held up reads what has arrived before it calls an answer overdue', () => {
  const deadlines = createDeadlines(1000)
  const overdue = vi.fn()
  const wait = deadlines.start(overdue)
  vi.advanceTimersByTime(1001)
  expect(overdue).not.toHaveBeenCalled()
  deadlines.stop(wait)
  vi.advanceTimersByTime(5000)
  expect(overdue).not.toHaveBeenCalled()
})

test('a wait without a limit is never overdue', () => {
  const deadlines = createDeadlines(0)
  const overdue = vi.fn()
  deadlines.stop(deadlines.start(overdue))
  deadlines.start(overdue)
  vi.advanceTimersByTime(10_000_000)
  expect(overdue).not.toHaveBeenCalled()
})

test('an answer in time is passed on, a missing one becomes a lost connection', async () => {
  const deadlines = createDeadlines(1000)
  expect(await within(deadlines, Promise.resolve(7))).toBe(7)
  await expect(within(deadlines, Promise.reject(new Error('no')))).rejects.toThrow('no')
  const never = expect(within(deadlines, new Promise(() => {}))).rejects.toMatchObject({ code: 'ETIMEDOUT' })
  await vi.advanceTimersByTimeAsync(1200)
  await never
})
