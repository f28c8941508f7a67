import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { allocate, money } from '#kit/core/money.ts'
import {
  decide,
  evolve,
  mayBecome,
  type ReceivedLine,
  receivedBySku,
  refundOf,
  RETURN_STATUSES,
  type ReturnCommand,
  type ReturnState,
  restockByDefault,
  shareOf,
  takeFrom,
} from './return.ts'

const state = (status: ReturnState['status'], kind: ReturnState['kind'] = 'return'): ReturnState => ({
  status,
  kind,
  lines: [
    { lineId: 'a', sku: 'mug', reason: 'changed-mind', quantity: 2 },
    { lineId: 'b', sku: 'cup', reason: 'damaged', quantity: 1 },
  ],
})
const came = (lineId: string, quantity: number): ReceivedLine => ({ lineId, quantity, condition: null, restock: true })

describe('a return', () => {
  it('S12: goes only where the table of its states allows', () => {
    const allowed = RETURN_STATUSES.flatMap((from) =>
      RETURN_STATUSES.filter((to) => mayBecome(from, to)).map((to) => `${from} → ${to}`),
    )
    expect(allowed).toEqual([
      'requested → approved',
      'requested → rejected',
      'approved → received',
      'approved → closed',
      'received → refunded',
      'received → replaced',
    ])
  })

  it('refuses every other command, whatever was done before, and repeats change nothing', () => {
    const command: fc.Arbitrary<ReturnCommand> = fc.constantFrom<ReturnCommand>(
      { type: 'approve' },
      { type: 'reject' },
      { type: 'close' },
      { type: 'receive', lines: [came('a', 1)] },
      { type: 'complete', outcome: 'refunded' },
      { type: 'complete', outcome: 'replaced' },
    )
    fc.assert(
      fc.property(
        fc.constantFrom('return' as const, 'exchange' as const),
        fc.array(command, { maxLength: 8 }),
        (kind, commands) => {
          let now = state('requested', kind)
          for (const next of commands) {
            const decision = decide(now, next)
            if (decision.outcome !== 'fact') continue
            const after = evolve(now, decision.fact)
            expect(mayBecome(now.status, after.status)).toBe(true)
            expect(decide(after, next).outcome).toBe('repeated')
            now = after
          }
          if (kind === 'return') expect(now.status).not.toBe('replaced')
        },
      ),
    )
  })

  it('takes in no more than was announced, nothing unknown, and not nothing', () => {
    const receive = (...lines: ReceivedLine[]) => decide(state('approved'), { type: 'receive', lines })
    expect(receive(came('a', 2), came('b', 0))).toMatchObject({ outcome: 'fact' })
    expect(receive(came('a', 3))).toMatchObject({ reason: 'more-than-announced' })
    expect(receive(came('a', 1), came('a', 2))).toMatchObject({ reason: 'more-than-announced' })
    expect(receive(came('z', 1))).toMatchObject({ reason: 'unknown-line' })
    expect(receive(came('a', 0))).toMatchObject({ reason: 'nothing-received' })
  })

  it('lays a parcel’s content on its lines; what the customer called broken does not go back on sale', () => {
    const lines = receivedBySku(state('approved').lines, [
      { sku: 'mug', quantity: 1 },
      { sku: 'cup', quantity: 5 },
      { sku: 'hat', quantity: 1 },
    ])
    expect(lines).toEqual([
      { lineId: 'a', quantity: 1, condition: null, restock: true },
      { lineId: 'b', quantity: 1, condition: null, restock: false },
    ])
    expect([restockByDefault('wrong-size'), restockByDefault('defective')]).toEqual([true, false])
  })
})

describe('the money of a return', () => {
  it('is an exact share: all units together cost what the line cost, in whatever portions they come back', () => {
    const line = fc.integer({ min: 1, max: 400 }).chain((quantity) =>
      fc.record({
        quantity: fc.constant(quantity),
        total: fc.bigInt({ min: 0n, max: 10_000_000n }),
        cuts: fc.array(fc.integer({ min: 0, max: quantity }), { maxLength: 8 }),
      }),
    )
    fc.assert(
      fc.property(line, ({ quantity, total, cuts }) => {
        const borders = [0, ...cuts.sort((a, b) => a - b), quantity]
        const parts = borders.slice(1).map((to, index) => shareOf(total, quantity, borders[index]!, to - borders[index]!))
        expect(parts.reduce((sum, part) => sum + part, 0n)).toBe(total)
        const units = allocate(
          money(total, 'EUR'),
          Array.from({ length: quantity }, () => 1n),
        )
        expect(shareOf(total, quantity, 0, 1)).toBe(units[0]!.amount)
        expect(shareOf(total, quantity, quantity - 1, 1)).toBe(units.at(-1)!.amount)
      }),
    )
  })

  it('is never less than nothing: a fee eats up at most what would have gone back', () => {
    expect(refundOf(1000n, 490n, 200n)).toEqual({ refund: 1290n, fee: 200n })
    expect(refundOf(100n, 0n, 200n)).toEqual({ refund: 0n, fee: 100n })
  })

  it('comes from the payment first and never exceeds what was paid', () => {
    const funds = [
      { kind: 'payment' as const, reference: 'own', left: 500n },
      { kind: 'gift-card' as const, reference: 'card', left: 300n },
    ]
    expect(takeFrom(funds, 600n)).toEqual([
      { kind: 'payment', reference: 'own', amount: 500n },
      { kind: 'gift-card', reference: 'card', amount: 100n },
    ])
    expect(() => takeFrom(funds, 801n)).toThrow(RangeError)
  })
})
