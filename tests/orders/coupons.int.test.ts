import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { promotionsIn } from './promotions.fixture.ts'
import { brokenRules, fillCart, openShop, type Shop, somebody } from './shop.fixture.ts'

let shop: Shop
beforeAll(async () => {
  shop = await openShop()
}, 60_000)
afterAll(() => shop.close())
afterEach(async () => expect(await brokenRules(shop)).toEqual([]))

const { asStaff, promote, usesOf } = promotionsIn(() => shop)

describe('S11: a coupon', () => {
  it('takes its share off the order, whatever way it is written, and stands on the order', async () => {
    await promote({}, ['Summer'])
    const placed = await shop.order({ items: [{ sku: 'mug', quantity: 2 }], couponCodes: ['sum mer', 'ＳＵＭＭＥＲ'] })
    expect(placed.body).toMatchObject({
      discount: { amount: 250 },
      total: { amount: 2500 - 250 + 490 },
      promotions: [{ code: 'SUMMER', name: 'Ten percent', amount: { amount: 250, currency: 'EUR' } }],
    })
    expect(shop.world.money.get(placed.body.id)!.amount).toBe(2740)
    expect((await asStaff('GET', `/api/orders/${placed.body.id}`)).body).toMatchObject({
      discount: { amount: 250 },
      promotions: placed.body.promotions,
    })
  })

  it('is tried by many at once, who are all answered: nobody holds a connection and waits for another', async () => {
    await promote({}, ['MANY'])
    const attempt = () =>
      shop.service.request('POST', '/api/coupons/validate', { body: { items: [{ sku: 'mug', quantity: 1 }], code: 'MANY' } })
    const answers = await Promise.all(Array.from({ length: 60 }, attempt))
    expect(new Set(answers.map(({ status, body }) => `${status} ${body.valid}`))).toEqual(new Set(['200 true']))
  })

  it('that does not apply refuses the order and says why', async () => {
    await promote({ endsAt: '2020-01-01T00:00:00Z' }, ['LASTYEAR'])
    await promote({ conditions: { currency: 'EUR', minimumSubtotal: 5000 } }, ['BIG'])
    await promote({ conditions: { channels: ['wholesale'] } }, ['WHOLESALE'])
    await promote({ conditions: { currency: 'USD' } }, ['DOLLAR'])
    for (const [code, reason] of [
      ['NOSUCH', 'unknown'],
      ['LASTYEAR', 'expired'],
      ['BIG', 'minimum-not-met'],
      ['WHOLESALE', 'wrong-channel'],
      ['DOLLAR', 'wrong-currency'],
    ] as const) {
      expect(await shop.order({ couponCodes: [code] })).toMatchObject({
        status: 422,
        body: { code: 'orders/coupon-refused', details: { codes: [{ code, reason }] } },
      })
    }
  })

  it('of the cart that no longer applies costs the shopper nothing but the discount', async () => {
    const cart = fillCart(shop, { lines: [{ sku: 'tea', quantity: 1 }], couponCodes: ['big'] })
    const placed = await shop.order({ items: undefined, cartId: cart.cartId }, { headers: { 'x-guest-token': cart.secret! } })
    expect(placed.body).toMatchObject({ discount: { amount: 0 }, promotions: [], status: 'CONFIRMED' })
  })

  it('is previewed with its discount, or with the reason why not, and nothing is counted', async () => {
    const id = await promote({ usageLimit: 1 }, ['ONCE'])
    const quote = (couponCodes: string[]) =>
      shop.service.request('POST', '/api/orders/quote', {
        body: { items: [{ sku: 'mug', quantity: 1 }], country: 'DE', shippingOptionId: 'express', couponCodes },
      })
    for (let time = 0; time < 3; time += 1) {
      expect((await quote(['once', 'Once', 'nosuch'])).body).toMatchObject({
        subtotal: 1250,
        discount: 125,
        shipping: 1490,
        total: 2615,
        coupons: [
          { code: 'once', applied: true, discount: 125, reason: null },
          { code: 'nosuch', applied: false, discount: 0, reason: 'unknown' },
        ],
      })
    }
    expect(await usesOf(id)).toBe(0)
    const validate = (code: string) =>
      shop.service.request('POST', '/api/coupons/validate', { body: { code, items: [{ sku: 'mug', quantity: 1 }] } })
    expect((await validate('once')).body).toEqual({
      code: 'once',
      valid: true,
      discount: { amount: 125, currency: 'EUR' },
      reason: null,
    })
    expect((await validate('BIG')).body).toMatchObject({ valid: false, reason: 'minimum-not-met' })
    const asked = await shop.service.call<{ coupons: unknown }>('quote', {
      channel: 'web',
      userId: null,
      lines: [{ sku: 'mug', quantity: 1 }],
      couponCodes: ['nosuch'],
    })
    expect(asked.coupons).toEqual([{ code: 'nosuch', applied: false, discount: 0, reason: 'unknown' }])
  })

  it('costs what the quote said', async () => {
    const body = {
      items: [
        { sku: 'mug', quantity: 3 },
        { sku: 'tea', quantity: 7 },
      ],
      couponCodes: ['SUMMER'],
    }
    const quoted = await shop.service.request('POST', '/api/orders/quote', {
      body: { ...body, country: 'DE', shippingOptionId: 'standard' },
    })
    const placed = await shop.order({
      ...body,
      shippingOptionId: 'standard',
      expectedTotal: { amount: quoted.body.total, currency: 'EUR' },
    })
    expect(placed).toMatchObject({
      status: 201,
      body: { total: { amount: quoted.body.total }, tax: { amount: quoted.body.tax } },
    })
  })

  it('with a limit of 10 is used by exactly 10 of 200 shoppers at once, and again by as many as cancel', async () => {
    const id = await promote({ usageLimit: 10 }, ['RACE'])
    const orders = await Promise.all(
      Array.from({ length: 200 }, (_, n) => shop.order({ email: `shopper${n}@example.com`, couponCodes: ['race'] })),
    )
    const good = orders.filter(({ status }) => status === 201)
    expect(good).toHaveLength(10)
    for (const { status, body } of orders)
      expect(status === 201 || ['orders/promotion-refused', 'orders/coupon-refused'].includes(body.code)).toBe(true)
    expect(await usesOf(id)).toBe(10)
    const cancelled = await Promise.all([0, 0, 1, 1].map((n) => asStaff('PUT', `/api/orders/${good[n]!.body.id}/cancel`, {})))
    expect(cancelled.every(({ status, body }) => (status === 200 && body.status === 'CANCELLED') || status === 503)).toBe(true)
    expect(await usesOf(id)).toBe(8)
    const again = await Promise.all(
      Array.from({ length: 20 }, (_, n) => shop.order({ email: `late${n}@example.com`, couponCodes: ['RACE'] })),
    )
    expect(again.filter(({ status }) => status === 201)).toHaveLength(2)
    expect(await usesOf(id)).toBe(10)
  })

  it('made for one use is used once in a race of 50', async () => {
    await promote({}, ['SINGLE'], 1)
    const orders = await Promise.all(
      Array.from({ length: 50 }, (_, n) => shop.order({ email: `one${n}@example.com`, couponCodes: ['SINGLE'] })),
    )
    expect(orders.filter(({ status }) => status === 201)).toHaveLength(1)
    expect(orders.every(({ status }) => [201, 409, 422].includes(status))).toBe(true)
  })

  it('once per customer is used once by each, guests told apart by e-mail', async () => {
    await promote({ customerLimit: 1 }, ['WELCOME'])
    const ann = somebody()
    const race = await Promise.all(Array.from({ length: 10 }, () => shop.order({ couponCodes: ['WELCOME'] }, { as: ann })))
    expect(race.filter(({ status }) => status === 201)).toHaveLength(1)
    expect((await shop.order({ couponCodes: ['WELCOME'] }, { as: ann })).body.details.codes).toEqual([
      { code: 'WELCOME', reason: 'used-by-you' },
    ])
    expect((await shop.order({ couponCodes: ['WELCOME'] }, { as: somebody() })).status).toBe(201)
    const guests = await Promise.all(
      ['bob@example.com', 'Bob@Example.COM', 'carl@example.com'].map((email) => shop.order({ email, couponCodes: ['WELCOME'] })),
    )
    expect(guests.filter(({ status }) => status === 201)).toHaveLength(2)
  })

  it('for a first order is not for a second one, two at once included', async () => {
    await promote({ conditions: { firstOrderOnly: true } }, ['FIRST'])
    const ann = somebody()
    const race = await Promise.all(Array.from({ length: 5 }, () => shop.order({ couponCodes: ['FIRST'] }, { as: ann })))
    expect(race.filter(({ status }) => status === 201)).toHaveLength(1)
    const bob = somebody()
    await shop.order({}, { as: bob })
    expect((await shop.order({ couponCodes: ['FIRST'] }, { as: bob })).body.details.codes).toEqual([
      { code: 'FIRST', reason: 'first-order-only' },
    ])
  })

  it('counts again when its order ends without being paid', async () => {
    const id = await promote({ usageLimit: 1 }, ['DECLINED'])
    expect((await shop.order({ couponCodes: ['DECLINED'], paymentMethodId: 'tok_decline' })).status).toBe(402)
    expect(await usesOf(id)).toBe(0)
    expect((await shop.order({ couponCodes: ['DECLINED'] })).status).toBe(201)
  })

  it('is given back once, however often the order is cancelled', async () => {
    const id = await promote({ usageLimit: 5 }, ['TWICE'])
    const placed = await shop.order({ couponCodes: ['TWICE'] })
    await shop.order({ couponCodes: ['TWICE'] })
    for (let time = 0; time < 3; time += 1) await shop.service.call('markCancelled', { orderId: placed.body.id, reason: 'staff' })
    await shop.service.db.sql`select release_promotions(${placed.body.id})`
    expect(await usesOf(id)).toBe(1)
  })

  it('that staff stopped is refused at once', async () => {
    const id = await promote({}, ['STOPPED'])
    const [coupon] = (await asStaff('GET', `/api/promotions/${id}/coupons`)).body.items
    expect((await asStaff('DELETE', `/api/promotions/${id}/coupons/${coupon.id}`)).status).toBe(204)
    expect((await shop.order({ couponCodes: ['STOPPED'] })).body.details.codes[0].reason).toBe('disabled')
  })
})
