import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { uuidv7 } from '#kit/core/ids.ts'
import { testUser } from '#kit/testing/service.ts'
import { openShop, staff, type TestShop } from './testing/shop.ts'

let shop: TestShop
beforeAll(async () => {
  shop = await openShop()
})
afterAll(() => shop.close())

describe('payments over HTTP', () => {
  it('are taken, captured and refunded by staff, each once', async () => {
    const orderId = uuidv7()
    const authorize = { orderId, amount: { amount: 1000, currency: 'EUR' }, paymentMethodId: 'tok_approve' }
    const first = await shop.request('POST', '/api/payments/authorize', { body: authorize, as: staff })
    expect(first).toMatchObject({ status: 200, body: { outcome: 'authorized', method: 'card' } })
    expect((await shop.request('POST', '/api/payments/authorize', { body: authorize, as: staff })).body).toEqual(first.body)
    expect(
      await shop.request('POST', '/api/payments/capture', { body: { paymentId: first.body.paymentId }, as: staff }),
    ).toMatchObject({ body: { outcome: 'captured' } })
    const refund = { orderId, amount: { amount: 400, currency: 'EUR' }, reason: 'late' }
    const headers = { 'idempotency-key': 'refund-once-please' }
    const refunded = await shop.request('POST', '/api/payments/refund', { body: refund, as: staff, headers })
    expect(refunded).toMatchObject({ status: 200, body: { outcome: 'refunded', refundable: { amount: 600 } } })
    expect((await shop.request('POST', '/api/payments/refund', { body: refund, as: staff, headers })).body).toEqual(refunded.body)
    expect(
      await shop.request('POST', '/api/payments/refund', {
        body: { ...refund, amount: { amount: 601, currency: 'EUR' } },
        as: staff,
      }),
    ).toMatchObject({ status: 422 })
    const details = await shop.request('GET', `/api/payments/${first.body.paymentId}`, { as: staff })
    expect(details.body).toMatchObject({
      state: 'partially-refunded',
      refunded: { amount: 400 },
      refunds: [{ state: 'succeeded' }],
    })
    expect(JSON.stringify(details.body)).not.toContain('tok_approve')
  })

  it('are seen by their customer and by staff, by nobody else', async () => {
    const customer = testUser(uuidv7())
    const orderId = uuidv7()
    const { paymentId } = await shop.pay('tok_approve', orderId, customer.id)
    const see = (as?: typeof customer) =>
      Promise.all(
        [`/api/payments/${paymentId}`, `/api/payments/orders/${orderId}`].map(
          async (url) => (await shop.request('GET', url, as ? { as } : {})).status,
        ),
      )
    expect(await see(customer)).toEqual([200, 200])
    expect(await see(staff)).toEqual([200, 200])
    expect(await see(testUser(uuidv7()))).toEqual([404, 404])
    expect(await see()).toEqual([401, 401])
    expect((await shop.request('GET', '/api/payments', { as: customer })).status).toBe(403)
    expect((await shop.request('POST', '/api/payments/refund', { as: customer, body: { orderId, reason: 'mine' } })).status).toBe(
      403,
    )
  })

  it('are listed newest first, page by page, without gaps', async () => {
    await Promise.all(Array.from({ length: 20 }, () => shop.pay('tok_approve')))
    const ids: string[] = []
    let url: string | undefined = '/api/payments?limit=7'
    while (url) {
      const answer = await shop.request('GET', url, { as: staff })
      expect(answer.status).toBe(200)
      ids.push(...answer.body.items.map(({ id }: { id: string }) => id))
      url = answer.body.next ? `/api/payments?limit=7&cursor=${answer.body.next}` : undefined
    }
    const [row] = await shop.db.sql`select count(*)::int as n from payments`
    expect(new Set(ids).size).toBe(row?.n)
    expect(ids).toHaveLength(row?.n)
  })

  it('are summed up for the books', async () => {
    const report = await shop.request('GET', '/api/payments/reports/summary', { as: staff })
    expect(report.status).toBe(200)
    for (const total of report.body.totals) expect(total.net).toBe(total.captured - total.refunded - total.chargedBack)
  })

  it('lead the shopper to the bank’s page and back', async () => {
    const orderId = uuidv7()
    const { url } = await shop.pay('tok_challenge', orderId)
    const path = new URL(url!).pathname
    const shown = await shop.request('GET', path)
    expect(shown.status).toBe(200)
    expect(shown.raw.toString()).toContain('10.00 EUR')
    expect(await shop.request('POST', path, { body: { approve: true } })).toMatchObject({
      status: 200,
      body: { outcome: 'approved' },
    })
    expect(await shop.request('POST', path, { body: { approve: true } })).toMatchObject({ status: 409 })
    expect(await shop.call('status', { orderId })).toMatchObject({ outcome: 'captured' })
  })
})

describe('saved payment methods', () => {
  const card = { token: 'pm_card_approve', kind: 'card', brand: 'visa', last4: '4242', expMonth: 1, expYear: 2030 }

  it('S2: belong to one customer, have one default, and pay only their owner’s orders', async () => {
    const mina = testUser(uuidv7())
    const first = await shop.request('POST', '/api/payments/methods', { as: mina, body: card })
    expect(first).toMatchObject({ status: 201, body: { isDefault: true, label: 'visa ••4242' } })
    const second = await shop.request('POST', '/api/payments/methods', {
      as: mina,
      body: { ...card, token: 'pm_card_decline', isDefault: true },
    })
    expect(await shop.request('POST', '/api/payments/methods', { as: mina, body: card })).toMatchObject({ status: 409 })
    const { items } = (await shop.request('GET', '/api/payments/methods', { as: mina })).body
    expect(items.map(({ id, isDefault }: { id: string; isDefault: boolean }) => [id, isDefault])).toEqual([
      [second.body.id, true],
      [first.body.id, false],
    ])
    expect(JSON.stringify(items)).not.toContain('pm_card')
    expect(await shop.pay(first.body.id, uuidv7(), mina.id)).toMatchObject({ outcome: 'captured' })
    expect(await shop.pay(first.body.id, uuidv7(), uuidv7())).toMatchObject({ outcome: 'declined' })
    const other = testUser(uuidv7())
    expect((await shop.request('DELETE', `/api/payments/methods/${first.body.id}`, { as: other })).status).toBe(404)
    expect(
      (await shop.request('PATCH', `/api/payments/methods/${first.body.id}`, { as: other, body: { label: 'x' } })).status,
    ).toBe(404)
    expect((await shop.request('DELETE', `/api/payments/methods/${second.body.id}`, { as: mina })).status).toBe(204)
    expect((await shop.request('GET', '/api/payments/methods', { as: mina })).body.items).toMatchObject([
      { id: first.body.id, isDefault: true },
    ])
  })

  it('never hold a card number', async () => {
    const mina = testUser(uuidv7())
    for (const token of ['4111111111111111', '4111-1111-1111-1111']) {
      expect((await shop.request('POST', '/api/payments/methods', { as: mina, body: { ...card, token } })).status).toBe(422)
    }
    const [row] = await shop.db.sql`select count(*)::int as n from payment_methods where token like '4111%'`
    expect(row?.n).toBe(0)
  })
})
