import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { UserDeleted } from '#contracts/events/users.ts'
import { uuidv7 } from '#kit/core/ids.ts'
import type { Principal } from '#kit/core/principal.ts'
import { testUser } from '#kit/testing/service.ts'
import { address, brokenRules, openShop, type Shop, somebody, staff } from './shop.fixture.ts'

let shop: Shop
beforeAll(async () => {
  shop = await openShop()
}, 60_000)
afterAll(() => shop.close())
afterEach(async () => expect(await brokenRules(shop)).toEqual([]))

const desk = testUser(uuidv7(), ['orders:draft'], ['SUPPORT'])
const ask = (method: string, path: string, body?: object, more: { as?: Principal; headers?: Record<string, string> } = {}) =>
  shop.service.request(method, `/api/orders/drafts${path}`, { as: desk, ...(body ? { body } : {}), ...more })
const guest = { email: 'ann@example.com', shippingAddress: address, lines: [{ sku: 'mug', quantity: 2 }] }
const euro = (amount: number) => ({ amount, currency: 'EUR' })
const begin = async (body: object = guest) => {
  const answer = await ask('POST', '', body)
  expect(answer, JSON.stringify(answer.body)).toMatchObject({ status: 201 })
  return answer.body
}
const place = (id: string, body: object = {}, more = {}) => ask('POST', `/${id}/place`, body, more)
const mugs = () => shop.world.goods.get('mug')!.stock

describe('a draft order', () => {
  it('is for staff who may write drafts, and nobody else', async () => {
    const draft = await begin()
    for (const as of [somebody(), staff]) expect((await ask('GET', `/${draft.id}`, undefined, { as })).status).toBe(403)
    expect((await shop.service.request('POST', '/api/orders/drafts', { body: guest })).status).toBe(401)
  })

  it('grows by telephone: lines are added, changed and taken out, and no stock is held', async () => {
    const before = mugs()
    const draft = await begin({ ...guest, lines: [] })
    expect(draft).toMatchObject({ status: 'open', orderId: null, createdBy: desk.kind === 'user' ? desk.id : '', version: 1 })
    await ask('PUT', `/${draft.id}/lines/mug`, { quantity: 3 })
    await ask('PUT', `/${draft.id}/lines/tea`, { quantity: 1 })
    await ask('PUT', `/${draft.id}/lines/mug`, { quantity: 2 })
    const { body } = await ask('DELETE', `/${draft.id}/lines/tea`)
    expect(body).toMatchObject({ lines: [{ sku: 'mug', quantity: 2 }], version: 5 })
    expect(mugs()).toBe(before)
  })

  it('shows what it would cost, with the catalogue’s price beside the one staff set', async () => {
    const override = { unitPrice: euro(1000), reason: 'a scratch in the glaze' }
    const { id } = await begin({ ...guest, lines: [{ sku: 'mug', quantity: 2, override }] })
    await ask('PATCH', `/${id}`, { discount: { kind: 'percent', basisPoints: 1000, reason: 'waited on the line' } })
    expect((await ask('GET', `/${id}/quote`)).body).toMatchObject({
      lines: [{ sku: 'mug', catalogueUnitPrice: 1250, unitPrice: 1000, subtotal: 2000, discount: 200 }],
      discount: 200,
      shipping: 490,
      total: 2290,
    })
  })

  it('becomes an order at these prices, and the timeline says who set them and why', async () => {
    const override = { unitPrice: euro(1000), reason: 'a scratch in the glaze' }
    const { id } = await begin({ ...guest, lines: [{ sku: 'mug', quantity: 2, override }] })
    await ask('PATCH', `/${id}`, { discount: { kind: 'fixed', amount: euro(300), reason: 'waited on the line' } })
    const before = mugs()
    const placed = await place(id, { paymentMethodId: 'tok_approve', expectedTotal: euro(2190) })
    expect(placed).toMatchObject({ status: 201, body: { status: 'CONFIRMED', discount: euro(300), total: euro(2190) } })
    expect(shop.world.money.get(placed.body.id)).toMatchObject({ amount: 2190, state: 'captured' })
    expect(mugs()).toBe(before - 2)
    const timeline = await shop.service.request('GET', `/api/orders/${placed.body.id}/timeline`, { as: staff })
    const actor = `staff:${desk.kind === 'user' ? desk.id : ''}`
    expect(timeline.body.items).toMatchObject([
      { from: null, to: 'PENDING', actor },
      { actor, note: 'price of mug set to €10.00: a scratch in the glaze' },
      { actor, note: 'discount of €3.00: waited on the line' },
      { to: 'CONFIRMED' },
    ])
  })

  it('of a program says so in the timeline, under its API key', async () => {
    const key: Principal = { kind: 'key', id: uuidv7(), permissions: new Set(['orders:draft']) }
    const draft = { ...guest, discount: { kind: 'percent', basisPoints: 500, reason: 'a partner of ours' } }
    const { body } = await ask('POST', '', draft, { as: key })
    const placed = await place(body.id, { paymentMethodId: 'tok_approve' }, { as: key })
    const timeline = await shop.service.request('GET', `/api/orders/${placed.body.id}/timeline`, { as: staff })
    const actor = `key:${key.id}`
    expect(timeline.body.items).toMatchObject([{ to: 'PENDING', actor }, { actor }, { to: 'CONFIRMED' }])
  })

  it('waits for its customer to pay when there is no payment yet; the guest pays with the token', async () => {
    const { id } = await begin()
    const { body: order } = await place(id, { payWithinHours: 48 })
    expect(order).toMatchObject({ status: 'PENDING', payment: { outcome: 'awaiting-payment' }, guestToken: expect.any(String) })
    const [flow] = await shop.service.db.sql`
      select extract(epoch from p.due_at - now())::int as wait from processes p where p.name = 'checkout' and p.id = ${order.id}`
    expect(flow!['wait']).toBeGreaterThan(47 * 3600)
    const facts = () => shop.service.call<{ awaitsPayment: boolean }>('order', { orderId: order.id })
    expect(await facts()).toMatchObject({ awaitsPayment: true })
    const paid = await shop.service.request('PUT', `/api/orders/${order.id}/confirm?paymentMethodId=tok_approve`, {
      headers: { 'x-guest-token': order.guestToken },
    })
    expect(paid.body.status).toBe('CONFIRMED')
    expect(await facts()).toMatchObject({ awaitsPayment: false })
  })

  it('belongs to its customer, who sees it among their orders', async () => {
    const ann = somebody()
    const { id } = await begin({ customerId: ann.id, shippingAddress: address, lines: [{ sku: 'tea', quantity: 1 }] })
    const { body: order } = await place(id)
    expect(order).toMatchObject({ customerId: ann.id, guestToken: null })
    expect((await shop.service.request('GET', `/api/orders/${order.id}`, { as: ann })).status).toBe(200)
    expect((await shop.service.request('GET', `/api/orders/${order.id}`, { as: somebody() })).status).toBe(404)
  })

  it('becomes one order, however often and however many at once place it', async () => {
    const before = mugs()
    const { id } = await begin()
    const answers = await Promise.all(Array.from({ length: 6 }, () => place(id, { paymentMethodId: 'tok_approve' })))
    const orders = new Set(answers.filter(({ status }) => status === 201).map(({ body }) => body.id))
    expect(orders.size).toBe(1)
    expect((await place(id)).body.id).toBe([...orders][0])
    expect(mugs()).toBe(before - 2)
    expect((await ask('GET', `/${id}`)).body).toMatchObject({ status: 'placed', orderId: [...orders][0] })
    expect(await ask('PATCH', `/${id}`, { email: 'b@example.com' })).toMatchObject({
      status: 409,
      body: { code: 'orders/draft-placed' },
    })
    expect((await ask('DELETE', `/${id}`)).status).toBe(409)
  })

  it('may be placed again after a declined card; the same key answers the same', async () => {
    const { id } = await begin()
    const keyed = { headers: { 'idempotency-key': `draft-${id}` } }
    expect((await place(id, { paymentMethodId: 'tok_decline' }, keyed)).body.code).toBe('orders/payment-declined')
    expect((await place(id, { paymentMethodId: 'tok_decline' }, keyed)).body.code).toBe('orders/payment-declined')
    expect(await place(id, { paymentMethodId: 'tok_approve' }, keyed)).toMatchObject({
      status: 422,
      body: { code: 'orders/key-reused' },
    })
    expect((await place(id, { paymentMethodId: 'tok_approve' })).body.status).toBe('CONFIRMED')
  })

  it('takes no stock that is not there', async () => {
    const { id } = await begin({ ...guest, lines: [{ sku: 'last', quantity: 2 }] })
    expect((await place(id, { paymentMethodId: 'tok_approve' })).body.code).toBe('orders/out-of-stock')
    expect(shop.world.goods.get('last')!.stock).toBe(1)
  })

  it.each([
    [
      { lines: [{ sku: 'mug', quantity: 1, override: { unitPrice: { amount: 1, currency: 'USD' }, reason: 'wrong money' } }] },
      'wrong-currency',
    ],
    [{ discount: { kind: 'fixed', amount: euro(999_999), reason: 'too much of it' } }, 'discount-too-large'],
    [{ lines: [{ sku: 'voucher', quantity: 1, override: { unitPrice: euro(1), reason: 'cheap money' } }] }, 'gift-card-price'],
    [{ shippingAddress: null }, 'no-address'],
    [{ email: null }, 'no-email'],
    [{ lines: [] }, 'empty-order'],
    [{ lines: [{ sku: 'unicorn', quantity: 1 }] }, 'not-on-sale'],
    [{ couponCodes: ['NOSUCH'] }, 'coupon-refused'],
    [
      { lines: [{ sku: 'mug', quantity: 1_000_000, override: { unitPrice: euro(9_007_199_254_740_991), reason: 'overflow' } }] },
      'too-much',
    ],
  ])('is refused with a reason when it makes no sense: %j', async (change, code) => {
    const { id } = await begin({ ...guest, ...change })
    expect(await place(id, { paymentMethodId: 'tok_approve' })).toMatchObject({ status: 422, body: { code: `orders/${code}` } })
  })

  it.each([
    { lines: [{ sku: 'mug', quantity: 0 }] },
    { lines: [{ sku: 'mug', quantity: 1, override: { unitPrice: euro(-1), reason: 'negative' } }] },
    { lines: [{ sku: 'mug', quantity: 1, override: { unitPrice: euro(1) } }] },
    { discount: { kind: 'percent', basisPoints: 10_001, reason: 'more than all' } },
    { status: 'placed' },
    { orderId: uuidv7() },
    { createdBy: uuidv7() },
  ])('does not take what staff cannot mean: %j', async (body) => {
    expect((await ask('POST', '', { ...guest, ...body })).status).toBe(400)
  })

  it('knows no strangers, and is not overwritten unseen', async () => {
    const nobody = uuidv7()
    shop.world.strangers.add(nobody)
    expect((await ask('POST', '', { customerId: nobody })).body.code).toBe('orders/unknown-customer')
    const { id } = await begin()
    await ask('PATCH', `/${id}`, { email: 'b@example.com' }, { headers: { 'if-match': '"1"' } })
    const late = await ask('PATCH', `/${id}`, { email: 'c@example.com' }, { headers: { 'if-match': '"1"' } })
    expect(late).toMatchObject({ status: 412, body: { code: 'orders/draft-conflict' } })
  })

  it('is found, sorted and deleted', async () => {
    const ann = somebody()
    const first = await begin({ customerId: ann.id })
    const second = await begin({ customerId: ann.id, lines: [{ sku: 'mug', quantity: 4 }] })
    await ask('PATCH', `/${first.id}`, { locale: 'de' })
    const ids = async (query: string) =>
      ((await ask('GET', `?customerId=${ann.id}${query}`)).body.items as { id: string }[]).map(({ id }) => id)
    expect(await ids('')).toEqual([second.id, first.id])
    expect(await ids('&sort=changed')).toEqual([first.id, second.id])
    const page = (await ask('GET', `?customerId=${ann.id}&limit=1`)).body
    expect((await ask('GET', `?customerId=${ann.id}&limit=1&cursor=${page.next}`)).body.items).toMatchObject([{ id: first.id }])
    expect((await ask('DELETE', `/${first.id}`)).status).toBe(204)
    expect(await ids('&status=open')).toEqual([second.id])
    expect(await ids('&status=placed')).toEqual([])
  })

  it('is deleted when nobody touched it for a month, and when its customer is erased', async () => {
    const ann = somebody()
    const old = await begin()
    const hers = await begin({ customerId: ann.id, email: 'canary@example.com' })
    await shop.service.db.sql`update drafts set expires_at = now() where id = ${old.id}`
    await shop.service.runJob('orders.forget-drafts')
    expect((await ask('GET', `/${old.id}`)).status).toBe(404)
    expect((await ask('GET', `/${hers.id}`)).status).toBe(200)
    await shop.service.deliver(UserDeleted({ userId: ann.id }))
    expect((await ask('GET', `/${hers.id}`)).status).toBe(404)
  })
})
