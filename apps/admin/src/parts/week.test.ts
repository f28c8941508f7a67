import { expect, it } from 'vitest'
import { weekUntil } from './week.tsx'

it('a week of sales has seven days, also those on which nothing was sold, and counts one currency', () => {
  const reported = [
    { period: '2026-11-27', currency: 'EUR', total: '12.50' },
    { period: '2026-11-30', currency: 'EUR', total: '77.40' },
    { period: '2026-11-30', currency: 'USD', total: '9.00' },
  ]
  const week = weekUntil('2026-11-30', reported, 'EUR')
  expect(week.map(({ day }) => day)).toEqual(['24', '25', '26', '27', '28', '29', '30'].map((day) => `2026-11-${day}`))
  expect(week.map(({ amount }) => amount)).toEqual([0, 0, 0, 12.5, 0, 0, 77.4])
})
