import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually } from '#kit/testing/eventually.ts'
import { type Client, client, expectStatus, signIn } from './client.ts'
import { calm } from './shared-shop.ts'
import { openShop, type Shop } from './shop.ts'
import { address, sell } from './stock-the-shop.ts'

let shop: Shop
let staff: Client
let guest: Client

beforeAll(async () => {
  shop = await openShop(calm)
  staff = await signIn(shop.url, shop.administrator.email, shop.administrator.password)
  guest = client(shop.url)
})
afterAll(async () => await shop.remove())

const order = (sku: string, quantity = 1, more: object = {}) => ({
  items: [{ sku, quantity }],
  email: 'ann@example.com',
  shippingAddress: address,
  paymentMethodId: 'tok_approve',
  ...more,
})
const available = async (sku: string) => (await guest.get(`/api/inventory/${sku}`)).body.available as number
const paymentsOf = async (orderId: string) =>
  expectStatus(await staff.get(`/api/payments?orderId=${orderId}`), 200).body.items as { state: string }[]

describe('checkout', () => {
  it('turns a guest’s cart into a paid, confirmed order with one parcel', async () => {
    await sell(staff, 'mug', { price: 1250, units: 10 })
    const cart = expectStatus(await guest.post('/api/cart/items', { sku: 'mug', quantity: 2 }), 200, 201)
    const ann = guest.with({ 'x-guest-token': cart.body.token })
    const placed = expectStatus(
      await ann.post('/api/orders', {
        cartId: cart.body.cartId,
        email: 'ann@example.com',
        shippingAddress: address,
        paymentMethodId: 'tok_approve',
      }),
      201,
    )
    expect(placed.body).toMatchObject({
      status: 'CONFIRMED',
      number: expect.stringMatching(/^ORD-[0-9A-Z]{10}$/),
      subtotal: { amount: 2500, currency: 'EUR' },
    })
    expect(await available('mug')).toBe(8)
    expect((await paymentsOf(placed.body.id)).map((payment) => payment.state)).toEqual(['captured'])
    const shipments = expectStatus(await staff.get(`/api/delivery/shipments?orderId=${placed.body.id}`), 200)
    expect(shipments.body.items).toHaveLength(1)
  })

  it('takes no money and keeps no stock when the card is declined', async () => {
    await sell(staff, 'vase', { units: 3 })
    const refused = expectStatus(await guest.post('/api/orders', order('vase', 1, { paymentMethodId: 'tok_decline' })), 402)
    expect(refused.body.code).toBe('orders/payment-declined')
    await eventually(async () => expect(await available('vase')).toBe(3))
    const cancelled = expectStatus(await staff.get(`/api/orders/${refused.body.details?.orderId ?? refused.body.orderId}`), 200)
    expect(cancelled.body).toMatchObject({ status: 'CANCELLED', cancelReason: 'payment-failed' })
  })

  it('sells exactly the last unit when two shoppers want it', async () => {
    await sell(staff, 'lamp', { units: 1 })
    const answers = await Promise.all([guest.post('/api/orders', order('lamp')), guest.post('/api/orders', order('lamp'))])
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409])
    expect(await available('lamp')).toBe(0)
  })

  it('makes one order and one payment of ten clicks at once, and repeats the same answer to each', async () => {
    await sell(staff, 'bowl', { units: 50 })
    const key = { 'idempotency-key': 'ten-clicks-at-once' }
    const clicks = await Promise.all(Array.from({ length: 10 }, () => guest.post('/api/orders', order('bowl'), key)))
    const good = clicks.filter(({ status }) => status === 201)
    expect(good.length).toBeGreaterThan(0)
    expect(clicks.every(({ status }) => status === 201 || status === 409)).toBe(true)
    const again = expectStatus(await guest.post('/api/orders', order('bowl'), key), 201)
    expect(new Set([...good, again].map(({ text }) => text)).size).toBe(1)
    expect(await available('bowl')).toBe(49)
    expect(await paymentsOf(again.body.id)).toHaveLength(1)
    const other = await guest.post('/api/orders', order('bowl', 2), key)
    expect(other).toMatchObject({ status: 422, body: { code: 'orders/key-reused' } })
  })

  it('sells exactly 50 of 50 units to 200 buyers at once, without an error of the server', async () => {
    await sell(staff, 'ticket', { units: 50 })
    const buyers = await Promise.all(Array.from({ length: 200 }, () => guest.post('/api/orders', order('ticket'))))
    expect(buyers.filter(({ status }) => status >= 500).map(({ text }) => text)).toEqual([])
    expect(buyers.filter(({ status }) => status === 201)).toHaveLength(50)
    expect(buyers.filter(({ status }) => status === 409)).toHaveLength(150)
    expect(await available('ticket')).toBe(0)
  }, 60_000)

  it('waits for a second call when the order is placed without a payment method', async () => {
    await sell(staff, 'jug', { units: 5 })
    const { paymentMethodId: _, ...unpaid } = order('jug')
    const placed = expectStatus(await guest.post('/api/orders', unpaid), 201)
    expect(placed.body).toMatchObject({ status: 'PENDING', payment: { outcome: 'awaiting-payment' } })
    expect(await available('jug')).toBe(4)
    const mine = guest.with({ 'x-guest-token': placed.body.guestToken })
    expect(await guest.get(`/api/orders/${placed.body.id}`)).toMatchObject({ status: 404 })
    const confirmed = expectStatus(await mine.put(`/api/orders/${placed.body.id}/confirm?paymentMethodId=tok_approve`), 200)
    expect(confirmed.body.status).toBe('CONFIRMED')
    const timeline = expectStatus(await mine.get(`/api/orders/${placed.body.id}/timeline`), 200)
    expect(timeline.body.items.map((entry: { to: string }) => entry.to)).toEqual(['PENDING', 'CONFIRMED'])
  })

  it('breaks no invariant', async () => {
    const { code, lines } = await shop.command('invariants')
    expect({ code, lines }).toMatchObject({ code: 0 })
  })
})
