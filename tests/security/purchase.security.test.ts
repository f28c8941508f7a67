import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Answer, type Client, client, expectStatus } from '../e2e/client.ts'
import { openShop, type Shop } from '../e2e/shop.ts'
import { address, sell } from '../e2e/stock-the-shop.ts'
import { type Inside, lookInside } from './inside.ts'
import { administrator, newCustomer, type Person } from './people.ts'
import { proves } from './proof.ts'

let shop: Shop
let inside: Inside
let admin: Person
let guest: Client

beforeAll(async () => {
  shop = await openShop({ DELIVERY_SIMULATED_DISPATCH_MS: '600000' })
  inside = await lookInside(shop)
  admin = await administrator(shop)
  guest = client(shop.url)
  await sell(admin.client, 'till-mug', { price: 2000, units: 1000 })
}, 90_000)
afterAll(async () => {
  await inside?.end()
  await shop?.remove()
})

const order = (more: object = {}) => ({
  items: [{ sku: 'till-mug', quantity: 1 }],
  email: 'ann@example.com',
  shippingAddress: address,
  paymentMethodId: 'tok_approve',
  ...more,
})
const place = async (more: object = {}) => expectStatus(await guest.post('/api/orders', order(more)), 201).body

/** What the shop has sold, holds and has taken: a refusal leaves it as it was. */
const books = async () => {
  const [row] = await inside.sql`
    select (select count(*)::int from orders.orders where status <> 'CANCELLED') as orders, (select coalesce(sum(captured - refunded), 0)::int8 from payments.payments) as money,
           (select sum(on_hand)::int from inventory.stock) as shelf, (select sum(reserved)::int from inventory.stock) as held`
  return { ...row }
}
/** Sends each, and says which were not refused, or with an error of ours. */
async function refused(attempts: readonly (readonly [string, () => Promise<Answer>])[]): Promise<string[]> {
  const before = await books()
  const wrong: string[] = []
  for (const [what, attempt] of attempts) {
    const { status, text } = await attempt()
    if (status < 400 || status >= 500) wrong.push(`${what}: ${status} ${text.slice(0, 200)}`)
  }
  expect(await books()).toEqual(before)
  return wrong
}
/** A body as text: no parser of ours would write some of these numbers. */
const raw = (path: string, body: string, authorization = '') =>
  fetch(`${shop.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(authorization ? { authorization } : {}) },
    body,
  }).then(async (answer) => ({ status: answer.status, headers: answer.headers, body: undefined, text: await answer.text() }))

const AMOUNTS = ['-1', '0', '1.5', '"1"', '1e9', '2147483648', '9007199254740993', 'NaN', '1e400', 'null', '[1]', 'true']

describe('S10: a buyer who writes numbers of their own', () => {
  it('gets no quantity but a whole one from one on, in orders and in carts', async ({ task }) => {
    const text = JSON.stringify(order())
    const attempts = AMOUNTS.flatMap((amount) => [
      [`order ${amount}`, () => raw('/api/orders', text.replace('"quantity":1', `"quantity":${amount}`))] as const,
      [`cart ${amount}`, () => raw('/api/cart/items', `{"sku":"till-mug","quantity":${amount}}`)] as const,
    ])
    expect(await refused(attempts)).toEqual([])
    Object.assign(task.meta, { figures: { quantities: attempts.length } })
  })

  it('I16 sets no price, total, tax, discount or currency: the shop works them out, and says so when they have changed', async ({
    task,
  }) => {
    const fields = [
      'price',
      'unitPrice',
      'subtotal',
      'total',
      'tax',
      'discount',
      'shipping',
      'currency',
      'status',
      'taxIncluded',
      'giftCardPaid',
    ]
    const values = [1, -1, { amount: 1, currency: 'EUR' }, 'USD', null]
    const attempts = fields.flatMap((field) =>
      values.flatMap((value) => [
        [`${field} of the order`, () => guest.post('/api/orders', order({ [field]: value }))] as const,
        [
          `${field} of a line`,
          () => guest.post('/api/orders', order({ items: [{ sku: 'till-mug', quantity: 1, [field]: value }] })),
        ] as const,
        [`${field} in the cart`, () => guest.post('/api/cart/items', { sku: 'till-mug', quantity: 1, [field]: value })] as const,
      ]),
    )
    expect(await refused(attempts)).toEqual([])
    const totals = [
      { amount: 1, currency: 'EUR' },
      { amount: 2000, currency: 'USD' },
      { amount: 1_000_000, currency: 'EUR' },
    ]
    const seen = totals.map(
      (expectedTotal) => ['a total that was never shown', () => guest.post('/api/orders', order({ expectedTotal }))] as const,
    )
    expect(await refused(seen)).toEqual([])
    const honest = await place()
    expect(honest.items[0].unitPrice.amount).toBe(2000)
    // a price that changes between the look and the order
    const shelf = await sell(admin.client, 'rising-mug', { price: 1000, units: 10 })
    const quote = { items: [{ sku: 'rising-mug', quantity: 1 }] }
    const old = await place(quote)
    const product = expectStatus(await admin.client.get(`/api/products/${shelf.productId}/edit`), 200)
    const [variant] = product.body.variants
    expectStatus(
      await admin.client.patch(
        `/api/products/${shelf.productId}`,
        { variants: [{ ...variant, price: { amount: 1500, currency: 'EUR' } }] },
        { 'if-match': product.headers.get('etag') as string },
      ),
      200,
    )
    const late = await guest.post('/api/orders', order({ ...quote, expectedTotal: old.total }))
    expect({ status: late.status, code: late.body.code }).toEqual({ status: 409, code: 'orders/price-changed' })
    proves(task, {
      id: 'I16',
      trials: attempts.length + seen.length + 1,
      note: 'orders, lines and carts with a price, total, tax, discount or currency of their own: refused, books unchanged',
    })
  })

  it('pays in no other currency, with no coupon or delivery that is not theirs to have', async ({ task }) => {
    const dollars = expectStatus(
      await admin.client.post('/api/promotions', {
        name: 'Dollars only',
        action: { kind: 'fixed', amount: 1500, per: 'order' },
        conditions: { currency: 'USD' },
      }),
      201,
    ).body
    expectStatus(await admin.client.post(`/api/promotions/${dollars.id}/coupons`, { codes: ['DOLLARS'] }), 201)
    const elsewhere = expectStatus(
      await admin.client.post('/api/promotions', {
        name: 'Another channel',
        action: { kind: 'percent', basisPoints: 5000 },
        conditions: { channels: ['another-channel'] },
      }),
      201,
    ).body
    expectStatus(await admin.client.post(`/api/promotions/${elsewhere.id}/coupons`, { codes: ['ELSEWHERE'] }), 201)
    const paid = await place()
    const money = (amount: number, currency: string) => ({ orderId: paid.id, amount: { amount, currency } })
    const attempts = [
      ['a coupon of another currency', () => guest.post('/api/orders', order({ couponCodes: ['DOLLARS'] }))],
      ['a coupon of another channel', () => guest.post('/api/orders', order({ couponCodes: ['ELSEWHERE'] }))],
      ['a coupon nobody made', () => guest.post('/api/orders', order({ couponCodes: ['FREE-FOR-ME'] }))],
      ['a delivery nobody offers', () => guest.post('/api/orders', order({ shippingOptionId: 'free-for-me' }))],
      ['a delivery by its place in a list', () => guest.post('/api/orders', order({ shippingOptionId: '0' }))],
      ['a capture in another currency', () => admin.client.post('/api/payments/capture', money(2000, 'USD'))],
      ['a refund in another currency', () => admin.client.post('/api/payments/refund', { ...money(100, 'USD'), reason: 'x' })],
      [
        'a refund of more than was paid',
        () => admin.client.post('/api/payments/refund', { ...money(10_000_000, 'EUR'), reason: 'x' }),
      ],
      ['a negative refund', () => admin.client.post('/api/payments/refund', { ...money(-100, 'EUR'), reason: 'x' })],
    ] as const
    expect(await refused(attempts)).toEqual([])
    Object.assign(task.meta, { figures: { 'money from elsewhere': attempts.length } })
  })

  it('brings no total beyond what money can hold: it is refused and no error of ours', async () => {
    await sell(admin.client, 'dearest', { price: 9_007_199_254_740_991, units: 1_000_000 })
    const attempts = [2, 1000, 1_000_000].map(
      (quantity) =>
        [`${quantity} × the dearest`, () => guest.post('/api/orders', order({ items: [{ sku: 'dearest', quantity }] }))] as const,
    )
    expect(await refused(attempts)).toEqual([])
    const { status } = await guest.post('/api/cart/items', { sku: 'dearest', quantity: 1000 })
    expect(status).toBeLessThan(500)
  })
})

describe('S12: somebody who skips a step', () => {
  const staff = () => admin.client
  const parcelOf = async (id: string) => {
    const { items } = expectStatus(await staff().get(`/api/delivery/shipments?orderId=${id}`), 200).body
    return items as { id: string; state: string }[]
  }

  it('sends, delivers, returns and exchanges nothing that is not paid, and changes and refunds nothing that was never taken', async ({
    task,
  }) => {
    const unpaid = await place({ paymentMethodId: undefined })
    expect(unpaid.status).toBe('PENDING')
    const me = guest.with({ 'x-guest-token': unpaid.guestToken })
    const lineId = unpaid.items[0].lineId
    expect(await parcelOf(unpaid.id)).toEqual([])
    const back = { lines: [{ lineId, quantity: 1, reason: 'changed-mind' }] }
    const attempts = [
      ['a return', () => me.post(`/api/orders/${unpaid.id}/returns`, back)],
      [
        'an exchange',
        () => me.post(`/api/orders/${unpaid.id}/exchanges`, { lines: [{ ...back.lines[0], wantedSku: 'till-mug' }] }),
      ],
      ['a refund', () => staff().post('/api/payments/refund', { orderId: unpaid.id, reason: 'x' })],
      ['a capture', () => staff().post('/api/payments/capture', { orderId: unpaid.id })],
      ['an invoice', () => me.get(`/api/orders/${unpaid.id}/invoice`)],
      ['the status by its owner', () => me.put(`/api/orders/${unpaid.id}/status`, { status: 'CONFIRMED' })],
      ...['CONFIRMED', 'SHIPPED', 'DELIVERED', 'COMPLETED', 'RETURNED'].map(
        (status) => [`the status ${status} by staff`, () => staff().put(`/api/orders/${unpaid.id}/status`, { status })] as const,
      ),
    ] as const
    expect(await refused(attempts)).toEqual([])
    expect((await me.get(`/api/orders/${unpaid.id}`)).body.status).toBe('PENDING')
    proves(task, { id: 'I20', trials: attempts.length, note: 'steps skipped by guests and staff: refused, books unchanged' })
  })

  it('cannot cancel what was sent, send what was cancelled, nor send or bring a parcel twice', async () => {
    const sent = await place()
    const me = guest.with({ 'x-guest-token': sent.guestToken })
    const [parcel] = await parcelOf(sent.id)
    const step = (verb: string) => staff().post(`/api/delivery/shipments/${parcel!.id}/${verb}`, {})
    expectStatus(await step('dispatch'), 200)
    const late = await me.put(`/api/orders/${sent.id}/cancel`)
    expect(late.body.status).not.toBe('CANCELLED')
    expect((await step('cancel')).status).toBeGreaterThanOrEqual(400)

    const gone = await place()
    const other = guest.with({ 'x-guest-token': gone.guestToken })
    expect(expectStatus(await other.put(`/api/orders/${gone.id}/cancel`), 200).body.status).toBe('CANCELLED')
    const [stopped] = await parcelOf(gone.id)
    const attempts = [
      ['a cancelled parcel is sent', () => staff().post(`/api/delivery/shipments/${stopped!.id}/dispatch`, {})],
      ['a cancelled order is paid', () => other.put(`/api/orders/${gone.id}/confirm?paymentMethodId=tok_approve`)],
      [
        'a cancelled order is returned',
        () =>
          other.post(`/api/orders/${gone.id}/returns`, {
            lines: [{ lineId: gone.items[0].lineId, quantity: 1, reason: 'changed-mind' }],
          }),
      ],
      ['a cancelled order is refunded again', () => staff().post('/api/payments/refund', { orderId: gone.id, reason: 'x' })],
      [
        'a cancelled order is edited',
        () => staff().post(`/api/orders/${gone.id}/edits`, { lines: [{ lineId: gone.items[0].lineId, quantity: 2 }] }),
      ],
    ] as const
    // paying a cancelled order answers with the order as it is; what counts is that the books stay
    const wrong = await refused(attempts)
    expect(wrong.filter((line) => !line.startsWith('a cancelled order is paid'))).toEqual([])
    expect((await other.get(`/api/orders/${gone.id}`)).body.status).toBe('CANCELLED')
  })

  it('does not order the same cart twice, nor an empty one, nor somebody else’s', async () => {
    const buyer = await newCustomer(shop)
    const cart = expectStatus(await buyer.client.post('/api/cart/items', { sku: 'till-mug', quantity: 2 }), 200, 201).body
    const fromCart = { items: undefined, cartId: cart.cartId, email: undefined }
    const thief = await newCustomer(shop)
    expect(await refused([['a stranger orders it', () => thief.client.post('/api/orders', order(fromCart))]])).toEqual([])
    const first = expectStatus(await buyer.client.post('/api/orders', order(fromCart)), 201).body
    const again = await buyer.client.post('/api/orders', order(fromCart))
    expect(again.status === 201 ? again.body.id : again.status).toSatisfy(
      (it: unknown) => it === first.id || (it as number) >= 400,
    )
    const [row] = await inside.sql`select count(*)::int as n from orders.order_carts where cart_id = ${cart.cartId}`
    expect(row).toEqual({ n: 1 })
    const nothing = [
      ['no items', () => guest.post('/api/orders', order({ items: [] }))],
      ['neither cart nor items', () => guest.post('/api/orders', order({ items: undefined }))],
      ['a cart that is none', () => guest.post('/api/orders', order({ items: undefined, cartId: randomUUID() }))],
    ] as const
    expect(await refused(nothing)).toEqual([])
  })

  it('does not decide on a return out of turn, nor receive more than was asked for', async () => {
    const placed = await place({ items: [{ sku: 'till-mug', quantity: 2 }] })
    const me = guest.with({ 'x-guest-token': placed.guestToken })
    const [parcel] = await parcelOf(placed.id)
    for (const verb of ['dispatch', 'deliver'])
      expectStatus(await staff().post(`/api/delivery/shipments/${parcel!.id}/${verb}`, {}), 200)
    const lineId = placed.items[0].lineId
    const ask = () => me.post(`/api/orders/${placed.id}/returns`, { lines: [{ lineId, quantity: 1, reason: 'changed-mind' }] })
    let asked = await ask()
    for (let tries = 0; asked.status !== 201 && tries < 100; tries += 1) asked = await ask()
    const at = (verb: string, body: object = {}) => staff().post(`/api/returns/${asked.body.id}/${verb}`, body)
    const goods = { lines: [{ lineId, quantity: 1, restock: true }] }
    expect(await refused([['received before it was approved', () => at('receive', goods)]])).toEqual([])
    expect(await refused([['approved by its own customer', () => me.post(`/api/returns/${asked.body.id}/approve`, {})]])).toEqual(
      [],
    )
    expectStatus(await at('approve'), 200)
    const more = { lines: [{ lineId, quantity: 2, restock: true }] }
    expect(await refused([['more than was asked for', () => at('receive', more)]])).toEqual([])
  })
})
