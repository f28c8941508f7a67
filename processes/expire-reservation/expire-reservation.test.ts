import { describe, expect, it } from 'vitest'
import { react, result, start } from './expire-reservation.ts'

const orderId = '0190a000-0000-7000-8000-000000000001'
const [ending] = start({ orderId })

describe('a hold that ran out', () => {
  it('tells the checkout that waits for the money to end', () => {
    expect(start({ orderId })[1]).toEqual([{ type: 'EndCheckout', orderId }])
  })

  it('ends the order nobody paid', () => {
    expect(result(react(ending, { type: 'checkout-ended' })[0])).toEqual({ outcome: 'cancelled' })
  })

  it('leaves an order alone that was paid meanwhile', () => {
    expect(result(react(ending, { type: 'checkout-was-over' })[0])).toEqual({ outcome: 'nothing-to-do' })
  })

  it('keeps its answer, whatever is told again', () => {
    const [ended] = react(ending, { type: 'checkout-ended' })
    expect(react(ended, { type: 'checkout-was-over' })).toEqual([ended, []])
    expect(react(ending, { type: 'timed-out' })).toEqual([ending, []])
    expect(result(ending)).toBeUndefined()
  })
})
