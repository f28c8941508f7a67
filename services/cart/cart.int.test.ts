import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type TestService, testUser } from '#kit/testing/service.ts'
import { closeSound, countStatements, guest, shoppingIn, someone } from './shopping.fixture.ts'
import { type FakeShop, startCart } from './testing.ts'

let service: TestService
let shop: FakeShop
beforeAll(async () => {
  ;({ service, shop } = await startCart())
})
afterAll(() => closeSound(service))

const { put, show } = shoppingIn(() => service)

describe('a guest', () => {
  it('gets a cart and its secret with the first thing put into it', async () => {
    const first = await put('mug', 2)
    expect(first.body).toMatchObject({ sku: 'mug', quantity: 2, version: 2 })
    expect(first.headers['x-guest-token']).toBe(first.body.token)
    expect(await show(guest(first.body.token))).toMatchObject({
      id: first.body.cartId,
      units: 2,
      subtotal: { amount: 2500, currency: 'EUR' },
      orderable: true,
    })
    const second = await put('mug', 1, guest(first.body.token))
    expect(second.body).toMatchObject({ cartId: first.body.cartId, quantity: 3, token: null })
  })

  it('leaves no secret in the database', async () => {
    const { token } = (await put('mug', 1)).body
    const rows = await service.db.sql<{ row: string }[]>`select c::text as row from carts c`
    expect(rows.some(({ row }) => row.includes(token))).toBe(false)
  })

  it('sees nothing with a wrong secret or none', async () => {
    const { cartId, token } = (await put('mug', 1)).body
    for (const headers of [{ 'x-guest-token': `${token}x` }, { 'x-guest-token': '' }, {}] as Record<string, string>[]) {
      expect(await show({ headers })).toMatchObject({ id: null, lines: [] })
    }
    expect(await service.call('forCheckout', { cartId, userId: null, secret: 'wrong' })).toBeNull()
    expect(await service.call('forCheckout', { cartId, userId: randomUUID(), secret: null })).toBeNull()
  })
})

describe('a user', () => {
  it('has the same cart on every device, even if two devices make it at once', async () => {
    const as = someone()
    const answers = await Promise.all(Array.from({ length: 8 }, () => put('tea', 1, { as })))
    expect(new Set(answers.map((answer) => answer.body.cartId)).size).toBe(1)
    expect(await show({ as })).toMatchObject({ units: 8, version: 9 })
  })

  it("S2: cannot see or touch other people's carts; staff can", async () => {
    const [owner, other, staff] = [someone(), someone(), testUser(randomUUID(), ['cart:read-any'])]
    await put('mug', 1, { as: owner })
    const path = `/api/cart/${owner.id}`
    expect((await service.request('GET', path, { as: owner })).body.units).toBe(1)
    expect((await service.request('GET', path, { as: staff })).body.units).toBe(1)
    for (const [method, body] of [['GET'], ['POST', { sku: 'mug', quantity: 1 }], ['DELETE']] as const) {
      expect((await service.request(method, path, { as: other, ...(body ? { body } : {}) })).status, method).toBe(404)
    }
    expect((await service.request('DELETE', path, { as: staff })).status).toBe(404)
    expect((await service.request('GET', path)).status).toBe(401)
    expect((await service.request('POST', path, { as: owner, body: { sku: 'mug', quantity: 2 } })).body.quantity).toBe(3)
    expect((await service.request('DELETE', path, { as: owner })).status).toBe(204)
    expect(await show({ as: owner })).toMatchObject({ units: 0, lines: [] })
  })

  it('has a cart of its own in every sales channel', async () => {
    const as = someone()
    await put('mug', 1, { as })
    const rows = await service.db.sql`select c.channel from carts c where c.user_id = ${as.id}`
    expect(rows).toEqual([{ channel: 'web' }])
    await expect(
      service.db.sql`insert into carts (id, user_id, channel, locale) values (${randomUUID()}, ${as.id}, 'web', 'en')`,
    ).rejects.toMatchObject({ code: '23505' })
  })
})

describe('quantities', () => {
  it.each([-1, 0, 1.5, '1', 1e9, 2 ** 31, 2 ** 53 + 1, 10_000, null])('refuse %s', async (quantity) => {
    expect((await service.request('POST', '/api/cart/items', { body: { sku: 'mug', quantity } })).status).toBe(400)
  })

  it('never add up to more than 9,999', async () => {
    const as = someone()
    await put('tea', 9_000, { as })
    const answer = await put('tea', 1_000, { as })
    expect([answer.status, answer.body.code]).toEqual([422, 'cart/quantity-too-large'])
    expect(await show({ as })).toMatchObject({ units: 9_000 })
  })

  it('take no price from the caller', async () => {
    expect((await service.request('POST', '/api/cart/items', { body: { sku: 'mug', quantity: 1, price: 1 } })).status).toBe(400)
  })

  it('can be set, changed and taken out', async () => {
    const as = someone()
    const call = (method: string, sku: string, body?: object) =>
      service.request(method, `/api/cart/items/${sku}`, { as, ...(body ? { body } : {}) })
    expect((await call('PATCH', 'mug', { quantity: 2 })).status).toBe(404)
    expect((await call('PUT', 'mug', { quantity: 4 })).body).toMatchObject({ quantity: 4 })
    expect((await call('PUT', 'mug', { quantity: 4 })).body).toMatchObject({ quantity: 4, version: 2 })
    expect((await call('PATCH', 'mug', { quantity: 3 })).body).toMatchObject({ quantity: 3, version: 3 })
    expect((await call('DELETE', 'mug')).body).toMatchObject({ version: 4 })
    expect((await call('DELETE', 'mug')).status).toBe(404)
  })

  it('are not overwritten from a second tab that has not seen the last change', async () => {
    const as = someone()
    await put('mug', 1, { as })
    const seen = await service.request('GET', '/api/cart', { as })
    const set = (quantity: number) =>
      service.request('PUT', '/api/cart/items/mug', {
        as,
        body: { quantity },
        headers: { 'if-match': String(seen.headers['etag']) },
      })
    const answers = await Promise.all([set(2), set(3), set(4)])
    expect(answers.map((answer) => answer.status).toSorted()).toEqual([200, 412, 412])
  })
})

describe('stock', () => {
  it('refuses what is not there and says how much there is', async () => {
    const as = someone()
    shop.stock.set('pot', 2)
    const answer = await put('pot', 3, { as })
    expect(answer.status).toBe(422)
    expect(answer.body).toMatchObject({ code: 'cart/out-of-stock', details: { sku: 'pot', available: 2 } })
    expect((await put('pot', 2, { as })).status).toBe(200)
    expect((await put('pot', 1, { as })).status).toBe(422)
    shop.stock.set('pot', 0)
    expect((await service.request('PUT', '/api/cart/items/pot', { as, body: { quantity: 1 } })).status).toBe(200)
    expect((await show({ as })).lines).toMatchObject([{ sku: 'pot', status: 'out-of-stock', available: 0 }])
    shop.stock.set('pot', 2)
  })

  it('refuses what is not on sale', async () => {
    expect((await put('no-such', 1)).body).toMatchObject({ code: 'cart/not-for-sale' })
  })

  it('shows prices of now, not of when it was put in', async () => {
    const as = someone()
    await put('mug', 2, { as })
    const before = await service.request('GET', '/api/cart', { as })
    shop.prices.set('mug', 1000)
    const after = await service.request('GET', '/api/cart', { as, headers: { 'if-none-match': String(before.headers['etag']) } })
    expect([after.status, after.body.subtotal.amount]).toEqual([200, 2000])
    shop.prices.set('mug', 1250)
  })
})

describe('a large cart', () => {
  it('holds 200 SKUs and no more, and costs as many statements and questions as a small one', async () => {
    const as = someone()
    await put('big-0', 1, { as })
    const small = await costOfShowing(as)
    for (let index = 1; index < 200; index += 1) expect((await put(`big-${index}`, 1, { as })).status).toBe(200)
    expect((await put('big-200', 1, { as })).body).toMatchObject({ code: 'cart/too-many-lines' })
    expect((await put('big-7', 1, { as })).status).toBe(200)
    expect(await costOfShowing(as)).toEqual(small)
    expect(small).toEqual({ statements: 1, price: 1, availability: 1, quote: 0 })
    expect((await show({ as })).lines).toHaveLength(200)
  })

  async function costOfShowing(as: ReturnType<typeof someone>) {
    const asked = { ...shop.asked }
    const statements = await countStatements(service, async () => {
      await show({ as })
    })
    return {
      statements,
      price: shop.asked.price - asked.price,
      availability: shop.asked.availability - asked.availability,
      quote: shop.asked.quote - asked.quote,
    }
  }
})
