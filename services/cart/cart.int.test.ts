import { randomUUID } from 'node:crypto'
import { Compile } from 'typebox/compile'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CartUpdated, ItemAddedToCart, ItemRemovedFromCart } from '#contracts/events/cart.ts'
import { InventoryUpdated } from '#contracts/events/inventory.ts'
import { PriceChanged } from '#contracts/events/products.ts'
import { UserDeleted } from '#contracts/events/users.ts'
import { type TestService, testUser } from '#kit/testing/service.ts'
import { invariants } from './invariants.ts'
import { type FakeShop, productId, startCart } from './testing.ts'

let service: TestService
let shop: FakeShop
beforeAll(async () => {
  ;({ service, shop } = await startCart())
})
afterAll(async () => {
  for (const { name, sql } of invariants) expect(await service.db.sql.unsafe(sql), name).toEqual([])
  await service.close()
})

type Options = Parameters<TestService['request']>[2]
const put = (sku: string, quantity: number, more: Options = {}) =>
  service.request('POST', '/api/cart/items', { body: { sku, quantity }, ...more })
const show = async (more: Options = {}) => (await service.request('GET', '/api/cart', more)).body
const guest = (token: string): Options => ({ headers: { 'x-cart-token': token } })
const someone = () => testUser(randomUUID())
const eventsOf = async (cartId: string) => (await service.events()).filter((event) => event.subject === cartId)

describe('a guest', () => {
  it('gets a cart and its secret with the first thing put into it', async () => {
    const first = await put('mug', 2)
    expect(first.body).toMatchObject({ sku: 'mug', quantity: 2, version: 2 })
    expect(first.headers['x-cart-token']).toBe(first.body.token)
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
    for (const headers of [{ 'x-cart-token': `${token}x` }, { 'x-cart-token': '' }, {}] as Record<string, string>[]) {
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

  it("cannot see or touch other people's carts; staff can", async () => {
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
    shop.stock.set('tea', 1_000_000)
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
    for (let index = 0; index < 201; index += 1) {
      shop.prices.set(`big-${index}`, 100 + index)
      shop.stock.set(`big-${index}`, 10)
    }
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
    const statements = await countStatements(async () => {
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

/** Statements the service sent on its pool while `work` ran. */
async function countStatements(work: () => Promise<void>): Promise<number> {
  const db = service.running.db as { sql: unknown }
  const real = db.sql
  let statements = 0
  const counting = new Proxy(real as (...parts: unknown[]) => unknown, {
    apply(target, self, parts) {
      const query = Reflect.apply(target, self, parts) as { execute?: () => unknown; then?: unknown }
      const [first] = parts as [{ raw?: unknown }]
      // a fragment inside another statement is never awaited
      if (first?.raw && query?.then) {
        const then = (query.then as (...handlers: unknown[]) => unknown).bind(query)
        query.then = (...handlers: unknown[]) => {
          statements += 1
          return then(...handlers)
        }
      }
      return query
    },
  })
  db.sql = counting
  try {
    await work()
  } finally {
    db.sql = real
  }
  return statements
}

describe('logging in', () => {
  const merge = (as: ReturnType<typeof someone>, token: string) =>
    service.request('POST', '/api/cart/merge', { as, headers: { 'x-cart-token': token } })

  it("puts the guest's things into the user's cart once, however often it is asked", async () => {
    const as = someone()
    await put('mug', 1, { as })
    const { token } = (await put('mug', 2)).body
    await put('tea', 5, guest(token))
    const answers = await Promise.all([merge(as, token), merge(as, token), merge(as, token)])
    expect(answers.map((answer) => answer.status)).toEqual([200, 200, 200])
    expect(new Set(answers.map((answer) => answer.body.cartId)).size).toBe(1)
    expect((await show({ as })).lines.map((line: { sku: string; quantity: number }) => [line.sku, line.quantity])).toEqual([
      ['mug', 3],
      ['tea', 5],
    ])
    expect(await show(guest(token))).toMatchObject({ id: null })
  })

  it("does not give a guest's cart to a second user", async () => {
    const { token } = (await put('mug', 2)).body
    await merge(someone(), token)
    expect((await merge(someone(), token)).status).toBe(404)
    expect((await merge(someone(), 'made-up')).status).toBe(404)
  })

  it('keeps quantities within bounds and says what found no room', async () => {
    const as = someone()
    await put('tea', 9_000, { as })
    const { token } = (await put('tea', 9_000)).body
    expect((await merge(as, token)).body.leftOut).toEqual([])
    expect(await show({ as })).toMatchObject({ units: 9_999 })
    const full = someone()
    for (let index = 0; index < 199; index += 1) await put(`big-${index}`, 1, { as: full })
    const second = (await put('mug', 1)).body.token
    await put('tea', 1, guest(second))
    expect((await merge(full, second)).body.leftOut).toEqual(['tea'])
  })
})

describe('coupons', () => {
  it('are tried against the cart, kept when they count and shown with what they save', async () => {
    const as = someone()
    await put('mug', 2, { as })
    const call = (code: string) => service.request('POST', '/api/cart/coupons', { as, body: { code } })
    expect((await call('nope')).body).toMatchObject({ code: 'cart/coupon-refused', details: { reason: 'unknown' } })
    expect((await call(' ten ')).status).toBe(200)
    expect(await show({ as })).toMatchObject({
      subtotal: { amount: 2500 },
      discount: { amount: 250 },
      total: { amount: 2250 },
      coupons: [{ code: 'TEN', applied: true }],
    })
    expect((await service.request('DELETE', '/api/cart/coupons/TEN', { as })).status).toBe(200)
    expect(await show({ as })).toMatchObject({ discount: { amount: 0 }, coupons: [] })
  })
})

describe('checkout', () => {
  it('takes the cart as it is and closes it once; what comes later goes into a new cart', async () => {
    const as = someone()
    const { cartId } = (await put('mug', 2, { as })).body
    expect(await service.call('forCheckout', { cartId, userId: as.id, secret: null })).toEqual({
      cartId,
      userId: as.id,
      channel: 'web',
      locale: 'en',
      version: 2,
      lines: [{ sku: 'mug', quantity: 2 }],
      couponCodes: [],
    })
    const orderId = randomUUID()
    await service.call('close', { cartId, orderId })
    await service.call('close', { cartId, orderId: randomUUID() })
    expect(await service.call('forCheckout', { cartId, userId: as.id, secret: null })).toBeNull()
    expect(await service.db.sql`select c.order_id from carts c where c.id = ${cartId}`).toEqual([{ order_id: orderId }])
    expect((await put('tea', 1, { as })).body.cartId).not.toBe(cartId)
  })

  it('takes a guest by the secret', async () => {
    const { cartId, token } = (await put('mug', 1)).body
    expect(await service.call('forCheckout', { cartId, userId: null, secret: token })).toMatchObject({ cartId, userId: null })
  })
})

describe('events', () => {
  it('say what was put in and taken out, as the contracts promise', async () => {
    const as = someone()
    const { cartId } = (await put('mug', 2, { as })).body
    await put('mug', 1, { as })
    await service.request('DELETE', '/api/cart/items/mug', { as })
    await service.request('DELETE', '/api/cart', { as })
    const events = await eventsOf(cartId)
    const common = { cartId, channel: 'web', userId: as.id }
    expect(events.map((event) => [event.type, event.sequence, event.data])).toEqual([
      [ItemAddedToCart.type, '1', { ...common, sku: 'mug', productId, quantity: 2 }],
      [ItemAddedToCart.type, '2', { ...common, sku: 'mug', productId, quantity: 3 }],
      [ItemRemovedFromCart.type, '3', { ...common, sku: 'mug' }],
    ])
    for (const [index, definition] of [ItemAddedToCart, ItemAddedToCart, ItemRemovedFromCart].entries()) {
      expect(Compile(definition.schema as never).Check(events[index]!.data)).toBe(true)
    }
  })
})

describe('time', () => {
  const age = (cartId: string, span: string) =>
    service.db.sql`update carts c set touched_at = now() - ${span}::interval where c.id = ${cartId}`

  it('ends a guest cart after 24 hours and a user cart after 30 days', async () => {
    const as = someone()
    const [mine, theirs] = [(await put('mug', 1, { as })).body, (await put('mug', 1)).body]
    await age(mine.cartId, '25 hours')
    await age(theirs.cartId, '25 hours')
    expect(await show(guest(theirs.token))).toMatchObject({ id: null })
    expect(await show({ as })).toMatchObject({ id: mine.cartId })
    await service.runJob('delete-old-carts')
    const left = await service.db.sql`select c.id from carts c where c.id in ${service.db.sql([mine.cartId, theirs.cartId])}`
    expect(left).toEqual([{ id: mine.cartId }])
    await age(mine.cartId, '31 days')
    expect((await put('tea', 1, { as })).body.cartId).not.toBe(mine.cartId)
    expect(await show({ as })).toMatchObject({ units: 1 })
  })

  it('tells once that a filled cart was left alone', async () => {
    const as = someone()
    const { cartId } = (await put('mug', 1, { as })).body
    const empty = (await put('mug', 1)).body
    await service.request('DELETE', '/api/cart', guest(empty.token))
    await age(cartId, '5 hours')
    await age(empty.cartId, '5 hours')
    await Promise.all([service.runJob('notice-abandoned'), service.runJob('notice-abandoned')])
    await put('tea', 1, { as })
    await age(cartId, '6 hours')
    await service.runJob('notice-abandoned')
    const abandoned = await service.events('CartAbandoned.v1')
    expect(abandoned.filter((event) => event.subject === cartId)).toHaveLength(1)
    expect(abandoned.filter((event) => event.subject === empty.cartId)).toHaveLength(0)
  })
})

describe('what happens elsewhere', () => {
  const price = (sku: string) =>
    PriceChanged({
      productId,
      variantId: productId,
      sku,
      priceListId: randomUUID(),
      channel: null,
      previous: null,
      price: null,
      minQuantity: 1,
    })
  const updates = async (cartId: string) =>
    (await eventsOf(cartId))
      .filter((event) => event.type === CartUpdated.type)
      .map((event) => (event.data as { reason: string }).reason)

  it('marks carts whose price changed once, until the shopper acts', async () => {
    const [one, other] = [someone(), someone()]
    const mine = (await put('pot', 1, { as: one })).body
    const theirs = (await put('mug', 1, { as: other })).body
    for (let turn = 0; turn < 3; turn += 1) {
      await service.deliver(price('pot'))
      await service.runJob('tell-carts')
    }
    expect(await show({ as: one })).toMatchObject({ changed: true, version: mine.version + 1 })
    expect(await show({ as: other })).toMatchObject({ changed: false, version: theirs.version })
    expect(await updates(mine.cartId)).toEqual(['price-changed'])
    await put('mug', 1, { as: one })
    expect(await show({ as: one })).toMatchObject({ changed: false })
    expect(await service.db.sql`select from sku_changes`).toHaveLength(0)
  })

  it('marks carts when something runs out or comes back, not for every level', async () => {
    const as = someone()
    const { cartId } = (await put('pot', 1, { as })).body
    for (const available of [9, 8, 7])
      await service.deliver(InventoryUpdated({ sku: 'pot', onHand: 9, reserved: 9 - available, available }))
    await service.runJob('tell-carts')
    expect(await updates(cartId)).toEqual([])
    await service.deliver(InventoryUpdated({ sku: 'pot', onHand: 9, reserved: 9, available: 0 }))
    await service.runJob('tell-carts')
    expect(await updates(cartId)).toEqual(['stock-changed'])
  })

  it('forgets the carts of somebody who was erased', async () => {
    const as = someone()
    await put('mug', 1, { as })
    await service.deliver(UserDeleted({ userId: as.id }))
    expect(await service.db.sql`select from carts c where c.user_id = ${as.id}`).toHaveLength(0)
  })
})
