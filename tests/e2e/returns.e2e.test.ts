import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually } from '#kit/testing/eventually.ts'
import { type Client, client, expectStatus, signIn } from './client.ts'
import { mailTo } from './mailbox.ts'
import { quick } from './shared-shop.ts'
import { openShop, type Shop } from './shop.ts'
import { address, sell } from './stock-the-shop.ts'

let shop: Shop
let staff: Client
let guest: Client
type Bought = Awaited<ReturnType<typeof delivered>>
let scarves: Bought
let glove: Bought

beforeAll(async () => {
  shop = await openShop(quick)
  staff = await signIn(shop.url, shop.administrator.email, shop.administrator.password)
  guest = client(shop.url)
  await sell(staff, 'scarf', { price: 2000, units: 5 })
  await sell(staff, 'glove', { units: 5 })
  // both parcels travel at the same time
  ;[scarves, glove] = await Promise.all([delivered('scarf', 2), delivered('glove', 1)])
})
afterAll(async () => await shop.remove())

const available = async (sku: string) => (await guest.get(`/api/inventory/${sku}`)).body.available as number

/** A guest's order that has arrived. */
async function delivered(sku: string, quantity: number) {
  const email = `${sku}@example.com`
  const placed = expectStatus(
    await guest.post('/api/orders', {
      items: [{ sku, quantity }],
      email,
      shippingAddress: address,
      paymentMethodId: 'tok_approve',
    }),
    201,
  ).body
  const me = guest.with({ 'x-guest-token': placed.guestToken })
  await eventually(
    async () => expect(expectStatus(await me.get(`/api/orders/${placed.id}`), 200).body.status).toBe('DELIVERED'),
    {
      timeoutMs: 30_000,
      everyMs: 100,
    },
  )
  return { me, email, order: placed }
}

describe('a return', () => {
  it('goes from request to approval, back to the warehouse, and ends with the money returned and the goods on the shelf', async () => {
    const { me, email, order } = scarves
    const lineId = order.items[0].lineId
    const asked = expectStatus(
      await me.post(`/api/orders/${order.id}/returns`, { lines: [{ lineId, quantity: 2, reason: 'not-as-described' }] }),
      201,
    )
    expectStatus(await staff.post(`/api/returns/${asked.body.id}/approve`), 200)
    await mailTo(guest, email, 'Your return')
    expectStatus(
      await staff.post(`/api/returns/${asked.body.id}/receive`, { lines: [{ lineId, quantity: 2, restock: true }] }),
      200,
    )
    await eventually(
      async () => {
        const after = expectStatus(await staff.get(`/api/returns/${asked.body.id}`), 200)
        expect(after.body.status).toBe('refunded')
        expect(await available('scarf')).toBe(5)
        const payments = expectStatus(await staff.get(`/api/payments?orderId=${order.id}`), 200)
        expect(payments.body.items[0].refunded.amount).toBeGreaterThanOrEqual(4000)
      },
      { timeoutMs: 20_000, everyMs: 100 },
    )
    await eventually(
      async () => expect(expectStatus(await me.get(`/api/orders/${order.id}`), 200).body.status).toBe('RETURNED'),
      { timeoutMs: 10_000 },
    )
  }, 90_000)

  it('of more than was bought is refused', async () => {
    const { me, order } = glove
    const refused = await me.post(`/api/orders/${order.id}/returns`, {
      lines: [{ lineId: order.items[0].lineId, quantity: 2, reason: 'changed-mind' }],
    })
    expect(refused.body.code).toBe('orders/too-many-units')
  }, 60_000)

  it('breaks no rule', async () => {
    const { code, lines } = await shop.command('invariants')
    expect({ code, lines }).toMatchObject({ code: 0 })
  }, 60_000)
})
