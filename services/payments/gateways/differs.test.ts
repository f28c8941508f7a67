import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { paymentStates } from '../payment.ts'
import { aPayment } from '../testing/payment.ts'
import { whatDiffers, whatDiffersInRefund } from './differs.ts'

const asked = aPayment({ amount: 900n, reference: 'ours' })
const held = aPayment({ ...asked, state: 'authorized', authorized: 900n })

describe('S17: an answer that is held against what was asked', () => {
  it('may leave out the amount and the currency: then it is about all of it', () => {
    for (const kind of ['authorized', 'captured', 'voided'] as const)
      expect(whatDiffers(asked, { kind, reference: 'ours' }), kind).toBeUndefined()
    expect(whatDiffersInRefund({ amount: 300n, currency: 'EUR' }, { kind: 'refunded', reference: 'r' })).toBeUndefined()
  })

  it('is not ours when it names another payment or another currency', () => {
    expect(whatDiffers(asked, { kind: 'captured', reference: 'theirs' })).toBe('reference')
    expect(whatDiffers(held, { kind: 'voided', reference: 'theirs' })).toBe('reference')
    expect(whatDiffers(asked, { kind: 'authorized', reference: 'ours', currency: 'USD' })).toBe('currency')
    expect(whatDiffers({ ...asked, reference: null }, { kind: 'pending', reference: 'new' })).toBeUndefined()
  })

  it('is not ours when a part was taken, set aside or let go and all of it was asked for', () => {
    expect(whatDiffers(asked, { kind: 'captured', reference: 'ours', amount: 100n })).toBe('amount')
    expect(whatDiffers(asked, { kind: 'captured', reference: 'ours', amount: 0n })).toBe('amount')
    expect(whatDiffers(asked, { kind: 'authorized', reference: 'ours', amount: 899n })).toBe('amount')
    expect(whatDiffers(held, { kind: 'voided', amount: 300n })).toBe('amount')
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

  it('is never one with more money than was asked for, in whatever state, as long as it could change something', () => {
    fc.assert(
      fc.property(fc.constantFrom(...paymentStates), fc.bigInt(1n, 10_000n), fc.bigInt(1n, 10_000n), (state, amount, more) => {
        const payment = aPayment({ state, amount, authorized: amount })
        const differs = whatDiffers(payment, { kind: 'captured', reference: 'r', amount: amount + more })
        const changes = whatDiffers(payment, { kind: 'captured', reference: 'r', amount: 0n }) === 'amount'
        expect(differs).toBe(changes ? 'amount' : undefined)
      }),
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
