import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { uuidv7 } from '#kit/core/ids.ts'
import { openShop, staff, type TestShop } from './testing/shop.ts'

const amount = { amount: 1000, currency: 'EUR' }

let shop: TestShop
beforeAll(async () => {
  shop = await openShop()
})
afterAll(() => shop.close())

const staffAsk = (what: 'authorize' | 'capture' | 'refund', body: object) =>
  shop.request('POST', `/api/payments/${what}`, { body, as: staff })
const refusal = async (what: 'capture' | 'refund', body: object) => ((await staffAsk(what, body)).body as { code?: string }).code
const setAside = async (orderId: string): Promise<string> =>
  (await staffAsk('authorize', { orderId, amount, paymentMethodId: 'tok_approve' })).body.paymentId

describe('money', () => {
  it('S2: of another order is neither captured nor given back', async () => {
    const [mine, theirs] = [uuidv7(), uuidv7()]
    await setAside(mine)
    const paymentId = await setAside(theirs)
    expect(await refusal('capture', { orderId: mine, paymentId })).toBe('payments/not-found')
    await staffAsk('capture', { orderId: mine })
    await staffAsk('capture', { orderId: theirs })
    expect(await refusal('refund', { orderId: mine, paymentId, reason: 'mistake' })).toBe('payments/not-found')
    for (const orderId of [mine, theirs])
      expect(await shop.eventTypes(orderId)).toEqual(['PaymentAuthorized.v1', 'PaymentProcessed.v1'])
  })

  it('S10: is not captured in another currency, and nobody is told that it was', async () => {
    const orderId = uuidv7()
    await setAside(orderId)
    const dollars = { orderId, amount: { amount: 1000, currency: 'USD' } }
    expect(await refusal('capture', dollars)).toBe('payments/wrong-currency')
    expect(await shop.eventTypes(orderId)).toEqual(['PaymentAuthorized.v1'])
    expect((await staffAsk('capture', { orderId, amount })).body).toMatchObject({ outcome: 'captured' })
    expect(await refusal('capture', dollars)).toBe('payments/wrong-currency')
  })
})
