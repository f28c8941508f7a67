import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Client, client, expectStatus, signIn } from './client.ts'
import { calm } from './shared-shop.ts'
import { openShop, type Shop } from './shop.ts'
import { address, sell } from './stock-the-shop.ts'

let shop: Shop
let staff: Client
let anybody: Client

beforeAll(async () => {
  shop = await openShop(calm)
  staff = await signIn(shop.url, shop.administrator.email, shop.administrator.password)
  anybody = client(shop.url)
})
afterAll(async () => await shop.remove())

const available = async (sku: string) => expectStatus(await anybody.get(`/api/inventory/${sku}`), 200).body.available as number

describe('the service desk', () => {
  it('takes an order by telephone: prepares it, gives a discount for a reason, and the guest pays it later', async () => {
    await sell(staff, 'desk-lamp', { price: 4000, units: 3, title: 'Desk lamp' })
    const draft = expectStatus(
      await staff.post('/api/orders/drafts', {
        email: 'caller@example.com',
        shippingAddress: address,
        lines: [{ sku: 'desk-lamp', quantity: 1 }],
      }),
      201,
    ).body
    const discount = { kind: 'percent', basisPoints: 1000, reason: 'a dent in the shade' }
    expectStatus(await staff.patch(`/api/orders/drafts/${draft.id}`, { discount }), 200)
    const quote = expectStatus(await staff.get(`/api/orders/drafts/${draft.id}/quote`), 200).body
    expect(quote.discount).toBe(400)
    expect(await available('desk-lamp')).toBe(3)

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

  it('changes an order that was paid: one lamp more is paid on top, a parcel with both goes to the new address', async () => {
    await sell(staff, 'shade', { price: 1500, units: 4, title: 'Lamp shade' })
    await sell(staff, 'bulb', { price: 500, units: 9, title: 'Light bulb' })
    const placed = expectStatus(
      await anybody.post('/api/orders', {
        items: [{ sku: 'shade', quantity: 3 }],
        email: 'guest@example.com',
        shippingAddress: address,
        paymentMethodId: 'tok_approve',
      }),
      201,
    ).body
    const lines = [
      { lineId: placed.items[0].lineId, quantity: 1 },
      { sku: 'bulb', quantity: 8 },
    ]
    const more = expectStatus(
      await staff.post(`/api/orders/${placed.id}/edits`, { lines, paymentMethodId: 'tok_approve' }),
      201,
    ).body
    expect(more.order).toMatchObject({ status: 'CONFIRMED', total: { amount: placed.total.amount + 1000 } })
    expect([await available('shade'), await available('bulb')]).toEqual([3, 1])
    const less = [{ lineId: more.order.items[1].lineId, quantity: 1 }]
    const changed = expectStatus(await staff.post(`/api/orders/${placed.id}/edits`, { lines: less }), 201).body
    expect(changed.edit).toMatchObject({ status: 'applied', difference: { amount: -3500 } })
    expect(await available('bulb')).toBe(8)

    const guest = anybody.with({ 'x-guest-token': placed.guestToken })
    const elsewhere = { ...address, line1: 'Side Street 2' }
    const sent = expectStatus(await guest.put(`/api/orders/${placed.id}/shipping-address`, elsewhere), 200).body
    expect(sent.order.shippingAddress.line1).toBe('Side Street 2')
    const parcels = expectStatus(await staff.get(`/api/delivery/shipments?orderId=${placed.id}`), 200).body.items as {
      state: string
      units: number
    }[]
    expect(parcels.filter(({ state }) => state !== 'cancelled').map(({ units }) => units)).toEqual([2])
    const total = changed.order.total.amount
    expect((await guest.put(`/api/orders/${placed.id}/cancel`)).body).toMatchObject({
      status: 'CANCELLED',
      total: { amount: total },
    })
    expect([await available('shade'), await available('bulb')]).toEqual([4, 9])
  })
})
