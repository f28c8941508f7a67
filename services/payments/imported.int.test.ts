import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { uuidv7 } from '#kit/core/ids.ts'
import { reconcile } from './jobs/reconcile.ts'
import { type PaymentsBench, startPayments } from './testing/bench.ts'

let shop: PaymentsBench
beforeAll(async () => {
  shop = await startPayments()
})
afterAll(() => shop.close())

describe('money that another shop took years ago', () => {
  it('is not given up for its age while its checkout is between two steps', async () => {
    const at = '2011-03-01T10:00:00.000Z'
    const orderId = uuidv7(new Date(at))
    const payment = { orderId, attempt: 1, customerId: null, imported: true, at }
    // The first step of a checkout that is at work, or was killed right behind it.
    await shop.deps.store.insert({
      ...payment,
      id: uuidv7(),
      method: 'card',
      token: 'imported',
      gateway: 'offline',
      currency: 'GBP',
      amount: 700n,
      captureNow: true,
    })
    await reconcile(shop.deps, AbortSignal.timeout(5000))
    const outcome = await shop.rpc.authorize({
      ...payment,
      amount: { amount: 700, currency: 'GBP' },
      paymentMethodId: 'imported',
      capture: true,
    })
    expect(outcome).toMatchObject({ outcome: 'captured' })
  })
})
