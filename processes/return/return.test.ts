import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ReturnInput } from '#contracts/processes/return.ts'
import { done, durable, react, result, type ReturnCommand, type ReturnHappening, type ReturnState, start } from './return.ts'

const input: ReturnInput = {
  returnId: 'r',
  orderId: 'o',
  kind: 'return',
  lines: [{ sku: 'mug', quantity: 2 }],
  approved: false,
  sendWithinSeconds: 60,
}
const part = (refundId: string) => ({ refundId, orderId: 'o', amount: { amount: 100, currency: 'EUR' } })
const receipt = { restock: [{ sku: 'mug', quantity: 2 }], refunds: [part('p1'), part('p2')] }
const timedOut = { type: 'timed-out' } as const
type Told = ReturnHappening | typeof timedOut

/** Runs the flow and lists what it asked for. */
function flow(
  happenings: readonly Told[],
  from = input,
): { state: ReturnState; asked: string[]; last: readonly ReturnCommand[] } {
  let [state, last] = start(from)
  const asked = last.map(({ type }) => type)
  for (const happening of happenings) {
    ;[state, last] = react(state, happening)
    asked.push(...last.map(({ type }) => type))
  }
  return { state, asked, last }
}

const toGoods: Told[] = [{ type: 'approved' }, { type: 'labelled' }]

describe('sending goods back', () => {
  it('asks for a label, waits for the goods, gives the money back part by part, fills the shelf and ends', () => {
    const { state, asked } = flow([
      ...toGoods,
      { type: 'arrived', lines: input.lines },
      { type: 'received', receipt },
      { type: 'refunded' },
      { type: 'refunded' },
      { type: 'restocked' },
      { type: 'completed' },
    ])
    expect(asked).toEqual(['MakeLabel', 'RecordReceipt', 'Refund', 'Refund', 'Restock', 'Complete'])
    expect(result(state)).toEqual({ outcome: 'refunded' })
  })

  it('begins with the label when a rule has agreed already', () => {
    expect(flow([], { ...input, approved: true }).asked).toEqual(['MakeLabel'])
  })

  it('does nothing when staff refuses', () => {
    expect(flow([{ type: 'rejected' }])).toMatchObject({ asked: [], state: { type: 'ended', outcome: 'rejected' } })
  })

  it('is closed when nothing comes in time, unless it came in the last moment', () => {
    expect(flow([...toGoods, timedOut, { type: 'closed' }])).toMatchObject({
      asked: ['MakeLabel', 'CloseReturn'],
      state: { outcome: 'closed' },
    })
    expect(flow([...toGoods, timedOut, { type: 'received', receipt }]).asked).toEqual(['MakeLabel', 'CloseReturn', 'Refund'])
  })

  it('keeps goods in mind that arrive before their label is known', () => {
    expect(flow([{ type: 'approved' }, { type: 'received', receipt }, { type: 'labelled' }]).asked).toEqual([
      'MakeLabel',
      'Refund',
    ])
    expect(flow([{ type: 'approved' }, { type: 'arrived', lines: [] }, { type: 'labelled' }]).asked).toEqual([
      'MakeLabel',
      'RecordReceipt',
    ])
  })

  it('asks again for a pending refund, and leaves a refused one to a person', () => {
    const pending = flow([...toGoods, { type: 'received', receipt }, { type: 'refund-pending' }, timedOut])
    expect(pending.last).toEqual([{ type: 'Refund', part: part('p1'), attempt: 1 }])
    const refused = flow([...toGoods, { type: 'received', receipt }, { type: 'refund-refused' }])
    expect(refused.last[0]).toMatchObject({ type: 'NoteProblem' })
    expect(react(refused.state, timedOut)).toEqual([refused.state, []])
    const [again, commands] = react(refused.state, { type: 'refund-again' })
    expect(commands).toEqual([
      { type: 'NoteProblem', returnId: 'r', problem: null },
      { type: 'Refund', part: part('p1'), attempt: 2 },
    ])
    expect(durable(again)).toBe(true)
    // the next part starts from the beginning
    expect(react(again, { type: 'refunded' })[1]).toEqual([{ type: 'Refund', part: part('p2'), attempt: 1 }])
    expect(react(refused.state, { type: 'refund-settled' })[1].at(-1)).toEqual({ type: 'Refund', part: part('p2'), attempt: 1 })
  })

  it('of an exchange fills the shelf only: the exchange itself goes on', () => {
    const { asked, state } = flow([...toGoods, { type: 'received', receipt }, { type: 'restocked' }], {
      ...input,
      kind: 'exchange',
    })
    expect(asked).toEqual(['MakeLabel', 'Restock'])
    expect(state).toEqual({ type: 'ended', outcome: 'exchanging' })
  })

  it('never refunds a part twice and never anything before the goods are here, whatever is said in whatever order', () => {
    const told = fc.constantFrom<Told>(
      { type: 'approved' }, { type: 'rejected' }, { type: 'labelled' }, { type: 'arrived', lines: [] }, { type: 'received', receipt }, { type: 'closed' },
      { type: 'refunded' }, { type: 'restocked' }, { type: 'completed' }, timedOut,
    ) // biome-ignore format: a list
    fc.assert(
      fc.property(fc.array(told, { maxLength: 30 }), (happenings) => {
        let [state] = start(input)
        let received = false
        const refunds: string[] = []
        for (const happening of happenings) {
          received ||= happening.type === 'received'
          const [next, commands] = react(state, happening)
          for (const command of commands) if (command.type === 'Refund') refunds.push(command.part.refundId)
          if (done(state)) expect([next, commands]).toEqual([state, []])
          state = next
        }
        expect(refunds).toEqual([...new Set(refunds)])
        if (!received) expect(refunds).toEqual([])
      }),
    )
  })
})
