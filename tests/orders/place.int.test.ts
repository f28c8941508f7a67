import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { uuidv7 } from '#kit/core/ids.ts'
import { testUser } from '#kit/testing/service.ts'
import { address, brokenRules, fillCart, openShop, type Shop, somebody, staff } from './shop.fixture.ts'

let shop: Shop
beforeAll(async () => {
  shop = await openShop()
}, 60_000)
afterAll(() => shop.close())
afterEach(async () => expect(await brokenRules(shop)).toEqual([]))

const ordersOf = async (cartId: string) => await shop.service.db.sql`select 1 from orders where cart_id = ${cartId}`

describe('placing an order', () => {
  it('turns goods into a paid, confirmed order', async () => {
    const placed = await shop.order({
      items: [
        { sku: 'mug', quantity: 2 },
        { sku: 'tea', quantity: 1 },
        { sku: 'mug', quantity: 1 },
      ],
    })
    expect(placed.status).toBe(201)
    expect(placed.body).toMatchObject({
      status: 'CONFIRMED',
      number: expect.stringMatching(/^ORD-[0-9A-Z]{10}$/),
      total: { amount: 3 * 1250 + 490 + 490, currency: 'EUR' },
      items: [
        { sku: 'mug', quantity: 3 },
        { sku: 'tea', quantity: 1 },
      ],
      payment: { outcome: 'confirmed', challengeUrl: null },
      promotions: [],
    })
    expect(placed.headers['location']).toBe(`/api/orders/${placed.body.id}`)
    expect(shop.world.money.get(placed.body.id)).toMatchObject({ amount: 4730, state: 'captured', givenBack: 0 })
    expect(shop.world.parcels.get(placed.body.id)?.state).toBe('planned')
    const seen = await shop.service.request('GET', `/api/orders/${placed.body.id}`, { as: staff })
    const { payment: _payment, guestToken: _token, ...order } = placed.body
    expect(seen.body).toEqual(order)
  })

  it('goes to the customer’s own saved address, and to nobody else’s', async () => {
    const ann = somebody()
    const eve = somebody()
    const addressId = uuidv7()
    shop.world.addresses.set(addressId, { userId: ann.id, address })
    const order = { items: [{ sku: 'mug', quantity: 1 }], paymentMethodId: 'tok_approve', addressId }
    expect((await shop.service.request('POST', '/api/orders', { body: order, as: ann })).body.shippingAddress).toEqual(address)
    expect(await shop.service.request('POST', '/api/orders', { body: order, as: eve })).toMatchObject({
      status: 422,
      body: { code: 'orders/no-address' },
    })
  })

  it('cannot be had on invoice by a shopper, neither at once nor afterwards: only staff may promise that money comes later', async () => {
    const refused = { status: 403, body: { code: 'orders/invoice-not-offered' } }
    expect(await shop.order({ paymentMethodId: 'invoice' })).toMatchObject(refused)
    expect(await shop.order({ paymentMethodId: 'invoice' }, { as: somebody() })).toMatchObject(refused)
    const { body: open } = await shop.order({ paymentMethodId: undefined })
    const pay = (method: string, more: object) =>
      shop.service.request('PUT', `/api/orders/${open.id}/confirm?paymentMethodId=${method}`, more)
    const asGuest = { headers: { 'x-guest-token': open.guestToken } }
    expect(await pay('invoice', asGuest)).toMatchObject(refused)
    expect(await pay('invoice', { as: staff })).toMatchObject(refused)
    expect(shop.world.money.has(open.id)).toBe(false)
    const desk = testUser(uuidv7(), ['orders:write', 'orders:draft'], ['SUPPORT'])
    expect((await pay('invoice', { as: desk })).body.status).toBe('CONFIRMED')
    expect((await shop.order({ paymentMethodId: 'cash-on-delivery' })).body.status).toBe('CONFIRMED')
  })

  it('needs goods, an address and, from guests, an e-mail address', async () => {
    expect(await shop.order({ items: undefined })).toMatchObject({ status: 422, body: { code: 'orders/empty-order' } })
    expect(await shop.order({ shippingAddress: undefined })).toMatchObject({ status: 422, body: { code: 'orders/no-address' } })
    expect(await shop.order({ email: undefined })).toMatchObject({ status: 422, body: { code: 'orders/no-email' } })
    expect(await shop.order({ items: [{ sku: 'unicorn', quantity: 1 }] })).toMatchObject({
      status: 422,
      body: { code: 'orders/not-on-sale' },
    })
  })

  it('says the new total instead of charging another one than the shopper saw', async () => {
    const refused = await shop.order({ expectedTotal: { amount: 1, currency: 'EUR' } })
    expect(refused).toMatchObject({
      status: 409,
      body: { code: 'orders/price-changed', details: { total: { amount: 1740, currency: 'EUR' } } },
    })
    expect((await shop.order({ expectedTotal: { amount: 1740, currency: 'EUR' } })).status).toBe(201)
    expect((await shop.order({ expectedTotal: { amount: 1740, currency: 'USD' } })).status).toBe(409)
  })

  it('refuses the order and takes no money when the goods are gone', async () => {
    expect((await shop.order({ items: [{ sku: 'last', quantity: 2 }] })).body).toMatchObject({
      code: 'orders/out-of-stock',
      details: { missing: [{ sku: 'last', available: 1 }] },
    })
  })

  it('takes no money and keeps no stock when the card is declined', async () => {
    const before = shop.world.goods.get('mug')!.stock
    const refused = await shop.order({ paymentMethodId: 'tok_decline' })
    expect(refused).toMatchObject({ status: 402, body: { code: 'orders/payment-declined' } })
    expect(shop.world.goods.get('mug')!.stock).toBe(before)
    const order = await shop.service.request('GET', `/api/orders/${refused.body.details.orderId}`, { as: staff })
    expect(order.body).toMatchObject({ status: 'CANCELLED', cancelReason: 'payment-failed' })
  })

  it('waits for the bank’s page, and is confirmed by the payment event', async () => {
    const placed = await shop.order({ paymentMethodId: 'tok_challenge' })
    expect(placed.body).toMatchObject({
      status: 'PENDING',
      payment: { outcome: 'challenge', challengeUrl: 'https://bank.test/3ds' },
    })
    shop.world.money.get(placed.body.id)!.state = 'captured'
    await shop.service.db.sql`update processes set due_at = now() where id = ${placed.body.id}`
    await shop.service.running.processes.recoverOnce()
    expect((await shop.service.request('GET', `/api/orders/${placed.body.id}`, { as: staff })).body.status).toBe('CONFIRMED')
  })

  it('without a payment method waits for PUT /confirm', async () => {
    const placed = await shop.order({ paymentMethodId: undefined })
    expect(placed.body).toMatchObject({ status: 'PENDING', payment: { outcome: 'awaiting-payment' } })
    const confirm = () =>
      shop.service.request('PUT', `/api/orders/${placed.body.id}/confirm?paymentMethodId=tok_approve`, {
        headers: { 'x-guest-token': placed.body.guestToken },
      })
    expect((await confirm()).body.status).toBe('CONFIRMED')
    expect((await confirm()).body.status).toBe('CONFIRMED')
    expect(shop.world.money.get(placed.body.id)).toMatchObject({ amount: 1740, state: 'captured' })
  })

  it('that is paid later leads to the bank where the bank wants to ask something, also for whoever asks twice', async () => {
    const { body: open } = await shop.order({ paymentMethodId: undefined })
    const pay = () =>
      shop.service.request('PUT', `/api/orders/${open.id}/confirm?paymentMethodId=tok_challenge`, {
        headers: { 'x-guest-token': open.guestToken },
      })
    const challenged = {
      status: 200,
      body: { payment: { outcome: 'challenge', challengeUrl: expect.stringMatching(/^https?:/) } },
    }
    expect(await pay()).toMatchObject(challenged)
    expect(await pay()).toMatchObject(challenged)
  })

  it('that is paid later costs what its customer saw: another total is refused, and nothing is taken', async () => {
    const { body: open } = await shop.order({ paymentMethodId: undefined })
    const pay = (amount: number, currency = 'EUR') =>
      shop.service.request('PUT', `/api/orders/${open.id}/confirm?paymentMethodId=tok_approve`, {
        headers: { 'x-guest-token': open.guestToken },
        body: { expectedTotal: { amount, currency } },
      })
    const refused = { status: 409, body: { code: 'orders/price-changed', details: { total: open.total } } }
    expect(await pay(open.total.amount - 1)).toMatchObject(refused)
    expect(await pay(open.total.amount, 'USD')).toMatchObject(refused)
    expect(shop.world.money.has(open.id)).toBe(false)
    expect((await pay(open.total.amount)).body).toMatchObject({ status: 'CONFIRMED', payment: { outcome: 'confirmed' } })
  })
})

describe('a cart', () => {
  it('becomes one order, however often it is clicked', async () => {
    const cart = fillCart(shop)
    const headers = { 'x-guest-token': cart.secret! }
    const clicks = await Promise.all(
      Array.from({ length: 10 }, () => shop.order({ items: undefined, cartId: cart.cartId }, { headers })),
    )
    const numbers = new Set(clicks.filter(({ status }) => status === 201).map(({ body }) => body.number))
    expect(numbers.size).toBe(1)
    expect(clicks.every(({ status }) => status === 201 || status === 409)).toBe(true)
    expect(await ordersOf(cart.cartId)).toHaveLength(1)
    const again = await shop.order({ items: undefined, cartId: cart.cartId }, { headers })
    expect(again.body.number).toBe([...numbers][0])
  })

  it('of somebody else is no cart', async () => {
    const cart = fillCart(shop, { userId: uuidv7() })
    expect(await shop.order({ items: undefined, cartId: cart.cartId }, { headers: { 'x-guest-token': 'guess' } })).toMatchObject({
      status: 404,
      body: { code: 'orders/no-cart' },
    })
    expect(await shop.order({ items: undefined, cartId: cart.cartId, email: undefined }, { as: somebody() })).toMatchObject({
      status: 404,
      body: { code: 'orders/no-cart' },
    })
  })

  it('may be ordered again after the first order was cancelled', async () => {
    const cart = fillCart(shop)
    const options = { headers: { 'x-guest-token': cart.secret! } }
    expect((await shop.order({ items: undefined, cartId: cart.cartId, paymentMethodId: 'tok_decline' }, options)).status).toBe(
      402,
    )
    expect((await shop.order({ items: undefined, cartId: cart.cartId }, options)).status).toBe(201)
    expect(await ordersOf(cart.cartId)).toHaveLength(2)
  })
})
