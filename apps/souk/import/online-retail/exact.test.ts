import { describe, expect, it } from 'vitest'
import { exactText, parseExact, penceOf, plus, times, ZERO } from './exact.ts'

const exact = (text: string) => parseExact(text)!

describe('exact decimals', () => {
  it('keeps every digit that a sum of prices has', () => {
    const sum = ['0.1', '0.2', '0.001', '493206.82'].map(exact).reduce(plus, ZERO)
    expect(exactText(sum)).toBe('493207.121')
  })

  it('multiplies quantity and price without rounding', () => {
    expect(exactText(times(exact('-3'), exact('0.001')))).toBe('-0.003')
    expect(exactText(times(exact('80995'), exact('2.08')))).toBe('168469.60')
  })

  it('reads what spreadsheets write, and nothing else', () => {
    expect(exactText(exact('6.0'))).toBe('6.00')
    expect(exactText(exact('-11062.06'))).toBe('-11062.06')
    expect(exactText(exact('1e-3'))).toBe('0.001')
    expect(exactText(exact('1.5E2'))).toBe('150.00')
    for (const text of ['', '.', '-', '1,5', 'abc', '0x10', '1.2.3', 'Infinity', 'NaN', '1e999', '9'.repeat(40)])
      expect(parseExact(text)).toBeUndefined()
  })

  it('knows whether an amount is whole pence', () => {
    expect(penceOf(exact('2.550'))).toBe(255n)
    expect(penceOf(exact('-7'))).toBe(-700n)
    expect(penceOf(exact('0.001'))).toBeUndefined()
  })
})
