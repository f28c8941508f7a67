import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { PricedLine } from '#contracts/rpc/products.ts'
import { type QuoteInput, taxOf, totalsOf } from './quote.ts'

const priced = (sku: string, unitPrice: number, taxRateBasisPoints = 1900): PricedLine => ({
  sku,
  productId: '0190a000-0000-7000-8000-000000000001',
  variantId: '0190a000-0000-7000-8000-000000000002',
  title: sku,
  variantTitle: '',
  imageUrl: null,
  unitPrice,
  listPrice: unitPrice,
  taxClass: 'standard',
  taxRateBasisPoints,
  weightGrams: 0,
  requiresShipping: true,
  categoryIds: [],
  giftCard: false,
})
const quote = (more: Partial<QuoteInput> = {}) =>
  totalsOf({
    currency: 'EUR',
    pricesIncludeTax: true,
    lines: [{ priced: priced('mug', 1190), quantity: 2 }],
    discounts: [0n],
    shipping: 0n,
    ...more,
  })

describe('what a basket costs', () => {
  it('contains the tax where prices include it', () => {
    expect(quote()).toMatchObject({ subtotal: 2380n, tax: 380n, total: 2380n })
  })

  it('adds the tax where prices do not include it', () => {
    expect(quote({ pricesIncludeTax: false })).toMatchObject({ subtotal: 2380n, tax: 452n, total: 2832n })
  })

  it('taxes what is left after the discount', () => {
    expect(quote({ discounts: [1190n] })).toMatchObject({ discount: 1190n, tax: 190n, total: 1190n })
  })

  it('taxes shipping like the goods it carries', () => {
    const lines = [
      { priced: priced('mug', 1000, 1900), quantity: 1 },
      { priced: priced('book', 1000, 700), quantity: 1 },
    ]
    const { tax } = quote({ lines, discounts: [0n, 0n], shipping: 500n })
    expect(tax).toBe(taxOf(1000n, 1900, true) + taxOf(1000n, 700, true) + taxOf(250n, 1900, true) + taxOf(250n, 700, true))
  })

  it('refuses to take more off a line than it costs, or less than nothing', () => {
    expect(() => quote({ discounts: [2381n] })).toThrow(RangeError)
    expect(() => quote({ discounts: [-1n] })).toThrow(RangeError)
  })

  it('rounds tax half up, once a line', () => {
    expect([taxOf(3n, 2500, false), taxOf(1n, 5000, false), taxOf(1n, 4999, false)]).toEqual([1n, 1n, 0n])
    expect(taxOf(119n, 1900, true)).toBe(19n)
  })
})

describe('any basket', () => {
  const line = fc.record({
    unitPrice: fc.integer({ min: 0, max: 100_000_000 }),
    quantity: fc.integer({ min: 1, max: 1000 }),
    rate: fc.constantFrom(0, 500, 700, 1900, 2000, 2550, 10_000),
    /** thousandths of the line */
    discount: fc.integer({ min: 0, max: 1000 }),
  })
  const baskets = fc.record({
    currency: fc.constantFrom('EUR', 'JPY', 'KWD'),
    included: fc.boolean(),
    lines: fc.array(line, { minLength: 1, maxLength: 12 }),
    shipping: fc.bigInt({ min: 0n, max: 1_000_000n }),
  })

  it('sums to its lines to the last minor unit, in currencies of 0, 2 and 3 decimals', () => {
    fc.assert(
      fc.property(baskets, ({ currency, included, lines, shipping }) => {
        const discounts = lines.map((one) => (BigInt(one.unitPrice) * BigInt(one.quantity) * BigInt(one.discount)) / 1000n)
        const totals = totalsOf({
          currency,
          pricesIncludeTax: included,
          lines: lines.map((one, index) => ({ priced: priced(`sku-${index}`, one.unitPrice, one.rate), quantity: one.quantity })),
          discounts,
          shipping,
        })
        const sum = (of: (one: (typeof totals.lines)[number]) => bigint) => totals.lines.reduce((all, one) => all + of(one), 0n)
        expect(sum((one) => one.subtotal)).toBe(totals.subtotal)
        expect(sum((one) => one.discount)).toBe(totals.discount)
        expect(totals.total).toBe(totals.subtotal - totals.discount + shipping + (included ? 0n : totals.tax))
        const shippingTax = totals.tax - sum((one) => one.tax)
        expect(sum((one) => one.total) + shipping + (included ? 0n : shippingTax)).toBe(totals.total)
        expect(shippingTax >= 0n && shippingTax <= shipping).toBe(true)
        for (const one of totals.lines) {
          expect(one.tax >= 0n && one.total >= 0n && one.discount <= one.subtotal).toBe(true)
          if (included) expect(one.tax <= one.total).toBe(true)
        }
      }),
      { numRuns: 1000 },
    )
  })
})
