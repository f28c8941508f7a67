import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { everythingBack, order, paid, refused, stopped, timedOut, type Told } from './checkout.fixture.ts'
import { type CheckoutCommand, type CheckoutHappening, done, react, start } from './checkout.ts'

describe('whatever the world answers', () => {
  /** One of the answers each command can get. */
  const answers: Partial<Record<CheckoutCommand['type'], readonly CheckoutHappening[]>> = {
    ReserveStock: [{ type: 'stock-reserved' }, { type: 'stock-refused', missing: [] }, { type: 'stock-expired' }],
    TakePayment: [
      { type: 'money-there' },
      { type: 'money-refused', reason: 'no' },
      { type: 'challenge', url: 'u' },
      { type: 'money-pending' },
    ],
    CheckPayment: [
      { type: 'money-there' },
      { type: 'money-refused', reason: 'no' },
      { type: 'challenge', url: 'u' },
      { type: 'money-pending' },
    ],
    CommitStock: [{ type: 'stock-committed' }, { type: 'stock-expired' }],
    PlanParcel: [{ type: 'parcel-planned' }],
    ConfirmOrder: [{ type: 'order-confirmed' }, { type: 'order-not-open' }],
    CloseCart: [{ type: 'cart-closed' }],
    StopParcel: [stopped],
    GiveMoneyBack: [{ type: 'undone' }],
    GiveStockBack: [{ type: 'undone' }],
    CancelOrder: [{ type: 'undone' }],
  }
  const outside: readonly Told[] = [
    timedOut,
    paid,
    refused,
    { type: 'pay-requested', paymentMethodId: 'tok' },
    { type: 'cancel-requested', reason: 'customer' },
  ]

  it('every checkout ends: confirmed with goods and money, or cancelled with both back', () => {
    fc.assert(
      fc.property(fc.constantFrom('tok', null), fc.infiniteStream(fc.nat()), (paymentMethodId, chance) => {
        const pick = <T>(list: readonly T[]): T => list[(chance.next().value as number) % list.length]!
        let [state, commands] = start(order({ paymentMethodId }))
        const pending = [...commands]
        const did = new Map<string, number>()
        for (let step = 0; step < 200 && !(done(state) && pending.length === 0); step += 1) {
          const command = pending.shift()
          if (command) did.set(command.type, (did.get(command.type) ?? 0) + 1)
          // now and then the world speaks up on its own, also in the middle of things
          const told = command
            ? [...((chance.next().value as number) % 4 === 0 ? [pick(outside)] : []), pick(answers[command.type]!)]
            : [pick(outside)]
          for (const happening of told) {
            ;[state, commands] = react(state, happening)
            pending.push(...commands)
          }
        }
        expect(done(state)).toBe(true)
        const times = (type: CheckoutCommand['type']) => did.get(type) ?? 0
        for (const type of [
          'TakePayment',
          'CommitStock',
          'ConfirmOrder',
          'CancelOrder',
          ...everythingBack,
        ] as CheckoutCommand['type'][])
          expect(times(type)).toBeLessThanOrEqual(1)
        if (state.type === 'confirmed') expect([times('ConfirmOrder'), times('CancelOrder')]).toEqual([1, 0])
        else
          expect([
            times('CancelOrder'),
            times('TakePayment') <= times('GiveMoneyBack'),
            times('CommitStock') <= times('GiveStockBack'),
          ]).toEqual([1, true, true])
      }),
      { numRuns: 2000 },
    )
  })
})
