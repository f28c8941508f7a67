import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { allocate, formatDecimal, money, parseDecimal, sum } from './money.ts'

/** Currencies with no, two and three decimals. */
const currency = fc.constantFrom('JPY', 'EUR', 'KWD')
const amount = fc.bigInt({ min: -(10n ** 14n), max: 10n ** 14n })
const weights = fc.array(fc.bigInt({ min: 0n, max: 10n ** 12n }), { minLength: 1, maxLength: 60 })

const magnitude = (value: bigint): bigint => (value < 0n ? -value : value)

describe('an amount that is split', () => {
  it('is neither more nor less afterwards, whatever the currency and the parts', () => {
    fc.assert(
      fc.property(amount, currency, weights, (total, code, parts) => {
        const shares = allocate(money(total, code), parts)
        expect(shares).toHaveLength(parts.length)
        expect(sum(shares, code)).toEqual(money(total, code))
      }),
      { numRuns: 1000 },
    )
  })

  it('gives every part its exact share, give or take less than one minor unit, and nothing to who has no share', () => {
    fc.assert(
      fc.property(amount, weights, (total, parts) => {
        const all = parts.reduce((a, b) => a + b, 0n)
        fc.pre(all > 0n)
        for (const [at, share] of allocate(money(total, 'EUR'), parts).entries()) {
          const exact = magnitude(total) * parts[at]!
          expect(magnitude(magnitude(share.amount) * all - exact) < all).toBe(true)
          if (parts[at] === 0n) expect(magnitude(share.amount)).toBe(0n)
        }
      }),
      { numRuns: 1000 },
    )
  })

  it('gives nobody less than somebody with a smaller share gets', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 14n }), weights, (total, parts) => {
        const shares = allocate(money(total, 'EUR'), parts).map((share, at) => ({ weight: parts[at]!, share: share.amount }))
        shares.sort((a, b) => (a.weight === b.weight ? Number(a.share - b.share) : a.weight < b.weight ? -1 : 1))
        for (let at = 1; at < shares.length; at += 1) expect(shares[at]!.share >= shares[at - 1]!.share).toBe(true)
      }),
      { numRuns: 500 },
    )
  })
})

describe('an amount as text', () => {
  it('is read back as what was written', () => {
    fc.assert(
      fc.property(amount, currency, (minor, code) => {
        expect(parseDecimal(formatDecimal(minor, code), code)).toBe(minor)
      }),
      { numRuns: 1000 },
    )
  })

  it('with a tenth of a minor unit is not money', () => {
    expect(parseDecimal('1.5', 'JPY')).toBeUndefined()
    expect(parseDecimal('1.005', 'EUR')).toBeUndefined()
    expect(parseDecimal('1.005', 'KWD')).toBe(1005n)
  })
})
