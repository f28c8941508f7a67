import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { uuidv7 } from '#kit/core/ids.ts'
import { brokenRules, openShop, type Shop } from './shop.fixture.ts'

let shop: Shop
beforeAll(async () => {
  shop = await openShop()
}, 60_000)
afterAll(() => shop.close())
afterEach(async () => expect(await brokenRules(shop)).toEqual([]))

describe('S10: tampering', () => {
  it.each([-1, 0, 1.5, '1', 1e9, 2 ** 31, 2 ** 53 + 2, null])('a quantity of %s is refused', async (quantity) => {
    expect((await shop.order({ items: [{ sku: 'mug', quantity }] })).status).toBe(400)
  })

  it('numbers that JSON cannot carry are refused', async () => {
    for (const text of ['NaN', '1e400', '9007199254740993']) {
      const raw = Buffer.from(`{"items":[{"sku":"mug","quantity":${text}}],"email":"ann@example.com"}`)
      expect(
        (await shop.service.request('POST', '/api/orders', { raw, headers: { 'content-type': 'application/json' } })).status,
      ).toBe(400)
    }
  })

  it.each([
    ['a price', { items: [{ sku: 'mug', quantity: 1, unitPrice: 1 }] }],
    ['a discount', { discount: 1000 }],
    ['a currency', { currency: 'JPY' }],
    ['a total', { total: { amount: 1, currency: 'EUR' } }],
    ['a customer', { customerId: uuidv7() }],
    ['a status', { status: 'CONFIRMED' }],
    ['a negative total', { expectedTotal: { amount: -1, currency: 'EUR' } }],
  ])('%s in the body is refused', async (_what, body) => {
    expect((await shop.order(body)).status).toBe(400)
  })

  it('a way of shipping that is not offered is refused', async () => {
    expect(await shop.order({ shippingOptionId: 'by-owl' })).toMatchObject({
      status: 422,
      body: { code: 'orders/no-such-shipping-option' },
    })
  })

  it('an order too large for money to count is refused', async () => {
    shop.world.goods.set('palace', { price: 9_007_199_254_740_991, stock: 1e9 })
    expect(await shop.order({ items: [{ sku: 'palace', quantity: 1_000_000 }] })).toMatchObject({
      status: 422,
      body: { code: 'orders/too-much' },
    })
  })
})
