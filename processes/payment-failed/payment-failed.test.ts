import { describe, expect, it } from 'vitest'
import { type FailedHappening, react, result, start } from './payment-failed.ts'

const orderId = '0190a000-0000-7000-8000-000000000001'
type Told = FailedHappening | { readonly type: 'timed-out' }

function whenTold(...happenings: Told[]) {
  let [state, commands] = start({ orderId })
  for (const happening of happenings) [state, commands] = react(state, happening)
  return { state, commands, result: result(state) }
}

describe('a payment that failed', () => {
  it('ends the checkout that waited for it', () => {
    expect(whenTold().commands).toEqual([{ type: 'EndCheckout', orderId }])
    expect(whenTold({ type: 'checkout-ended' }).result).toEqual({ outcome: 'cancelled' })
  })

  it('takes back an order that was confirmed on a promise of money', () => {
    expect(whenTold({ type: 'was-confirmed' }).commands).toEqual([{ type: 'TakeOrderBack', orderId }])
    expect(whenTold({ type: 'was-confirmed' }, { type: 'taken-back' }).result).toEqual({ outcome: 'cancelled' })
  })

  it('leaves the order alone when it was paid otherwise, or its parcel has left', () => {
    expect(whenTold({ type: 'nothing-open' }).result).toEqual({ outcome: 'nothing-to-do' })
    expect(whenTold({ type: 'was-confirmed' }, { type: 'too-late' }).result).toEqual({ outcome: 'nothing-to-do' })
  })

  it('takes an order back once, however often it is told', () => {
    expect(whenTold({ type: 'was-confirmed' }, { type: 'was-confirmed' }).commands).toEqual([])
    expect(whenTold({ type: 'was-confirmed' }, { type: 'timed-out' }).state).toEqual({ type: 'taking-back', orderId })
    expect(whenTold({ type: 'checkout-ended' }, { type: 'was-confirmed' })).toMatchObject({
      commands: [],
      result: { outcome: 'cancelled' },
    })
  })
})
