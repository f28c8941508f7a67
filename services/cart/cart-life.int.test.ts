import { randomUUID } from 'node:crypto'
import { Compile } from 'typebox/compile'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CartUpdated, ItemAddedToCart, ItemRemovedFromCart } from '#contracts/events/cart.ts'
import { InventoryUpdated } from '#contracts/events/inventory.ts'
import { PriceChanged } from '#contracts/events/products.ts'
import { UserDeleted } from '#contracts/events/users.ts'
import type { TestService } from '#kit/testing/service.ts'
import { closeSound, guest, shoppingIn, someone } from './shopping.fixture.ts'
import { productId, startCart } from './testing.ts'

let service: TestService
beforeAll(async () => {
  ;({ service } = await startCart())
})
afterAll(() => closeSound(service))

const { put, show } = shoppingIn(() => service)
const eventsOf = async (cartId: string) => (await service.events()).filter((event) => event.subject === cartId)

describe('logging in', () => {
  const merge = (as: ReturnType<typeof someone>, token: string) =>
    service.request('POST', '/api/cart/merge', { as, headers: { 'x-guest-token': token } })

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
  it('that many guests try at once are all answered: nobody holds a connection and waits for another', async () => {
    const tokens = await Promise.all(Array.from({ length: 40 }, async () => (await put('mug', 1)).body.token as string))
    const attempt = (token: string) =>
      service.request('POST', '/api/cart/coupons', { headers: { 'x-guest-token': token }, body: { code: 'TEN' } })
    expect(new Set((await Promise.all(tokens.map(attempt))).map(({ status }) => status))).toEqual(new Set([200]))
  })

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

  it('marks carts at once although hundreds of other prices changed before, of goods that lie in no cart', async () => {
    const as = someone()
    const { cartId } = (await put('pot', 1, { as })).body
    await service.db
      .sql`insert into sku_changes (sku, reason) select 'lies-nowhere-' || n, 'price' from generate_series(1, 300) n`
    await service.deliver(price('pot'))
    await service.runJob('tell-carts')
    expect(await updates(cartId)).toEqual(['price-changed'])
    expect(await service.db.sql`select from sku_changes`).toHaveLength(0)
  })

  it('forgets the carts of somebody who was erased', async () => {
    const as = someone()
    await put('mug', 1, { as })
    await service.deliver(UserDeleted({ userId: as.id }))
    expect(await service.db.sql`select from carts c where c.user_id = ${as.id}`).toHaveLength(0)
  })
})
