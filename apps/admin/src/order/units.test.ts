import { describe, expect, it } from 'vitest'
import { chosenUnits, unpacked } from './units.ts'

const cup = (quantity: number) => ({ sku: 'cup', quantity })
const bowl = (quantity: number) => ({ sku: 'bowl', quantity })

describe('what is in no parcel yet', () => {
  it('is all of an order without parcels, the same goods of two lines together', () =>
    expect(unpacked([cup(2), bowl(1), cup(1)], [])).toEqual([cup(3), bowl(1)]))
  it('is what the parcels leave over', () => expect(unpacked([cup(3), bowl(1)], [cup(1), cup(1), bowl(1)])).toEqual([cup(1)]))
  it('is nothing of goods that were ordered less than they were sent', () =>
    expect(unpacked([cup(1)], [cup(2), bowl(1)])).toEqual([]))
})

describe('what goes into a parcel', () => {
  const form = (...numbers: string[]) => {
    const data = new FormData()
    for (const [place, number] of numbers.entries()) data.set(`units-${place}`, number)
    return data
  }
  it('is what was chosen of each', () => expect(chosenUnits(form('2', '0'), [cup(3), bowl(1)])).toEqual([cup(2)]))
  it('is never nothing', () => expect(() => chosenUnits(form('0', ''), [cup(3), bowl(1)])).toThrow('at least one unit'))
})
