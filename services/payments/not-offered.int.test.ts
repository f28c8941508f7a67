import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { uuidv7 } from '#kit/core/ids.ts'
import { saveMethod } from './commands/payment-methods.ts'
import { reconcile } from './jobs/reconcile.ts'
import { type PaymentsBench, startPayments } from './testing/bench.ts'

let shop: PaymentsBench
beforeAll(async () => {
  shop = await startPayments({ gateways: (simulated) => [{ ...simulated, methods: ['card'] }] })
})
afterAll(() => shop.close())

const pay = (orderId: string, paymentMethodId: string, customerId: string | null = null) =>
  shop.rpc.authorize({
    orderId,
    attempt: 1,
    amount: { amount: 5000, currency: 'EUR' },
    paymentMethodId,
    capture: true,
    customerId,
  })
async function nothingWasPaid(orderId: string): Promise<void> {
  expect(await shop.rpc.status({ orderId })).toMatchObject({ outcome: 'declined', reason: 'method-not-offered' })
  expect(await shop.eventTypes(orderId)).toEqual(['PaymentFailed.v1'])
  expect(await shop.ledger(orderId)).toEqual({})
}

describe('a means of payment for which no company moves money', () => {
  it('is declined when a customer had saved it, and not noted as paid', async () => {
    const [orderId, customerId] = [uuidv7(), uuidv7()]
    const { id } = await shop.db.tx((tx) =>
      saveMethod(tx, customerId, {
        kind: 'wallet',
        gateway: 'offline',
        token: 'wallet_approve',
        label: 'wallet',
        brand: null,
        last4: null,
        expMonth: null,
        expYear: null,
        isDefault: true,
        merchantInitiated: false,
      }),
    )
    expect(await pay(orderId, id, customerId)).toMatchObject({ outcome: 'declined' })
    await nothingWasPaid(orderId)
  })

  it.each([
    { method: 'gift-card', token: 'gift-card' },
    // the id of a saved one that is not theirs
    { method: 'card', token: uuidv7() },
  ])('is declined also when the shop died before it could say so: $method', async ({ method, token }) => {
    const orderId = uuidv7()
    // as a crash behind the first statement leaves it
    await shop.deps.store.insert({
      id: uuidv7(),
      orderId,
      attempt: 1,
      customerId: null,
      method,
      token,
      gateway: 'offline',
      currency: 'EUR',
      amount: 5000n,
      captureNow: true,
      imported: false,
      at: null,
    })
    await Promise.all([reconcile(shop.deps, AbortSignal.timeout(5000)), pay(orderId, token)])
    await nothingWasPaid(orderId)
  })
})
