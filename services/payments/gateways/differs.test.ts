import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type PaymentState, paymentStates } from '../payment.ts'
import { aPayment } from '../testing/payment.ts'
import { whatDiffers, whatDiffersInRefund } from './differs.ts'

const asked = aPayment({ amount: 900n, reference: 'ours' })
const held = aPayment({ ...asked, state: 'authorized', authorized: 900n })
/** Written down a second time on purpose: in which states of a payment this word is news. */
const changing: Record<'authorized' | 'captured' | 'voided', PaymentState[]> = {
  authorized: ['created', 'pending', 'challenge', 'declined', 'failed'],
  captured: ['created', 'pending', 'challenge', 'authorized', 'declined', 'failed', 'voided'],
  voided: ['created', 'pending', 'challenge', 'authorized'],
}

describe('S17: an answer that is held against what was asked', () => {
  it('may leave out the amount and the currency: then it is about all of it', () => {
    for (const kind of ['authorized', 'captured', 'voided'] as const)
      expect(whatDiffers(asked, { kind, reference: 'ours' }), kind).toBeUndefined()
    expect(whatDiffersInRefund({ amount: 300n, currency: 'EUR' }, { kind: 'refunded', reference: 'r' })).toBeUndefined()
  })

  it('is not ours when it names another currency', () => {
    for (const kind of ['authorized', 'captured', 'voided'] as const)
      expect(whatDiffers(asked, { kind, reference: 'ours', currency: 'USD' }), kind).toBe('currency')
  })

  it('may call the payment by another name: the key says which it is, and a step may have a name of its own', () => {
    for (const kind of ['captured', 'voided'] as const)
      expect(whatDiffers(held, { kind, reference: 'of this step' }), kind).toBeUndefined()
    expect(whatDiffers(asked, { kind: 'pending', reference: 'of this step' })).toBeUndefined()
  })

  it('is not ours when a part was taken, set aside or let go and all of it was asked for', () => {
    expect(whatDiffers(asked, { kind: 'captured', reference: 'ours', amount: 100n })).toBe('amount')
    expect(whatDiffers(asked, { kind: 'captured', reference: 'ours', amount: 0n })).toBe('amount')
    expect(whatDiffers(asked, { kind: 'authorized', reference: 'ours', amount: 899n })).toBe('amount')
    expect(whatDiffers(held, { kind: 'voided', amount: 300n })).toBe('amount')
    expect(whatDiffers(asked, { kind: 'voided', amount: 300n })).toBe('amount')
    // nothing was set aside yet, so nothing is what is let go
    expect(whatDiffers(asked, { kind: 'voided', amount: 0n })).toBeUndefined()
    expect(whatDiffers(held, { kind: 'voided', amount: 0n })).toBe('amount')
  })

  it('is not ours when a part was asked for and all of it, or another part, was taken', () => {
    const wanted = { ...held, capturing: 500n }
    expect(whatDiffers(wanted, { kind: 'captured', reference: 'ours', amount: 500n })).toBeUndefined()
    for (const said of [{}, { amount: 900n }, { amount: 499n }, { amount: 0n }])
      expect(whatDiffers(wanted, { kind: 'captured', reference: 'ours', ...said })).toBe('amount')
  })

  it('may speak of any sum up to ours where staff took a part at the company, or the money goes back anyway', () => {
    const unwanted = [held, { ...asked, undoAt: new Date() }, { ...asked, state: 'failed' as const }]
    for (const payment of unwanted) {
      expect(whatDiffers(payment, { kind: 'captured', reference: 'ours', amount: 1n })).toBeUndefined()
      expect(whatDiffers(payment, { kind: 'captured', reference: 'ours', amount: 901n })).toBe('amount')
      expect(whatDiffers(payment, { kind: 'captured', reference: 'ours', amount: 0n })).toBe('amount')
    }
  })

  it('may set aside and let go any sum up to ours when nobody wants the money: less than all of it must not stay there', () => {
    const undone = { ...asked, undoAt: new Date() }
    for (const payment of [undone, { ...asked, state: 'failed' as const }]) {
      expect(whatDiffers(payment, { kind: 'authorized', reference: 'ours', amount: 1n })).toBeUndefined()
      for (const amount of [0n, 901n])
        expect(whatDiffers(payment, { kind: 'authorized', reference: 'ours', amount })).toBe('amount')
    }
    expect(whatDiffers(undone, { kind: 'voided', amount: 100n })).toBeUndefined()
    expect(whatDiffers(undone, { kind: 'voided', amount: 901n })).toBe('amount')
    // of what is known to be set aside all must go
    const part = { ...undone, state: 'authorized' as const, authorized: 100n }
    expect(whatDiffers(part, { kind: 'voided', amount: 100n })).toBeUndefined()
    expect(whatDiffers(part, { kind: 'voided', amount: 99n })).toBe('amount')
  })

  it('is never one with more money than was asked for, in whatever state, as long as it could change something', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...paymentStates),
        fc.bigInt(1n, 10_000n),
        fc.bigInt(1n, 10_000n),
        fc.boolean(),
        (state, amount, more, undone) => {
          const payment = aPayment({ state, amount, authorized: amount, undoAt: undone ? new Date() : null })
          for (const kind of ['authorized', 'captured', 'voided'] as const)
            expect(whatDiffers(payment, { kind, reference: 'r', amount: amount + more }), `${kind} when ${state}`).toBe(
              changing[kind].includes(state) ? 'amount' : undefined,
            )
        },
      ),
    )
  })

  it('is no refund of ours when another sum, or other money, went back', () => {
    const refund = { amount: 300n, currency: 'EUR' }
    expect(whatDiffersInRefund(refund, { kind: 'refunded', reference: 'r', amount: 300n, currency: 'EUR' })).toBeUndefined()
    expect(whatDiffersInRefund(refund, { kind: 'refunded', reference: 'r', amount: 30n })).toBe('amount')
    expect(whatDiffersInRefund(refund, { kind: 'refunded', reference: 'r', amount: 3000n })).toBe('amount')
    expect(whatDiffersInRefund(refund, { kind: 'refunded', reference: 'r', currency: 'JPY' })).toBe('currency')
    expect(whatDiffersInRefund(refund, { kind: 'refused', reason: 'x' })).toBeUndefined()
  })
})
