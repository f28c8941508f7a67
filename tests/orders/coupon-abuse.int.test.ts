import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { brokenRules, fillCart, openShop, type Shop, somebody, staff } from './shop.fixture.ts'

let shop: Shop
beforeAll(async () => {
  shop = await openShop()
  // of several tests, each of which must hold alone
  await promote('FIFTY', fromFifty)
}, 60_000)
afterAll(() => shop.close())
afterEach(async () => expect(await brokenRules(shop)).toEqual([]))

const asStaff = (method: string, url: string, body?: object) =>
  shop.service.request(method, url, { as: staff, ...(body && { body }) })
/** Ten percent under some conditions, with one code; answers the id of the promotion. */
async function promote(code: string, more: object = {}): Promise<string> {
  const made = await asStaff('POST', '/api/promotions', { name: code, action: { kind: 'percent', basisPoints: 1000 }, ...more })
  expect(made.status).toBe(201)
  expect((await asStaff('POST', `/api/promotions/${made.body.id}/coupons`, { codes: [code] })).status).toBe(201)
  return made.body.id
}
const usesOf = async (id: string) => (await asStaff('GET', `/api/promotions/${id}`)).body.used as number
const paidFor = (orderId: string) => shop.world.money.get(orderId)!.amount
const fromFifty = { conditions: { currency: 'EUR', minimumSubtotal: 5000 } }

describe('S11: a cart that is changed after its coupon counted', () => {
  it('below the minimum is paid at its full price', async () => {
    const cart = fillCart(shop, { lines: [{ sku: 'mug', quantity: 4 }], couponCodes: ['FIFTY'] })
    const headers = { 'x-guest-token': cart.secret! }
    const quoted = await shop.service.request('POST', '/api/orders/quote', {
      body: { items: cart.lines, country: 'DE', shippingOptionId: 'standard', couponCodes: ['FIFTY'] },
    })
    expect(quoted.body).toMatchObject({ discount: 500, total: 4990 })
    cart.lines = [{ sku: 'mug', quantity: 3 }]
    const order = { items: undefined, cartId: cart.cartId }
    // who was shown another total is asked again before anything is taken
    const expectedTotal = { amount: quoted.body.total, currency: 'EUR' }
    expect(await shop.order({ ...order, expectedTotal }, { headers })).toMatchObject({
      status: 409,
      body: { code: 'orders/price-changed' },
    })
    const placed = await shop.order(order, { headers })
    expect(placed.body).toMatchObject({ discount: { amount: 0 }, promotions: [], total: { amount: 3750 + 490 } })
    expect(paidFor(placed.body.id)).toBe(3750 + 490)
  })

  it('is refused where the code is named with the order itself', async () => {
    expect(await shop.order({ items: [{ sku: 'mug', quantity: 3 }], couponCodes: ['fifty'] })).toMatchObject({
      status: 422,
      body: { details: { codes: [{ code: 'FIFTY', reason: 'minimum-not-met' }] } },
    })
  })

  it('is not lifted over the minimum by gift cards, nor by the price of delivery', async () => {
    for (const items of [
      [{ sku: 'mug', quantity: 3 }, { sku: 'voucher', quantity: 1 }],
      [{ sku: 'tea', quantity: 10 }],
    ]) // biome-ignore format: one row an order
      expect((await shop.order({ items, shippingOptionId: 'express', couponCodes: ['FIFTY'] })).status).toBe(422)
  })

  it('that is changed again after it was paid loses the discount and gives no more back than was paid', async () => {
    const placed = await shop.order({ items: [{ sku: 'mug', quantity: 4 }], couponCodes: ['FIFTY'] })
    expect(paidFor(placed.body.id)).toBe(4990)
    const [{ lineId }] = placed.body.items
    const changed = await asStaff('POST', `/api/orders/${placed.body.id}/edits`, { lines: [{ lineId, quantity: 1 }] })
    expect(changed.body.order).toMatchObject({
      discount: { amount: 0 },
      promotions: [{ amount: { amount: 0 } }],
      total: { amount: 1250 + 490 },
    })
    const { amount, givenBack } = shop.world.money.get(placed.body.id)!
    expect(amount - givenBack).toBe(1250 + 490)
  })
})

describe('S11: a code with a limit', () => {
  it('is used again and again only by who gives it back again and again', async () => {
    const id = await promote('LOOP', { usageLimit: 1, customerLimit: 1 })
    const ann = somebody()
    for (let time = 0; time < 8; time += 1) {
      const placed = await shop.order({ couponCodes: ['LOOP'] }, { as: ann })
      expect(placed.body).toMatchObject({ status: 'CONFIRMED', discount: { amount: 125 } })
      expect(await usesOf(id)).toBe(1)
      // neither again nor by somebody else while it is in use
      expect((await shop.order({ couponCodes: ['LOOP'] }, { as: ann })).status).toBe(422)
      expect((await shop.order({ couponCodes: ['LOOP'] }, { as: somebody() })).status).toBe(422)
      const cancel = () => asStaff('PUT', `/api/orders/${placed.body.id}/cancel`, {})
      await Promise.all([cancel(), cancel()])
      const { amount, givenBack } = shop.world.money.get(placed.body.id)!
      expect([amount, givenBack]).toEqual([1615, 1615])
      expect(await usesOf(id)).toBe(0)
    }
  })

  it('is used once by who cancels and buys at the same moment, whoever is faster', async () => {
    const id = await promote('SAMETIME', { usageLimit: 1 })
    let living = await shop.order({ couponCodes: ['SAMETIME'] })
    for (let time = 0; time < 5; time += 1) {
      const [, ...orders] = await Promise.all([
        asStaff('PUT', `/api/orders/${living.body.id}/cancel`, {}),
        ...Array.from({ length: 6 }, (_, n) => shop.order({ email: `r${time}-${n}@example.com`, couponCodes: ['SAMETIME'] })),
      ])
      const good = orders.filter(({ status }) => status === 201)
      expect(good.length).toBeLessThanOrEqual(1)
      expect(await usesOf(id)).toBe(good.length)
      living = good[0] ?? (await shop.order({ couponCodes: ['SAMETIME'] }))
      expect(living.status).toBe(201)
    }
  })

  it('is one code in every spelling: all of them together use it once', async () => {
    const id = await promote('Straße-Café', { usageLimit: 3 })
    const spellings = [
      'STRASSE-CAFÉ', 'straße-café', 'ＳＴＲＡＳＳＥ－ＣＡＦＥ\u0301', 'Straße-Cafe\u0301', 'STRA\u00adSSE-CAFÉ', 'straße\u2013café', 'straße\u2010café',
      ' strasse - café ', 'ſtraſſe-café', 'STRAẞE-CAFÉ', '\ufeffstrasse-café', 'stras\u200bse-ca\u2060fé', '𝐬𝐭𝐫𝐚𝐬𝐬𝐞-𝐜𝐚𝐟é', 'strasse\u00a0-\u3000café',
    ] // biome-ignore format: a table reads better in rows
    const all = await shop.order({ items: [{ sku: 'mug', quantity: 1 }], couponCodes: spellings.slice(0, 10) })
    expect(all.body).toMatchObject({ discount: { amount: 125 }, promotions: [{ amount: { amount: 125 } }] })
    expect(await usesOf(id)).toBe(1)
    const each = await Promise.all(spellings.map((code, n) => shop.order({ email: `s${n}@example.com`, couponCodes: [code] })))
    expect(each.filter(({ status }) => status === 201)).toHaveLength(2)
    // used up, not unknown: each was the same code
    for (const { status, body } of each)
      if (status !== 201) expect(body.details?.codes?.[0]?.reason ?? body.code).toMatch(/^(used-up|orders\/promotion-refused)$/)
    for (const code of spellings) {
      const { body } = await shop.service.request('POST', '/api/coupons/validate', {
        body: { code, items: [{ sku: 'mug', quantity: 1 }] },
      })
      expect({ code, reason: body.reason }).toEqual({ code, reason: 'used-up' })
      expect((await asStaff('POST', `/api/promotions/${id}/coupons`, { codes: [code] })).body.code).toBe('orders/code-taken')
    }
  })

  it('is not another one that only looks like it', async () => {
    await promote('ACE', { usageLimit: 1 })
    // Cyrillic, Greek, a mark in the middle, an accent
    for (const code of ['АСЕ', 'ΑCE', 'A\u200eCE', 'ÁCE', 'ACE\u0000'])
      expect([400, 422], code).toContain((await shop.order({ couponCodes: [code] })).status)
  })
})
