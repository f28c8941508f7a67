import { describe, expect, it } from 'vitest'
import { durable, type ExchangeHappening, type ExchangeState, react, result, start } from './exchange.ts'

const part = (refundId: string) => ({ refundId, orderId: 'o', amount: { amount: 100, currency: 'EUR' } })
const timedOut = { type: 'timed-out' } as const
type Told = ExchangeHappening | typeof timedOut

function flow(happenings: readonly Told[]): { state: ExchangeState; asked: string[] } {
  let [state, commands] = start({ returnId: 'r' })
  const asked = commands.map(({ type }) => type)
  for (const happening of happenings) {
    ;[state, commands] = react(state, happening)
    asked.push(...commands.map(({ type }) => type))
  }
  return { state, asked }
}

const placed: Told = { type: 'placed', refunds: [] }

describe('an exchange', () => {
  it('places the replacement, looks after it until it has left, and ends', () => {
    const { asked, state } = flow([
      placed,
      timedOut,
      { type: 'still-waiting' },
      timedOut,
      { type: 'shipped' },
      { type: 'completed' },
    ])
    expect(asked).toEqual(['PlaceReplacement', 'LookAtReplacement', 'LookAtReplacement', 'Complete'])
    expect(result(state)).toEqual({ outcome: 'replaced' })
  })

  it('gives the difference back first', () => {
    expect(flow([{ type: 'placed', refunds: [part('d')] }, { type: 'refunded' }, timedOut]).asked).toEqual([
      'PlaceReplacement',
      'Refund',
      'LookAtReplacement',
    ])
  })

  it('ends with the money back where there is no replacement, or none any more', () => {
    for (const before of [[{ type: 'impossible' }], [placed, timedOut, { type: 'cancelled' }]] as Told[][]) {
      const { asked, state } = flow([
        ...before,
        { type: 'released', refunds: [part('a'), part('b')] },
        { type: 'refunded' },
        { type: 'refunded' },
        { type: 'completed' },
      ])
      expect(asked.slice(-4)).toEqual(['ReleaseCredit', 'Refund', 'Refund', 'Complete'])
      expect(result(state)).toEqual({ outcome: 'refunded' })
    }
    expect(durable(flow([{ type: 'impossible' }]).state)).toBe(true)
  })

  it('asks again for a pending refund, and leaves a refused one to a person', () => {
    const refunds: Told = { type: 'placed', refunds: [part('d')] }
    expect(
      flow([refunds, { type: 'refund-pending' }, timedOut, { type: 'refunded' }]).asked.filter((type) => type === 'Refund'),
    ).toHaveLength(2)
    const refused = flow([refunds, { type: 'refund-refused' }])
    expect(refused.asked.at(-1)).toBe('NoteProblem')
    expect(react(refused.state, { type: 'refund-again' })[1]).toMatchObject([
      { type: 'NoteProblem', problem: null },
      { type: 'Refund', attempt: 2 },
    ])
    expect(react(refused.state, { type: 'refund-settled' })[0]).toMatchObject({ type: 'watching' })
  })

  it('ignores what is told twice or too late', () => {
    const ended = flow([placed, timedOut, { type: 'shipped' }, { type: 'completed' }]).state
    for (const late of [placed, { type: 'cancelled' }, { type: 'refunded' }, timedOut] as Told[])
      expect(react(ended, late)).toEqual([ended, []])
    const watching = flow([placed]).state
    expect(react(watching, placed)).toEqual([watching, []])
  })
})
