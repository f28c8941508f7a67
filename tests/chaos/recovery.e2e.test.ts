// topology: its own
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually } from '#kit/testing/eventually.ts'
import { client, expectStatus } from '../e2e/client.ts'
import { address, sell } from '../e2e/stock-the-shop.ts'
import { type ChaosShop, openChaosShop } from './chaos-shop.ts'

let shop: ChaosShop
beforeAll(async () => {
  shop = await openChaosShop()
}, 90_000)
afterAll(async () => await shop.close())

describe('a shop whose database and background process die together', () => {
  it('is whole again after a while, without anybody doing anything: it sells, and writes its mails', async () => {
    await sell(await shop.staff(), 'phoenix', { units: 10 })
    await shop.killDatabase()
    // The new background process finds no database yet.
    expect(await shop.killBackground()).toBe(true)
    await shop.healthy()
    const placed = await eventually(
      async () =>
        expectStatus(
          await client(shop.url).post('/api/orders', {
            items: [{ sku: 'phoenix', quantity: 1 }],
            email: 'ann@example.com',
            shippingAddress: address,
            paymentMethodId: 'tok_approve',
          }),
          201,
        ),
      { timeoutMs: 30_000, everyMs: 250 },
    )
    await eventually(
      async () => {
        const rows = await shop.admin
          .sql`select 1 from notifications.messages where order_id = ${placed.body.id} and template = 'order-confirmed'`
        expect(rows).toHaveLength(1)
      },
      { timeoutMs: 60_000, everyMs: 250 },
    )
  }, 150_000)
})
