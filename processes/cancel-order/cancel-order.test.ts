import { describe, expect, it } from 'vitest'
import { type CancelHappening, deadlineSeconds, done, durable, react, result, start } from './cancel-order.ts'

const order = {
  orderId: '0190a000-0000-7000-8000-000000000001',
  reason: 'customer' as const,
  lines: [{ sku: 'mug', quantity: 2 }],
}
type Told = CancelHappening | { readonly type: 'timed-out' }
const back: Told = { type: 'given-back' }

function whenTold(...happenings: Told[]) {
  let [state, commands] = start(order)
  for (const happening of happenings) [state, commands] = react(state, happening)
  return { state, commands: commands.map(({ type }) => type) }
}

describe('taking a confirmed order back', () => {
  it('asks for the parcel first: everything else depends on it', () => {
    expect(whenTold().commands).toEqual(['StopParcel'])
  })

  it('gives back money and goods and cancels, once the parcel is stopped', () => {
    const stopped = whenTold({ type: 'parcel-stopped' })
    expect(stopped.commands).toEqual(['GiveMoneyBack', 'GiveStockBack', 'CancelOrder'])
    expect(durable(stopped.state)).toBe(true)
    expect(whenTold({ type: 'parcel-stopped' }, back, back).state.type).toBe('giving-back')
    expect(result(whenTold({ type: 'parcel-stopped' }, back, back, back).state)).toEqual({ outcome: 'cancelled' })
  })

  it('leaves the order as it is when the parcel has left', () => {
    const { state, commands } = whenTold({ type: 'parcel-gone' })
    expect(commands).toEqual([])
    expect([done(state), result(state)]).toEqual([true, { outcome: 'too-late' }])
  })

  it('is not moved by what comes twice, too late or out of turn', () => {
    expect(whenTold(back).state.type).toBe('stopping')
    expect(whenTold({ type: 'timed-out' }).state.type).toBe('stopping')
    expect(whenTold({ type: 'parcel-stopped' }, { type: 'parcel-gone' })).toMatchObject({
      state: { type: 'giving-back', left: 3 },
      commands: [],
    })
    expect(whenTold({ type: 'parcel-gone' }, { type: 'parcel-stopped' })).toMatchObject({
      state: { type: 'too-late' },
      commands: [],
    })
    expect(whenTold({ type: 'parcel-stopped' }, back, back, back, back)).toMatchObject({
      state: { type: 'cancelled' },
      commands: [],
    })
  })

  it('answers nothing before it is over, and never waits for ever', () => {
    expect(result(whenTold().state)).toBeUndefined()
    expect(deadlineSeconds()).toBeGreaterThan(0)
  })
})
