import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { uuidv7 } from '#kit/core/ids.ts'
import { type PaymentsBench, startPayments } from './testing/bench.ts'

let shop: PaymentsBench
beforeAll(async () => {
  shop = await startPayments()
})
afterAll(() => shop.close())

const pay = (token: string, more: { orderId?: string; attempt?: number; capture?: boolean; amount?: number } = {}) =>
  shop.rpc.authorize({
    orderId: more.orderId ?? uuidv7(),
    attempt: more.attempt ?? 1,
    amount: { amount: more.amount ?? 5000, currency: 'EUR' },
    paymentMethodId: token,
    capture: more.capture ?? true,
    customerId: null,
  })

describe('asking for the money of an order', () => {
  it('takes the money of an approved card and says so once', async () => {
    const orderId = uuidv7()
    const outcome = await pay('tok_approve', { orderId })
    expect(outcome).toMatchObject({ outcome: 'captured', method: 'card' })
    expect(await pay('tok_approve', { orderId })).toEqual(outcome)
    expect(await shop.eventTypes(orderId)).toEqual(['PaymentProcessed.v1'])
    expect(await shop.ledger(orderId)).toEqual({ 'gateway:simulated': 5000n, orders: -5000n })
  })

  it('sets the money aside when it is to be taken later', async () => {
    const orderId = uuidv7()
    expect(await pay('tok_approve', { orderId, capture: false })).toMatchObject({ outcome: 'authorized' })
    expect(await shop.ledger(orderId)).toEqual({})
    expect(await shop.rpc.capture({ orderId })).toMatchObject({ outcome: 'captured' })
    expect(await shop.eventTypes(orderId)).toEqual(['PaymentAuthorized.v1', 'PaymentProcessed.v1'])
  })

  it('tells why a card was declined, and takes nothing', async () => {
    const orderId = uuidv7()
    expect(await pay('tok_decline', { orderId })).toMatchObject({ outcome: 'declined', reason: 'card-declined' })
    expect(await pay('tok_insufficient_funds')).toMatchObject({ outcome: 'declined', reason: 'insufficient-funds' })
    expect(await pay('tok_nonsense')).toMatchObject({ outcome: 'declined', reason: 'unknown-payment-method' })
    expect(await shop.eventTypes(orderId)).toEqual(['PaymentFailed.v1'])
    expect(await shop.ledger(orderId)).toEqual({})
  })

  it('lets a second attempt succeed after a declined one', async () => {
    const orderId = uuidv7()
    await pay('tok_decline', { orderId })
    expect(await pay('tok_approve', { orderId, attempt: 2 })).toMatchObject({ outcome: 'captured' })
    expect(await shop.rpc.status({ orderId })).toMatchObject({ outcome: 'captured' })
  })

  it('takes the money once when the same request arrives 20 times at once', async () => {
    const orderId = uuidv7()
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => pay('tok_approve', { orderId })))
    expect(new Set(outcomes.map((outcome) => JSON.stringify(outcome))).size).toBe(1)
    expect(await shop.eventTypes(orderId)).toEqual(['PaymentProcessed.v1'])
    expect(await shop.takenAtGateway(orderId)).toBe(5000n)
  })

  it('keeps one payment when two attempts succeed at once, and gives the other back', async () => {
    const orderId = uuidv7()
    await Promise.all([pay('tok_approve', { orderId, attempt: 1 }), pay('tok_approve', { orderId, attempt: 2 })])
    expect(await shop.takenAtGateway(orderId)).toBe(5000n)
    expect(await shop.rpc.status({ orderId })).toMatchObject({ outcome: 'captured' })
  })

  it('asks a saved method or a promise the same way', async () => {
    expect(await pay('invoice')).toMatchObject({ outcome: 'authorized', method: 'invoice' })
    expect(await pay('cash-on-delivery')).toMatchObject({ outcome: 'authorized', method: 'cash-on-delivery' })
    expect(await pay('upi')).toMatchObject({ outcome: 'captured', method: 'upi' })
    expect(await pay(uuidv7())).toMatchObject({ outcome: 'declined', reason: 'unknown-payment-method' })
    expect(await pay('tok_approve', { amount: 0 })).toMatchObject({ outcome: 'captured' })
  })

  it('refuses a repeated attempt with another amount', async () => {
    const orderId = uuidv7()
    await pay('tok_approve', { orderId })
    await expect(pay('tok_approve', { orderId, amount: 1 })).rejects.toMatchObject({ code: 'payments/attempt-differs' })
  })

  it('never takes a card number', async () => {
    await expect(pay('4111111111111111')).rejects.toMatchObject({ code: 'payments/card-number' })
  })

  it('keeps the time of an imported payment and asks no gateway', async () => {
    const orderId = uuidv7()
    const at = '2011-03-01T10:00:00.000Z'
    const outcome = await shop.rpc.authorize({
      orderId,
      attempt: 1,
      amount: { amount: 700, currency: 'GBP' },
      paymentMethodId: 'tok_imported',
      capture: true,
      customerId: null,
      imported: true,
      at,
    })
    expect(outcome).toMatchObject({ outcome: 'captured' })
    const [event] = await shop.events(orderId)
    expect(event).toMatchObject({ time: at, data: { imported: true } })
  })
})
