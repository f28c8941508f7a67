import { describe, expect, it } from 'vitest'
import { changedBy, isInForce, type PriceCandidate, priceOf, type PriceQuestion } from './price.ts'

const at = new Date('2031-06-15T12:00:00Z')
const question = (more: Partial<PriceQuestion> = {}): PriceQuestion => ({
  channel: 'web',
  currency: 'EUR',
  customerGroups: [],
  quantity: 1,
  at,
  ...more,
})
const price = (amount: number, more: Partial<PriceCandidate> = {}): PriceCandidate => ({
  listId: 'base',
  kind: 'regular',
  priority: 0,
  currency: 'EUR',
  channel: null,
  customerGroup: null,
  active: true,
  validFrom: null,
  validTo: null,
  minQuantity: 1,
  amount: BigInt(amount),
  ...more,
})

describe('the price that counts', () => {
  it('is none where nothing is priced', () => expect(priceOf([], question())).toBeUndefined())
  it('is the price of the list', () => expect(priceOf([price(1000)], question())).toEqual({ unitPrice: 1000n, listPrice: 1000n }))
  it('falls with the quantity', () => {
    const breaks = [price(1000), price(900, { minQuantity: 10 }), price(800, { minQuantity: 100 })]
    expect(priceOf(breaks, question({ quantity: 9 }))?.unitPrice).toBe(1000n)
    expect(priceOf(breaks, question({ quantity: 10 }))?.unitPrice).toBe(900n)
    expect(priceOf(breaks, question({ quantity: 5000 }))?.unitPrice).toBe(800n)
  })
  it('is for members only where a list says so', () => {
    const prices = [price(1000), price(700, { listId: 'trade', customerGroup: 'trade', priority: 1 })]
    expect(priceOf(prices, question())?.unitPrice).toBe(1000n)
    expect(priceOf(prices, question({ customerGroups: ['trade'] }))).toEqual({ unitPrice: 700n, listPrice: 700n })
  })
  it('comes from the list with the highest priority, dear or cheap', () => {
    expect(priceOf([price(1000), price(1200, { listId: 'later', priority: 5 })], question())?.unitPrice).toBe(1200n)
  })
  it('is the lowest of lists of the same priority', () => {
    expect(priceOf([price(1000), price(950, { listId: 'other' })], question())?.unitPrice).toBe(950n)
  })
  it('remembers the regular price in a sale', () => {
    expect(priceOf([price(1000), price(750, { listId: 'summer', kind: 'sale' })], question())).toEqual({
      unitPrice: 750n,
      listPrice: 1000n,
    })
  })
  it('is never raised by a sale', () => {
    expect(priceOf([price(1000), price(1100, { listId: 'summer', kind: 'sale', priority: 9 })], question())).toEqual({
      unitPrice: 1000n,
      listPrice: 1000n,
    })
  })
  it('ignores other channels and other currencies', () => {
    expect(priceOf([price(1000, { channel: 'wholesale' }), price(900, { currency: 'GBP' })], question())).toBeUndefined()
  })
  it('counts from its first moment and no longer at its last', () => {
    const list = { active: true, validFrom: at, validTo: new Date(at.getTime() + 1000) }
    expect(isInForce(list, new Date(at.getTime() - 1))).toBe(false)
    expect(isInForce(list, at)).toBe(true)
    expect(isInForce(list, new Date(at.getTime() + 1000))).toBe(false)
    expect(isInForce({ ...list, active: false }, at)).toBe(false)
  })
})

describe('a price that is changed by per cent', () => {
  it.each([
    [1995n, -1000, 1796n],
    [1995n, 1000, 2195n],
    [5n, 1000, 6n],
    [0n, 5000, 0n],
    [9_007_199_254_740_991n, -5000, 4_503_599_627_370_496n],
  ])('%d by %d basis points is %d, halves up, without fractions of a cent', (before, basisPoints, after) => {
    expect(changedBy(before, basisPoints)).toBe(after)
  })
})
