import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually } from '#kit/testing/eventually.ts'
import { type Client, client, expectStatus, signIn } from './client.ts'
import { mailsTo, mailTo } from './mailbox.ts'
import { quick } from './shared-shop.ts'
import { openShop, type Shop } from './shop.ts'
import { address, sell } from './stock-the-shop.ts'

const operations = quick.NOTIFICATIONS_OPERATIONS_EMAIL
let shop: Shop
let staff: Client
let anybody: Client

beforeAll(async () => {
  shop = await openShop(quick)
  staff = await signIn(shop.url, shop.administrator.email, shop.administrator.password)
  anybody = client(shop.url)
})
afterAll(async () => await shop.remove())

const password = 'teal-otter-hums-41'
let people = 0
/** Somebody opens an account and signs in. */
async function newShopper(): Promise<{ me: Client; id: string; email: string }> {
  people += 1
  const email = `shopper-${people}@example.com`
  const registered = expectStatus(
    await anybody.post('/api/users/register', { email, password, fullName: `Shopper ${people}` }),
    200,
    201,
  )
  return { me: await signIn(shop.url, email, password), id: registered.body.id, email }
}

const available = async (sku: string) => (await anybody.get(`/api/inventory/${sku}`)).body.available as number
const statusOf = async (order: string, who: Client) =>
  expectStatus(await who.get(`/api/orders/${order}`), 200).body.status as string

describe('a shopper', () => {
  it('registers, verifies the address, signs in, browses, searches, fills a cart, orders, pays and gets the parcel', async () => {
    await sell(staff, 'teapot', { price: 3490, units: 5, title: 'Blue teapot' })
    const { me, email } = await newShopper()
    await mailTo(anybody, email, 'Welcome!')
    const verification = await eventually(
      async () => {
        const mails = await mailsTo(anybody, email)
        const token = mails.map(({ text }) => /token=([\w.-]+)/.exec(text)?.[1]).find(Boolean)
        expect(token).toBeDefined()
        return token as string
      },
      { timeoutMs: 20_000 },
    )
    expectStatus(await anybody.post('/api/auth/email/verify', { token: verification }), 200, 204)

    const list = expectStatus(await anybody.get('/api/products?sort=newest&limit=20'), 200)
    expect(list.body.items.map((card: { title: string }) => card.title)).toContain('Blue teapot')
    await eventually(
      async () => {
        const found = expectStatus(await anybody.get('/api/products/search?q=teapot'), 200)
        expect(found.body.items[0]?.title).toBe('Blue teapot')
      },
      { timeoutMs: 30_000 },
    )

    expectStatus(await me.post('/api/users/me/addresses', { ...address }), 201)
    const cart = expectStatus(await me.post('/api/cart/items', { sku: 'teapot', quantity: 2 }), 200, 201)
    const placed = expectStatus(await me.post('/api/orders', { cartId: cart.body.cartId, paymentMethodId: 'tok_approve' }), 201)
    expect(placed.body.status).toBe('CONFIRMED')
    for (const subject of [
      `Order Placed — ${placed.body.number}`,
      'Payment Received ✅',
      'Order Confirmed',
      'Order Shipped 🚚',
      'Delivered 📦',
    ])
      await mailTo(anybody, email, subject)
    await eventually(async () => expect(await statusOf(placed.body.id, me)).toBe('DELIVERED'), {
      timeoutMs: 20_000,
      everyMs: 100,
    })
    const timeline = expectStatus(await me.get(`/api/orders/${placed.body.id}/timeline`), 200)
    expect(timeline.body.items.map((entry: { to: string }) => entry.to)).toEqual(['PENDING', 'CONFIRMED', 'SHIPPED', 'DELIVERED'])
    const again = expectStatus(await me.get('/api/cart'), 200)
    expect(again.body.lines ?? again.body.items ?? []).toEqual([])
  }, 60_000)

  it('is told when the card is refused, and keeps the cart', async () => {
    await sell(staff, 'plate', { units: 4 })
    const { me, email } = await newShopper()
    const cart = expectStatus(await me.post('/api/cart/items', { sku: 'plate', quantity: 1 }), 200, 201)
    const refused = await me.post('/api/orders', {
      cartId: cart.body.cartId,
      shippingAddress: address,
      paymentMethodId: 'tok_insufficient_funds',
    })
    expect(refused.status).toBe(402)
    await mailTo(anybody, email, 'Payment Failed')
    await mailTo(anybody, email, 'Order Cancelled')
    await eventually(async () => expect(await available('plate')).toBe(4))
    const second = expectStatus(
      await me.post('/api/orders', { cartId: cart.body.cartId, shippingAddress: address, paymentMethodId: 'tok_approve' }),
      201,
    )
    expect(second.body.status).toBe('CONFIRMED')
  }, 60_000)

  it('cancels before the parcel leaves: money back, stock back, parcel stopped', async () => {
    await sell(staff, 'basket', { units: 2 })
    const { me, email } = await newShopper()
    const placed = expectStatus(
      await me.post('/api/orders', {
        items: [{ sku: 'basket', quantity: 2 }],
        shippingAddress: address,
        paymentMethodId: 'tok_approve',
      }),
      201,
    )
    expectStatus(await me.put(`/api/orders/${placed.body.id}/cancel`), 200)
    expect(await statusOf(placed.body.id, me)).toBe('CANCELLED')
    await eventually(
      async () => {
        expect(await available('basket')).toBe(2)
        const payments = expectStatus(await staff.get(`/api/payments?orderId=${placed.body.id}`), 200)
        expect(payments.body.items.map((payment: { state: string }) => payment.state)).toEqual(['refunded'])
        const parcels = expectStatus(await staff.get(`/api/delivery/shipments?orderId=${placed.body.id}`), 200)
        expect(parcels.body.items.map((parcel: { state: string }) => parcel.state)).toEqual(['cancelled'])
      },
      { timeoutMs: 15_000 },
    )
    await mailTo(anybody, email, 'Order Cancelled')
  }, 60_000)

  it('sees the new price on pages, lists, in the search and in the cart after staff changed it, and cannot order at the old one', async () => {
    const { productId } = await sell(staff, 'candle', { price: 1000, units: 9 })
    // Pages and lists are kept in memory by now; whoever looks after the change must not see what was kept.
    const shown = async () => {
      const [page, list, found] = await Promise.all([
        anybody.get(`/api/products/${productId}`),
        anybody.get('/api/products?sort=newest&limit=50'),
        anybody.get('/api/products/search?q=candle'),
      ])
      const card = (answer: typeof list) => answer.body.items.find((one: { id: string }) => one.id === productId)?.price.amount
      return [page.body.variants[0].price.amount, card(list), card(found)]
    }
    await eventually(async () => expect(await shown()).toEqual([1000, 1000, 1000]), { timeoutMs: 30_000 })
    const { me } = await newShopper()
    const cart = expectStatus(await me.post('/api/cart/items', { sku: 'candle', quantity: 1 }), 200, 201)
    const product = expectStatus(await staff.get(`/api/products/${productId}/edit`), 200)
    expectStatus(
      await staff.patch(
        `/api/products/${productId}`,
        { variants: [{ ...product.body.variants[0], price: { amount: 1500, currency: 'EUR' } }] },
        { 'if-match': product.headers.get('etag') as string },
      ),
      200,
    )
    expect(await shown()).toEqual([1500, 1500, 1500])
    await eventually(async () => {
      const { body } = expectStatus(await me.get('/api/cart'), 200)
      expect(JSON.stringify(body)).toContain('1500')
    })
    const stale = await me.post('/api/orders', {
      cartId: cart.body.cartId,
      shippingAddress: address,
      paymentMethodId: 'tok_approve',
      expectedTotal: { amount: 1490, currency: 'EUR' },
    })
    expect(stale).toMatchObject({ status: 409, body: { code: 'orders/price-changed' } })
  }, 60_000)
})

describe('operations', () => {
  it('are told of low stock, and more is ordered and arrives by itself', async () => {
    await sell(staff, 'soap', { units: 6 })
    expectStatus(
      await staff.put('/api/inventory/soap', {
        lowStockThreshold: 5,
        reorderPoint: 5,
        reorderQuantity: 40,
        leadTimeDays: 1,
        supplier: 'Soap Works',
      }),
      200,
    )
    await eventually(async () => expect((await staff.get('/api/inventory/soap')).body.staff.alert).toBe('ok'), {
      timeoutMs: 30_000,
    })
    expectStatus(
      await anybody.post('/api/orders', {
        items: [{ sku: 'soap', quantity: 2 }],
        email: 'guest@example.com',
        shippingAddress: address,
        paymentMethodId: 'tok_approve',
      }),
      201,
    )
    await mailTo(anybody, operations, '⚠ Low Stock Alert', 'soap')
    await eventually(async () => expect(await available('soap')).toBe(44), { timeoutMs: 30_000, everyMs: 200 })
  }, 60_000)

  it('see every rule kept after all of this', async () => {
    const { code, lines } = await shop.command('invariants')
    expect({ code, lines }).toMatchObject({ code: 0 })
  }, 60_000)
})
