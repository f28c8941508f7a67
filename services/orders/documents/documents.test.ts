import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { PricedLine } from '#contracts/rpc/products.ts'
import { totalsOf } from '../quote.ts'
import { taxesByRate } from './money-document.ts'
import { printable, wordingOf } from './words.ts'

const priced = (unitPrice: number, taxRateBasisPoints: number) => ({ unitPrice, taxRateBasisPoints }) as PricedLine

describe('the tax of an invoice', () => {
  it('by rate sums to the tax and the total of the order, whatever was bought', () => {
    const line = fc.record({
      price: fc.integer({ min: 0, max: 500_000 }),
      rate: fc.constantFrom(0, 700, 1900, 2550),
      quantity: fc.integer({ min: 1, max: 20 }),
    })
    fc.assert(
      fc.property(
        fc.array(line, { minLength: 1, maxLength: 12 }),
        fc.integer({ min: 0, max: 5000 }),
        fc.boolean(),
        (lines, shipping, included) => {
          const totals = totalsOf({
            currency: 'EUR',
            pricesIncludeTax: included,
            lines: lines.map(({ price, rate, quantity }) => ({ priced: priced(price, rate), quantity })),
            discounts: lines.map(({ price, quantity }) => BigInt(price * quantity) / 3n),
            shipping: BigInt(shipping),
          })
          const goods = totals.lines.map((of) => ({
            basisPoints: of.taxRateBasisPoints,
            amount: of.subtotal - of.discount,
            tax: of.tax,
          }))
          const taxes = taxesByRate(goods, totals.shipping, totals.tax, included, 'EUR')
          expect(taxes.reduce((sum, { tax }) => sum + tax, 0n)).toBe(totals.tax)
          expect(taxes.reduce((sum, { net, tax }) => sum + net + tax, 0n)).toBe(totals.total)
          expect(taxes.map(({ basisPoints }) => basisPoints)).toEqual(
            [...new Set(lines.map(({ rate }) => rate))].sort((a, b) => b - a),
          )
        },
      ),
    )
  })
})

describe('the words of an invoice', () => {
  it('are those of the customer’s language, amounts and dates too', () => {
    const at = new Date('2026-03-05T12:00:00Z')
    const german = wordingOf({ language: 'de', currency: 'EUR' })
    expect([german.invoice, printable(german.money(123_456n)), german.date(at), printable(german.percent(1900))]).toEqual([
      'Rechnung',
      '1.234,56\u00a0€',
      '5. März 2026',
      '19\u00a0%',
    ])
    const english = wordingOf({ language: 'en', currency: 'JPY' })
    expect([english.invoice, english.money(1234n), english.date(at), english.percent(550)]).toEqual([
      'Invoice',
      'JP¥1,234',
      '5 March 2026',
      '5.5%',
    ])
  })

  it('keep western letters and fall back to the nearest for others', () => {
    expect(printable('Łódź “x” – Größe 5 €')).toBe('Lódz “x” – Größe 5 €')
    expect(printable('北京')).toBe('??')
  })
})
