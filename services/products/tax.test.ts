import { describe, expect, it } from 'vitest'
import { taxOnTop, taxRate, taxWithin, type TaxZone } from './tax.ts'

const zones: TaxZone[] = [
  { key: 'de', countries: ['DE'], rates: { standard: 1900, reduced: 700 } },
  { key: 'gb', countries: ['GB'], rates: { standard: 2000 } },
]

describe('tax', () => {
  it('is that of the country the goods go to', () => {
    expect(taxRate(zones, 'standard', 'GB', [])).toBe(2000)
    expect(taxRate(zones, 'reduced', 'DE', [])).toBe(700)
  })
  it('is nothing where the shop collects none', () => {
    expect(taxRate(zones, 'standard', 'GB', ['de'])).toBe(0)
    expect(taxRate(zones, 'standard', 'BR', [])).toBe(0)
    expect(taxRate(zones, 'reduced', 'GB', [])).toBe(0)
  })
  it('is found in a price that includes it and put on one that does not', () => {
    expect(taxWithin(11_900n, 1900)).toBe(1900n)
    expect(taxOnTop(10_000n, 1900)).toBe(1900n)
    expect(taxWithin(999n, 0)).toBe(0n)
  })
  it('and net make the gross price to the cent, at every price', () => {
    for (let gross = 0n; gross < 2000n; gross++) {
      const tax = taxWithin(gross, 1900)
      expect(tax >= 0n && tax <= gross).toBe(true)
      const back = gross - tax + taxOnTop(gross - tax, 1900)
      expect(back >= gross - 1n && back <= gross + 1n).toBe(true)
    }
  })
})
