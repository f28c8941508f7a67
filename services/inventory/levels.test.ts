import { describe, expect, it } from 'vitest'
import { alertOf, alertsBetween, figuresOf, type StockAlert } from './levels.ts'

/** What a shop is told while the stock of a SKU with threshold 5 takes these values. */
const told = (levels: number[], start: StockAlert = 'ok') => {
  let state = start
  return levels.flatMap((available) => {
    const next = alertOf(available, 5)
    const alerts = alertsBetween(state, next)
    state = next
    return alerts
  })
}

describe('stock alerts', () => {
  it('warn once when the stock falls to the threshold, however much it moves below', () => {
    expect(told([7, 5, 4, 5, 3, 1])).toEqual(['low'])
  })
  it('say that the last unit is gone', () => {
    expect(told([5, 0])).toEqual(['low', 'out'])
    expect(told([0])).toEqual(['low', 'out'])
  })
  it('warn again only after the stock has recovered', () => {
    expect(told([4, 0, 3, 0])).toEqual(['low', 'out', 'out'])
    expect(told([4, 6, 4])).toEqual(['low', 'low'])
  })
  it('are silent about a SKU that has never had stock', () => {
    expect(told([0, 0], 'out')).toEqual([])
    expect(told([3], 'out')).toEqual([])
  })
  it('with a threshold of 0 only tell of the last unit', () => {
    expect(alertOf(1, 0)).toBe('ok')
    expect(alertOf(0, 0)).toBe('out')
  })
})

describe('stock figures', () => {
  it('say how often the shelf is emptied in a year and how long it lasts', () => {
    expect(figuresOf({ days: 73, sold: 200, onHand: 50, averageOnHand: 100 })).toEqual({
      turnoverPerYear: 10,
      daysOfStock: 18.3,
      dead: false,
    })
  })
  it('call stock dead that nobody bought', () => {
    expect(figuresOf({ days: 90, sold: 0, onHand: 4, averageOnHand: 4 })).toEqual({
      turnoverPerYear: 0,
      daysOfStock: null,
      dead: true,
    })
    expect(figuresOf({ days: 90, sold: 0, onHand: 0, averageOnHand: 0 })).toEqual({
      turnoverPerYear: null,
      daysOfStock: null,
      dead: false,
    })
  })
})
