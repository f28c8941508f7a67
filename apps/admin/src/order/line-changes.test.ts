import { describe, expect, it } from 'vitest'
import { changesOf } from './line-changes.ts'

const items = [
  { lineId: 'a', quantity: 2 },
  { lineId: 'b', quantity: 1 },
]
const bowl = (units: string) => ({ sku: 'bowl', title: 'Bowl', units })

describe('what somebody changes in the goods of an order', () => {
  it('is nothing as long as the same units stand there', () => expect(changesOf(items, { a: '2' }, [])).toEqual([]))
  it('is other units of a line, none of them included', () =>
    expect(changesOf(items, { a: '5', b: '0' }, [])).toEqual([
      { lineId: 'a', quantity: 5 },
      { lineId: 'b', quantity: 0 },
    ]))
  it('is new goods, unless there are none of them', () => {
    expect(changesOf(items, {}, [bowl('3')])).toEqual([{ sku: 'bowl', quantity: 3 }])
    expect(changesOf(items, {}, [bowl('0')])).toEqual([])
  })
  it('is nothing yet where a field was emptied, or holds no number of units', () =>
    expect(changesOf(items, { a: '', b: '1.5' }, [bowl('')])).toEqual([]))
})
