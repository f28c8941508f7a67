import { expect, it } from 'vitest'
import { amountIn } from './show.tsx'

it('an amount that somebody types is in the units of its currency: yen have no cents', () => {
  expect(amountIn('19,95', 'EUR')).toBe(1995)
  expect(amountIn('1200', 'JPY')).toBe(1200)
  expect(amountIn('1.250', 'KWD')).toBe(1250)
})

it('an empty field is no amount, and what cannot be read is refused instead of being taken for an empty one', () => {
  expect(amountIn(' ', 'EUR')).toBeUndefined()
  expect(amountIn(null, 'EUR')).toBeUndefined()
  for (const typed of ['19.95 €', '1.000,00', '-5', '12.5.1']) expect(() => amountIn(typed, 'EUR'), typed).toThrow(RangeError)
  expect(() => amountIn('12.50', 'JPY')).toThrow('“12.50” is no amount of JPY.')
})
