import { describe, expect, it } from 'vitest'
import fc from 'fast-check'
import {
  evolve,
  type GatewayFact,
  isLate,
  type Payment,
  type PaymentState,
  paymentStates,
  refundable,
  settle,
  stateAfterRefund,
  statesBefore,
  transitions,
} from './payment.ts'
import { aPayment } from './testing/payment.ts'

const facts: Record<GatewayFact['kind'], GatewayFact> = {
  authorized: { kind: 'authorized', reference: 'r' },
  captured: { kind: 'captured', reference: 'r' },
  declined: { kind: 'declined', reason: 'card-declined' },
  challenge: { kind: 'challenge', reference: 'r', url: 'https://bank.test' },
  pending: { kind: 'pending' },
  voided: { kind: 'voided' },
  failed: { kind: 'failed', reason: 'gateway-timeout' },
}
/** Written down a second time on purpose: what a gateway's word may do to a payment in each state. */
const expected: Record<PaymentState, GatewayFact['kind'][]> = {
  created: ['authorized', 'captured', 'declined', 'challenge', 'pending', 'voided', 'failed'],
  pending: ['authorized', 'captured', 'declined', 'challenge', 'voided', 'failed'],
  challenge: ['authorized', 'captured', 'declined', 'pending', 'voided', 'failed'],
  authorized: ['captured', 'voided'],
  captured: [],
  'partially-refunded': [],
  refunded: [],
  chargeback: [],
  declined: ['authorized', 'captured'],
  failed: ['authorized', 'captured'],
  voided: ['captured'],
}

describe('what a gateway says about a payment', () => {
  for (const state of paymentStates) {
    for (const fact of Object.values(facts)) {
      const allowed = expected[state].includes(fact.kind)
      it(`${fact.kind} ${allowed ? 'is believed' : 'changes nothing'} when the payment is ${state}`, () => {
        const settlement = settle(aPayment({ state }), fact)
        expect(settlement?.to).toBe(allowed ? fact.kind : undefined)
      })
    }
  }

  it('is told to the world once: money set aside, taken, refused, let go', () => {
    const typesFor = (state: PaymentState, fact: GatewayFact) =>
      settle(aPayment({ state, authorized: 500n }), fact)?.events.map(({ type }) => type)
    expect(typesFor('created', facts.authorized)).toEqual(['PaymentAuthorized.v1'])
    expect(typesFor('authorized', facts.captured)).toEqual(['PaymentProcessed.v1'])
    expect(typesFor('pending', facts.declined)).toEqual(['PaymentFailed.v1'])
    expect(typesFor('challenge', facts.failed)).toEqual(['PaymentFailed.v1'])
    expect(typesFor('authorized', facts.voided)).toEqual(['PaymentVoided.v1'])
    expect(typesFor('created', facts.pending)).toEqual([])
    expect(typesFor('created', facts.challenge)).toEqual([])
  })

  it('never makes us believe in more money than was asked for', () => {
    for (const kind of ['authorized', 'captured'] as const)
      expect(settle(aPayment({ amount: 500n }), { kind, reference: 'r', amount: 501n }), kind).toBeUndefined()
    expect(settle(aPayment({ amount: 500n }), { kind: 'authorized', reference: 'r', amount: 100n })).toMatchObject({
      authorized: 100n,
    })
    expect(
      settle(aPayment({ amount: 500n, state: 'authorized', authorized: 500n }), {
        kind: 'captured',
        reference: 'r',
        amount: 200n,
      }),
    ).toMatchObject({ captured: 200n })
  })

  it('is recognised as too late when we had given up', () => {
    for (const from of paymentStates) {
      for (const to of paymentStates) {
        expect(isLate(from, to)).toBe(['declined', 'failed', 'voided'].includes(from) && ['authorized', 'captured'].includes(to))
      }
    }
  })

  it('keeps refunded ≤ captured ≤ authorised ≤ asked for, whatever is said in whatever order', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...Object.values(facts)), { maxLength: 12 }),
        fc.bigInt(0n, 10_000n),
        (said, amount) => {
          let payment: Payment = aPayment({ amount })
          for (const fact of said) {
            const settlement = settle(payment, fact)
            if (settlement) payment = evolve(payment, settlement)
            expect(payment.authorized).toBeLessThanOrEqual(amount)
            expect(payment.captured).toBeLessThanOrEqual(payment.authorized)
          }
        },
      ),
    )
  })
})

describe('the table of states', () => {
  it('says from where a payment may come: money also after we gave up, a refusal only while the answer is open', () => {
    expect(statesBefore('captured')).toEqual(['created', 'pending', 'challenge', 'authorized', 'declined', 'failed', 'voided'])
    expect(statesBefore('voided')).toEqual(['created', 'pending', 'challenge', 'authorized'])
    expect(statesBefore('declined')).toEqual(['created', 'pending', 'challenge'])
  })

  it('lets no refunded payment become anything else', () => expect(transitions.refunded).toEqual([]))
})

describe('refunds', () => {
  it('are possible up to what was taken and is not on its way back', () => {
    expect(refundable(aPayment({ state: 'captured', captured: 500n, refunding: 100n, refunded: 50n }))).toBe(350n)
    expect(refundable(aPayment({ state: 'authorized', authorized: 500n }))).toBe(0n)
    expect(refundable(aPayment({ state: 'chargeback', captured: 500n }))).toBe(0n)
  })

  it('end in the state that the sums say', () => {
    expect([stateAfterRefund(100n, 0n), stateAfterRefund(100n, 40n), stateAfterRefund(100n, 100n)]).toEqual([
      'captured',
      'partially-refunded',
      'refunded',
    ])
  })
})
