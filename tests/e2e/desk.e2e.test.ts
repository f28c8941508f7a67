import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Client, client, expectStatus, signIn } from './client.ts'
import { openShop, type Shop } from './shop.ts'
import { address, sell } from './stock-the-shop.ts'

let shop: Shop
let staff: Client
let anybody: Client

beforeAll(async () => {
  shop = await openShop({ DELIVERY_SIMULATED_DISPATCH_MS: '600000' })
  staff = await signIn(shop.url, shop.administrator.email, shop.administrator.password)
  anybody = client(shop.url)
}, 90_000)
afterAll(async () => await shop.remove())

const available = async (sku: string) => (await anybody.get(`/api/inventory/${sku}`)).body.available as number

describe('the service desk', () => {
  it('takes an order by telephone: prepares it, gives a discount for a reason, and the guest pays it later', async () => {
    await sell(staff, 'lamp', { price: 4000, units: 3, title: 'Desk lamp' })
    const draft = expectStatus(
      await staff.post('/api/orders/drafts', {
        email: 'caller@example.com',
        shippingAddress: address,
        lines: [{ sku: 'lamp', quantity: 1 }],
      }),
      201,
    ).body
    const discount = { kind: 'percent', basisPoints: 1000, reason: 'a dent in the shade' }
    expectStatus(await staff.patch(`/api/orders/drafts/${draft.id}`, { discount }), 200)
    const quote = expectStatus(await staff.get(`/api/orders/drafts/${draft.id}/quote`), 200).body
    expect(quote.discount).toBe(400)
    expect(await available('lamp')).toBe(3)

    const expectedTotal = { amount: quote.total, currency: quote.currency }
    const order = expectStatus(await staff.post(`/api/orders/drafts/${draft.id}/place`, { expectedTotal }), 201).body
    expect(order).toMatchObject({ status: 'PENDING', total: expectedTotal })
    const guest = anybody.with({ 'x-guest-token': order.guestToken })
    const paid = expectStatus(await guest.put(`/api/orders/${order.id}/confirm?paymentMethodId=tok_approve`), 200)
    expect(paid.body.status).toBe('CONFIRMED')
    const timeline = expectStatus(await staff.get(`/api/orders/${order.id}/timeline`), 200).body.items as {
      note: string | null
    }[]
    expect(timeline.map(({ note }) => note)).toContain('discount of 10 %: a dent in the shade')
  })
})
