import { expect, it } from 'vitest'
import { decided, hidesItself, stateAfterChange, stateOf } from './review.ts'

it('what no rule minds is shown, the rest waits', () => {
  expect(stateOf([])).toBe('published')
  expect(stateOf(['links'])).toBe('pending')
})

it('what staff took away does not come back because its author changed a word', () => {
  expect(stateAfterChange('rejected', [])).toBe('pending')
  expect(stateAfterChange('hidden', [])).toBe('pending')
  expect(stateAfterChange('published', [])).toBe('published')
  expect(stateAfterChange('pending', [])).toBe('published')
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
