import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually } from '#kit/testing/eventually.ts'
import { type Client, client, expectStatus, signIn } from './client.ts'
import { calm } from './shared-shop.ts'
import { openShop, type Shop } from './shop.ts'
import { address, sell } from './stock-the-shop.ts'

let shop: Shop
beforeAll(async () => {
  shop = await openShop(calm)
})
afterAll(async () => await shop.remove())

/** Orders at the time of the crash only. */
const shopper = 'crash@example.com'

type Attempt = { key: string; answer: 'ok' | 'refused' | 'unknown'; orderId?: string }

/** One shopper with a key of her own. A broken connection is `unknown`: the order may or may not have been taken. */
async function buy(guest: Client, sku: string, key: string): Promise<Attempt> {
  const body = {
    items: [{ sku, quantity: 1 }],
    email: shopper,
    shippingAddress: address,
    paymentMethodId: 'tok_approve',
  }
  try {
    const answer = await guest.post('/api/orders', body, { 'idempotency-key': key })
    if (answer.status === 201) return { key, answer: 'ok', orderId: answer.body.id }
    return { key, answer: answer.status >= 500 ? 'unknown' : 'refused' }
  } catch {
    return { key, answer: 'unknown' }
  }
}

async function everyOrder(staff: Client): Promise<{ id: string; status: string }[]> {
  const orders: { id: string; status: string }[] = []
  for (let next = '', page = 0; page < 50; page += 1) {
    const answer = expectStatus(await staff.get(`/api/orders?email=${shopper}&limit=100${next}`), 200)
    orders.push(...answer.body.items)
    if (!answer.body.next) break
    next = `&cursor=${encodeURIComponent(answer.body.next)}`
  }
  return orders
}

describe('kill -9 in the middle of 100 checkouts', () => {
  it('leaves every checkout finished after the restart: nothing paid twice, nothing held for ever', async () => {
    let staff = await signIn(shop.url, shop.administrator.email, shop.administrator.password)
    await sell(staff, 'clock', { units: 500 })

    let answered = 0
    let killed: Promise<void> | undefined
    const guest = client(shop.url)
    const attempts = Array.from({ length: 100 }, (_, index) =>
      buy(guest, 'clock', `crash-${index}-0123456789`).finally(() => {
        answered += 1
        // In the thick of it: some have their order, most are somewhere between two steps.
        if (answered === 20) killed = shop.kill()
      }),
    )
    const first = await Promise.all(attempts)
    await killed
    expect(first.filter(({ answer }) => answer === 'unknown').length).toBeGreaterThan(0)

    await shop.start()
    const again = client(shop.url)
    // Every shopper presses the button again; the same key must give the order of before, or make the one that never was.
    const second = new Map<string, string>()
    await eventually(
      async () => {
        const open = first.filter(({ key }) => !second.has(key))
        for (const { key, answer, orderId } of await Promise.all(open.map(({ key }) => buy(again, 'clock', key)))) {
          if (answer === 'ok') second.set(key, orderId as string)
        }
        expect(second.size).toBe(100)
      },
      { timeoutMs: 90_000, everyMs: 500 },
    )
    for (const { key, answer, orderId } of first) if (answer === 'ok') expect(second.get(key)).toBe(orderId)

    staff = await signIn(shop.url, shop.administrator.email, shop.administrator.password)
    let orders: { id: string; status: string }[] = []
    await eventually(
      async () => {
        orders = await everyOrder(staff)
        expect(orders.filter(({ status }) => status === 'PENDING')).toEqual([])
        expect(orders.filter(({ status }) => status !== 'CANCELLED')).toHaveLength(100)
      },
      { timeoutMs: 90_000, everyMs: 500 },
    )
    // One capture an order, one unit an order: 400 of 500 are left and none is held.
    const ours = new Set(orders.map(({ id }) => id))
    const payments = new Map<string, number>()
    for (let next = '', page = 0; page < 50; page += 1) {
      const answer = expectStatus(await staff.get(`/api/payments?limit=100${next}`), 200)
      for (const payment of answer.body.items)
        if (payment.state === 'captured' && ours.has(payment.orderId))
          payments.set(payment.orderId, (payments.get(payment.orderId) ?? 0) + 1)
      if (!answer.body.next) break
      next = `&cursor=${encodeURIComponent(answer.body.next)}`
    }
    expect([...payments.values()].every((count) => count === 1)).toBe(true)
    expect(payments.size).toBe(100)
    await eventually(async () => expect((await again.get('/api/inventory/clock')).body.available).toBe(400), {
      timeoutMs: 30_000,
    })
    const { code, lines } = await shop.command('invariants')
    expect({ code, lines }).toMatchObject({ code: 0 })
  }, 240_000)
})
