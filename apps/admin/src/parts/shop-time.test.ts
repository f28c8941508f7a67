import { describe, expect, it } from 'vitest'
import { fromShopTime, toShopTime } from './shop-time.ts'

describe('a time that staff type', () => {
  it.each([
    ['2031-01-15T09:30', '2031-01-15T08:30:00.000Z'],
    ['2031-07-15T09:30', '2031-07-15T07:30:00.000Z'],
    ['2031-07-15T00:15', '2031-07-14T22:15:00.000Z'],
    ['2031-03-30T01:30', '2031-03-30T00:30:00.000Z'],
    ['2031-03-30T03:30', '2031-03-30T01:30:00.000Z'],
  ])('is the clock of the shop: %s is %s', (typed, moment) => {
    expect(fromShopTime(typed)).toBe(moment)
    expect(toShopTime(moment)).toBe(typed)
  })

  it('may be left out', () => {
    expect([fromShopTime(''), toShopTime(null)]).toEqual([null, ''])
  })
})
