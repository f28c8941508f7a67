import { expect, it } from 'vitest'
import { decided, hidesItself, stateOf, takenAway } from './review.ts'

it('what no rule minds is shown, the rest waits', () => {
  expect(stateOf([])).toBe('published')
  expect(stateOf(['links'])).toBe('pending')
})

it('what staff took away stays so while it waits for them again, until they bring it back', () => {
  expect(takenAway({ state: 'rejected', reasons: [] })).toBe(true)
  expect(takenAway({ state: 'hidden', reasons: [] })).toBe(true)
  expect(takenAway({ state: 'pending', reasons: ['rejected-before'] })).toBe(true)
  expect(takenAway({ state: 'pending', reasons: ['links'] })).toBe(false)
  expect(takenAway({ state: 'published', reasons: ['rejected-before'] })).toBe(false)
})

it('readers hide what staff have not seen, and only when there are enough of them', () => {
  const review = { state: 'published', openReports: 3, vetted: false } as const
  expect(hidesItself(review, 3)).toBe(true)
  expect(hidesItself({ ...review, openReports: 2 }, 3)).toBe(false)
  expect(hidesItself({ ...review, vetted: true }, 3)).toBe(false)
  expect(hidesItself({ ...review, state: 'pending' }, 3)).toBe(false)
})

it('staff approve and reject from anywhere, and hide what is shown', () => {
  expect(decided('rejected', 'approve')).toBe('published')
  expect(decided('published', 'reject')).toBe('rejected')
  expect(decided('published', 'hide')).toBe('hidden')
  expect(decided('pending', 'hide')).toBeUndefined()
})
