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
  it('is not given up for its age while its checkout is at work', async () => {
    const at = '2011-03-01T10:00:00.000Z'
    let open = true
    const paying = Promise.all(
      Array.from({ length: 300 }, () =>
        shop.rpc.authorize({ orderId: uuidv7(new Date(at)), attempt: 1, amount: { amount: 700, currency: 'GBP' }, paymentMethodId: 'imported', capture: true, customerId: null, imported: true, at }),
      ),
    ).finally(() => {
      open = false
    })
    // The clock's job finds every payment that is between two steps.
    while (open) await reconcile(shop.deps, AbortSignal.timeout(5000))
    const outcomes = (await paying).map(({ outcome }) => outcome)
    expect(new Set(outcomes)).toEqual(new Set(['captured']))
  })
})
