import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { burst, type BurstReply, type BurstRequest } from '../chaos/burst.ts'
import { client, expectStatus } from '../e2e/client.ts'
import { openShop, type Shop } from '../e2e/shop.ts'
import { address, sell } from '../e2e/stock-the-shop.ts'
import { type Inside, lookInside } from './inside.ts'
import { administrator, halfSignedIn, newCustomer, type Person } from './people.ts'

/** How many requests arrive in the same moment: all but their last byte is there before. */
const AT_ONCE = 20

let shop: Shop
let inside: Inside
let admin: Person
let sku: string

beforeAll(async () => {
  shop = await openShop({ DELIVERY_SIMULATED_DISPATCH_MS: '600000' })
  inside = await lookInside(shop)
  admin = await administrator(shop)
  ;({ sku } = await sell(admin.client, 'race-mug', { price: 10_000, units: 1000 }))
}, 90_000)
afterAll(async () => {
  await inside?.end()
  await shop?.remove()
})

const order = (more: object = {}, headers: Record<string, string> = {}): BurstRequest => {
  const body = {
    items: [{ sku, quantity: 1 }],
    email: 'ann@example.com',
    shippingAddress: address,
    paymentMethodId: 'tok_approve',
    ...more,
  }
  return { method: 'POST', path: '/api/orders', body, headers }
}

/** Sends them at the same moment; who was turned away because the shop was full (503) asks again. Anything else of 500 and more is a fault. */
async function rush(requests: readonly BurstRequest[]): Promise<BurstReply[]> {
  const answers: BurstReply[] = []
  let open = [...requests]
  for (let round = 0; open.length > 0 && round < 20; round += 1) {
    const replies = await burst(shop.url, open)
    answers.push(...replies.filter(({ status }) => status !== 503))
    open = open.filter((_, index) => replies[index]?.status === 503)
  }
  expect(answers.filter(({ status }) => status === 0 || status >= 500)).toEqual([])
  expect(answers).toHaveLength(requests.length)
  return answers
}
const repeat = (make: (index: number) => BurstRequest, count = AT_ONCE) =>
  rush(Array.from({ length: count }, (_, index) => make(index)))
const good = (replies: readonly BurstReply[]) => replies.filter(({ status }) => status >= 200 && status < 300)
const withToken = ({ authorization }: Person) => ({ authorization })

describe('S13: of many who ask in the same moment', () => {
  it('for the last 5 pieces, 5 get one', async () => {
    const { sku: last } = await sell(admin.client, 'last-mug', { units: 5 })
    const replies = await repeat((n) => order({ items: [{ sku: last, quantity: 1 }], email: `l${n}@example.com` }))
    expect(good(replies)).toHaveLength(5)
    expect(replies.filter(({ status }) => status !== 201).map(({ body }) => body.code)).toEqual(
      Array.from({ length: AT_ONCE - 5 }, () => 'orders/out-of-stock'),
    )
    const [stock] = await inside.sql`select on_hand::int, reserved::int from inventory.stock where sku = ${last}`
    expect(stock!['on_hand'] + stock!['reserved']).toBe(0)
  })

  it('with a coupon for 3 uses, 3 pay less', async () => {
    const code = `RACE${randomUUID().slice(0, 6).toUpperCase()}`
    const promotion = expectStatus(
      await admin.client.post('/api/promotions', { name: code, action: { kind: 'percent', basisPoints: 1000 } }),
      201,
    )
    expectStatus(await admin.client.post(`/api/promotions/${promotion.body.id}/coupons`, { codes: [code], usageLimit: 3 }), 201)
    const written = [code, code.toLowerCase(), ` ${code} `]
    const replies = await repeat((n) => order({ couponCodes: [written[n % 2]], email: `c${n}@example.com` }))
    expect(good(replies)).toHaveLength(3)
    const [row] = await inside.sql`
      select count(*)::int as n from orders.promotion_uses where promotion_id = ${promotion.body.id} and released_at is null`
    expect(row?.['n']).toBe(3)
  })

  it('with a gift card that is enough for 2 orders, nobody pays with money that is not on it', async () => {
    const value = { amount: 25_000, currency: 'EUR' }
    const { code } = expectStatus(await admin.client.post('/api/gift-cards', { value }), 201).body
    const replies = await repeat((n) => order({ giftCardCodes: [code], email: `g${n}@example.com` }))
    expect(good(replies).length).toBeGreaterThanOrEqual(2)
    const { balance } = expectStatus(await client(shop.url).post('/api/gift-cards/balance', { code }), 200).body
    const [row] =
      await inside.sql`select coalesce(-sum(amount) filter (where amount < 0), 0)::int as spent from orders.gift_card_entries`
    expect([balance.amount >= 0, row?.['spent'] + balance.amount]).toEqual([true, value.amount])
  })

  it('for a tenth of the money back, 10 get it, and no cent more', async () => {
    const [placed] = await rush([order()])
    const { id, total } = placed!.body
    const amount = { amount: Math.floor(total.amount / 10), currency: 'EUR' }
    const replies = await repeat(() => ({
      method: 'POST',
      path: '/api/payments/refund',
      body: { orderId: id, refundId: randomUUID(), amount, reason: 'race' },
      headers: withToken(admin),
    }))
    expect(good(replies)).toHaveLength(10)
    const [row] = await inside.sql`select refunded::int, captured::int from payments.payments where order_id = ${id}`
    expect([row!['refunded'], row!['refunded'] <= row!['captured']]).toEqual([amount.amount * 10, true])
  })

  it('to sign up with one address, one account is made', async () => {
    const email = `twin-${randomUUID().slice(0, 8)}@example.com`
    const replies = await repeat(() => ({
      method: 'POST',
      path: '/api/users/register',
      body: { email, password: 'violet-otter-hums-73', fullName: 'Twin' },
    }))
    expect(good(replies).length).toBeGreaterThan(0)
    const [accounts] = await inside.sql`select count(*)::int as n from auth.accounts where email_key = ${email}`
    expect(accounts?.['n']).toBe(1)
    const [profiles] =
      await inside.sql`select count(*)::int as n from users.profiles p join auth.accounts a on a.user_id = p.user_id where a.email_key = ${email}`
    expect(profiles?.['n']).toBe(1)
    expect((await client(shop.url).post('/api/auth/login', { email, password: 'violet-otter-hums-73' })).status).toBe(200)
  })

  it('with one refresh token, all go on in one session', async () => {
    const { email, password } = shop.administrator
    const { refreshToken } = expectStatus(await client(shop.url).post('/api/auth/login', { email, password }), 200).body
    const replies = await repeat(() => ({ method: 'POST', path: '/api/auth/refresh', body: { refreshToken } }))
    expect(good(replies)).toHaveLength(AT_ONCE)
    expect(new Set(replies.map(({ body }) => body.refreshToken)).size).toBe(1)
  })

  it('with one code of the second step, one gets in', async () => {
    const person = await halfSignedIn(shop)
    const { generate } = await import('otplib')
    // the next one: the code of this half minute may have been used for the enrolment
    const code = await generate({ secret: person.seed, epoch: Math.floor(Date.now() / 1000) + 30 })
    const replies = await repeat(() => ({
      method: 'POST',
      path: '/api/auth/mfa/verify',
      body: { mfaToken: person.mfaToken, code },
    }))
    expect(good(replies)).toHaveLength(1)
  })

  it('under one key, one order is placed and all hear of it', async () => {
    const key = `race-${randomUUID()}`
    const replies = await repeat(() => order({ email: `${key}@example.com` }, { 'idempotency-key': key }))
    expect(new Set(good(replies).map(({ body }) => body.id)).size).toBe(1)
    const [row] = await inside.sql`select count(*)::int as n from orders.order_contacts where email = ${`${key}@example.com`}`
    expect(row?.['n']).toBe(1)
  })

  it('to save a means of payment, all are kept and one is the first choice', async () => {
    const ann = await newCustomer(shop)
    const replies = await repeat((n) => ({
      method: 'POST',
      path: '/api/payments/methods',
      body: { token: `pm_race_${n}`, kind: 'card', isDefault: n % 4 === 0 },
      headers: withToken(ann),
    }))
    expect(good(replies)).toHaveLength(AT_ONCE)
    const { items } = expectStatus(await ann.client.get('/api/payments/methods'), 200).body as { items: { isDefault: boolean }[] }
    expect([items.length, items.filter(({ isDefault }) => isDefault).length]).toEqual([AT_ONCE, 1])
  })

  it('to order with an address while it is deleted, each order has it whole or is refused', async () => {
    const ann = await newCustomer(shop)
    const { id: addressId } = expectStatus(await ann.client.post('/api/users/me/addresses', address), 201).body
    const [replies, gone] = await Promise.all([
      repeat(() => order({ addressId, shippingAddress: undefined, email: undefined }, withToken(ann))),
      ann.client.delete(`/api/users/me/addresses/${addressId}`),
    ])
    expect(gone.status).toBe(204)
    expect([...new Set(replies.map(({ status, body }) => body.code ?? status))].filter((one) => one !== 201)).toEqual(
      good(replies).length === AT_ONCE ? [] : ['orders/no-address'],
    )
    const [row] = await inside.sql`
      select count(*)::int as n from orders.orders o left join orders.order_contacts c on c.order_id = o.id
       where o.customer_id = ${ann.id} and o.status <> 'CANCELLED' and c.shipping ->> 'line1' is distinct from ${address.line1}`
    expect(row?.['n']).toBe(0)
  })

  it('and everything adds up afterwards', async () => {
    const { code, lines } = await shop.command('invariants')
    expect([code, lines.filter(({ violations }) => Number(violations ?? 0) > 0)]).toEqual([0, []])
  }, 60_000)
})
