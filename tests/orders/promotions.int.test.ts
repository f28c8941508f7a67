import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { promotionsIn, tenPercent } from './promotions.fixture.ts'
import { brokenRules, openShop, type Shop, somebody, staff } from './shop.fixture.ts'

let shop: Shop
beforeAll(async () => {
  shop = await openShop()
}, 60_000)
afterAll(() => shop.close())
afterEach(async () => expect(await brokenRules(shop)).toEqual([]))

const { asStaff, promote, usesOf } = promotionsIn(() => shop)
const end = async (id: string) =>
  await asStaff('DELETE', `/api/promotions/${id}`).then(
    async ({ status }) => status === 204 || (await shop.service.db.sql`update promotions set active = false where id = ${id}`),
  )

describe('a promotion that comes by itself', () => {
  it('makes shipping free above a minimum', async () => {
    const id = await promote({
      name: 'Free shipping',
      automatic: true,
      action: { kind: 'free-shipping' },
      conditions: { currency: 'EUR', minimumSubtotal: 5000 },
    })
    expect((await shop.order({ items: [{ sku: 'mug', quantity: 4 }] })).body).toMatchObject({
      shipping: { amount: 0 },
      total: { amount: 5000 },
      promotions: [{ code: null, name: 'Free shipping', amount: { amount: 490 } }],
    })
    expect((await shop.order({ items: [{ sku: 'mug', quantity: 3 }] })).body).toMatchObject({
      shipping: { amount: 490 },
      promotions: [],
    })
    await end(id)
  })

  it('and is used up by others leaves the order at its full price, unless the shopper saw another total', async () => {
    const id = await promote({ name: 'First three', automatic: true, usageLimit: 3 })
    const orders = await Promise.all(
      Array.from({ length: 12 }, (_, n) =>
        shop.order({
          email: `auto${n}@example.com`,
          ...(n % 2 ? { expectedTotal: { amount: 1125 + 490, currency: 'EUR' } } : {}),
        }),
      ),
    )
    expect(await usesOf(id)).toBe(3)
    expect(orders.filter(({ body }) => body.discount?.amount === 125)).toHaveLength(3)
    for (const { status, body } of orders)
      expect(status === 201 || (status === 409 && body.code === 'orders/price-changed')).toBe(true)
    await end(id)
  })

  it('never touches gift cards', async () => {
    const id = await promote({ automatic: true })
    expect((await shop.order({ items: [{ sku: 'voucher', quantity: 1 }] })).body).toMatchObject({
      discount: { amount: 0 },
      promotions: [],
    })
    await asStaff('PUT', `/api/promotions/${id}`, { ...tenPercent, automatic: true, active: false })
    expect((await shop.order()).body.promotions).toEqual([])
  })
})

describe('staff', () => {
  it('keeps promotions that make sense', async () => {
    const create = (body: object) => asStaff('POST', '/api/promotions', { ...tenPercent, ...body })
    expect((await create({ action: { kind: 'fixed', amount: 500, per: 'order' } })).body.code).toBe('orders/currency-needed')
    expect((await create({ startsAt: '2026-02-01T00:00:00Z', endsAt: '2026-01-01T00:00:00Z' })).body.code).toBe(
      'orders/wrong-dates',
    )
    expect((await create({ action: { kind: 'percent', basisPoints: 10_001 } })).status).toBe(400)
    expect((await create({ action: { kind: 'percent', basisPoints: -1 } })).status).toBe(400)
    expect((await create({ used: 5 })).status).toBe(400)
  })

  it('cannot make a code twice, nor a code that is none, and gets as many as are asked for', async () => {
    const id = await promote({}, ['UNIQUE-ONE'])
    const add = (body: object) => asStaff('POST', `/api/promotions/${id}/coupons`, body)
    expect(await add({ codes: ['unique–one', 'NEW-ONE'] })).toMatchObject({
      status: 409,
      body: { code: 'orders/code-taken', details: { codes: ['UNIQUE-ONE'] } },
    })
    expect((await add({ codes: ["'; drop"] })).body.code).toBe('orders/bad-code')
    expect((await add({})).body.code).toBe('orders/bad-code')
    const made = await add({ generate: { count: 100, prefix: 'X-' }, usageLimit: 1 })
    expect(new Set(made.body.items.map(({ code }: { code: string }) => code)).size).toBe(100)
    const first = await asStaff('GET', `/api/promotions/${id}/coupons?limit=60`)
    const second = await asStaff('GET', `/api/promotions/${id}/coupons?limit=60&cursor=${first.body.next}`)
    expect(first.body.items.length + second.body.items.length).toBe(101)
  })

  it('sees a change by somebody else before overwriting it, and keeps what orders have used', async () => {
    const id = await promote({ usageLimit: 5 }, ['KEPT'])
    await shop.order({ couponCodes: ['KEPT'] })
    await shop.order({ couponCodes: ['KEPT'] })
    const put = (body: object, version: number) =>
      asStaff('PUT', `/api/promotions/${id}`, { ...tenPercent, ...body }, { 'if-match': `"${version}"` })
    expect((await put({ usageLimit: 1 }, 1)).body.code).toBe('orders/limit-below-use')
    expect((await put({ usageLimit: 2, name: 'Better' }, 1)).body).toMatchObject({ name: 'Better', version: 2, used: 2 })
    expect((await put({ usageLimit: 9 }, 1)).status).toBe(412)
    expect((await asStaff('DELETE', `/api/promotions/${id}`)).body.code).toBe('orders/promotion-used')
    expect((await shop.order({ couponCodes: ['KEPT'] })).body.details.codes[0].reason).toBe('used-up')
  })

  it('sees how many orders it took part in, also where nothing is limited', async () => {
    const id = await promote({}, ['COUNTED'])
    const uses = async (as = staff) => await shop.service.request('GET', `/api/promotions/${id}/uses`, { as })
    await shop.order({ couponCodes: ['COUNTED'] })
    const second = await shop.order({ couponCodes: ['COUNTED'] })
    expect((await uses()).body).toEqual({ orders: 2, givenBack: 0 })
    await shop.service.call('markCancelled', { orderId: second.body.id, reason: 'staff' })
    expect((await uses()).body).toEqual({ orders: 1, givenBack: 1 })
    expect((await uses(somebody())).status).toBe(403)
  })

  it('alone may change promotions', async () => {
    expect((await shop.service.request('POST', '/api/promotions', { body: tenPercent })).status).toBe(401)
    expect((await shop.service.request('POST', '/api/promotions', { body: tenPercent, as: somebody() })).status).toBe(403)
  })
})
