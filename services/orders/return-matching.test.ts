import { describe, expect, it } from 'vitest'
import { matchReturns } from './return-matching.ts'

const goods = (sku: string, quantity: number) => ({ sku, title: sku, quantity, unitPrice: 100 })
const bought = (orderId: string, sku: string, left: number, soldAt = 1) => ({ orderId, sku, left, soldAt })

describe('goods that come back', () => {
  it('are taken from the order they were bought with', () => {
    expect(matchReturns([goods('mug', 2)], [bought('a', 'cup', 9), bought('b', 'mug', 3)], 5)).toEqual([
      { orderId: 'b', lines: [goods('mug', 2)] },
    ])
  })

  it('are divided among orders, and what nobody bought has no order', () => {
    expect(matchReturns([goods('mug', 6)], [bought('a', 'mug', 2), bought('b', 'mug', 3)], 5)).toEqual([
      { orderId: 'a', lines: [goods('mug', 2)] },
      { orderId: 'b', lines: [goods('mug', 3)] },
      { orderId: null, lines: [goods('mug', 1)] },
    ])
  })

  it('cannot come back twice, nor before they were sold', () => {
    const units = [bought('a', 'mug', 2), bought('b', 'mug', 2, 9)]
    expect(matchReturns([goods('mug', 2)], units, 5)).toMatchObject([{ orderId: 'a' }])
    expect(matchReturns([goods('mug', 2)], units, 5)).toMatchObject([{ orderId: null }])
  })
})
