import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { brokenRules, openShop, type Shop, somebody, staff } from './shop.fixture.ts'

let shop: Shop
beforeAll(async () => {
  shop = await openShop()
}, 60_000)
afterAll(() => shop.close())
afterEach(async () => expect(await brokenRules(shop)).toEqual([]))

const issue = async (amount: number, more: object = {}, headers = {}) =>
  await shop.service.request('POST', '/api/gift-cards', {
    as: staff,
    headers,
    body: { value: { amount, currency: 'EUR' }, ...more },
  })
const balanceOf = async (code: string) =>
  (await shop.service.request('POST', '/api/gift-cards/balance', { body: { code } })).body.balance?.amount as number | undefined
const cancel = (id: string) => shop.service.request('PUT', `/api/orders/${id}/cancel`, { as: staff, body: {} })

describe('S11: a gift card', () => {
  it('shows its code once, is found by it however it is typed, and is never in an event', async () => {
    const card = await issue(5000, { email: 'bob@example.com' })
    expect(card).toMatchObject({
      status: 201,
      body: { code: expect.stringMatching(/^([0-9A-Z]{4}-){3}[0-9A-Z]{4}$/), balance: { amount: 5000 } },
    })
    const { code, id } = card.body
    expect(await balanceOf(code.toLowerCase().replaceAll('-', ' '))).toBe(5000)
    expect(await balanceOf('AAAA-AAAA-AAAA-AAAA')).toBeUndefined()
    expect((await shop.service.request('GET', `/api/gift-cards/${id}`, { as: staff })).body).not.toHaveProperty('code')
    const [event] = (await shop.service.events('GiftCardIssued.v1')).filter(({ subject }) => subject === id)
    expect(event!.data).toEqual({ giftCardId: id, value: { amount: 5000, currency: 'EUR' }, orderId: null })
    expect(await shop.service.call('giftCard', { giftCardId: id })).toMatchObject({ code, email: 'bob@example.com' })
    const everything = JSON.stringify(
      await shop.service.db.sql`select g.*, e.* from gift_cards g, gift_card_entries e where e.gift_card_id = g.id`,
      (_, value) => (typeof value === 'bigint' ? String(value) : value),
    )
    expect(everything).not.toContain(code)
  })

  it('is asked for what is left by many at once, who are all answered: nobody holds a connection and waits for another', async () => {
    const { code } = (await issue(5000)).body
    expect(new Set(await Promise.all(Array.from({ length: 60 }, () => balanceOf(code))))).toEqual(new Set([5000]))
  })

  it('is issued once under one Idempotency-Key', async () => {
    const headers = { 'idempotency-key': 'a-card-for-bob' }
    const [first, again] = await Promise.all([issue(5000, {}, headers), issue(5000, {}, headers)])
    expect(again.body).toEqual(first.body)
    expect(await issue(9000, {}, headers)).toMatchObject({ status: 422, body: { code: 'orders/key-reused' } })
    expect(
      await shop.service.db.sql`select 1 from idempotency_keys where position(${Buffer.from(first.body.code)} in body) > 0`,
    ).toHaveLength(0)
  })

  it('pays a part, the card pays the rest', async () => {
    const { code } = (await issue(1000)).body
    const placed = await shop.order({ giftCardCodes: [code] })
    expect(placed.body).toMatchObject({ status: 'CONFIRMED', total: { amount: 1740 }, giftCardPaid: { amount: 1000 } })
    expect(shop.world.money.get(placed.body.id)!.amount).toBe(740)
    expect(await balanceOf(code)).toBe(0)
    expect(await shop.order({ giftCardCodes: [code] })).toMatchObject({
      status: 422,
      body: { code: 'orders/gift-card-refused', details: { reason: 'empty' } },
    })
  })

  it('that covers everything needs no other payment', async () => {
    const [first, second] = [(await issue(1000)).body.code, (await issue(5000)).body.code]
    const placed = await shop.order({ giftCardCodes: [first, first.toLowerCase(), second], paymentMethodId: undefined })
    expect(placed.body).toMatchObject({ status: 'CONFIRMED', giftCardPaid: { amount: 1740 } })
    expect(shop.world.money.has(placed.body.id)).toBe(false)
    expect([await balanceOf(first), await balanceOf(second)]).toEqual([0, 4260])
  })

  it('is not money twice: one card, ten orders at once', async () => {
    const { code, id } = (await issue(3000)).body
    const orders = await Promise.all(
      Array.from({ length: 10 }, (_, n) => shop.order({ email: `spender${n}@example.com`, giftCardCodes: [code] })),
    )
    const paid = orders.filter(({ status }) => status === 201).reduce((sum, { body }) => sum + body.giftCardPaid.amount, 0)
    expect(paid + (await balanceOf(code))!).toBe(3000)
    for (const { status, body } of orders)
      expect(status === 201 || ['orders/promotion-refused', 'orders/gift-card-refused'].includes(body.code)).toBe(true)
    const detail = await shop.service.request('GET', `/api/gift-cards/${id}`, { as: staff })
    expect(detail.body.entries.reduce((sum: number, { amount }: { amount: { amount: number } }) => sum + amount.amount, 0)).toBe(
      detail.body.balance.amount,
    )
  })

  it('has its money back when the order is cancelled, once', async () => {
    const { code } = (await issue(1000)).body
    const placed = await shop.order({ giftCardCodes: [code] })
    await cancel(placed.body.id)
    await cancel(placed.body.id)
    await shop.service.db.sql`select release_promotions(${placed.body.id})`
    expect(await balanceOf(code)).toBe(1000)
    expect(shop.world.money.get(placed.body.id)!.givenBack).toBe(740)
  })

  it('has its money back when the rest is declined', async () => {
    const { code } = (await issue(1000)).body
    expect((await shop.order({ giftCardCodes: [code], paymentMethodId: 'tok_decline' })).status).toBe(402)
    expect(await balanceOf(code)).toBe(1000)
  })

  it('in another currency, expired or stopped pays nothing', async () => {
    const dollars = await issue(1000, { value: { amount: 1000, currency: 'USD' } })
    const old = await issue(1000, { expiresAt: '2020-01-01T00:00:00Z' })
    const lost = await issue(1000)
    await shop.service.request('POST', `/api/gift-cards/${lost.body.id}/block`, { as: staff })
    for (const [{ body }, reason] of [
      [dollars, 'wrong-currency'],
      [old, 'expired'],
      [lost, 'blocked'],
    ] as const) {
      expect((await shop.order({ giftCardCodes: [body.code] })).body.details).toEqual({ reason })
    }
    expect((await shop.order({ giftCardCodes: ['0000-0000-0000-0000'] })).body.details).toEqual({ reason: 'unknown' })
  })

  it('is for staff to issue and to see', async () => {
    expect(
      (await shop.service.request('POST', '/api/gift-cards', { as: somebody(), body: { value: { amount: 1, currency: 'EUR' } } }))
        .status,
    ).toBe(403)
    expect((await shop.service.request('GET', '/api/gift-cards', {})).status).toBe(401)
    expect((await shop.service.request('GET', '/api/gift-cards?limit=2', { as: staff })).body.items).toHaveLength(2)
  })

  it('entries cannot be rewritten by the service itself', async () => {
    await expect(shop.service.db.sql`update gift_card_entries set amount = 1`).rejects.toThrow(/permission denied/)
    await expect(shop.service.db.sql`delete from gift_card_entries`).rejects.toThrow(/permission denied/)
  })
})

describe('a gift card bought in the shop', () => {
  const buy = (quantity = 1) => shop.order({ items: [{ sku: 'voucher', quantity }], email: 'giver@example.com' })
  const bought = async (orderId: string) =>
    (await shop.service.request('GET', `/api/gift-cards?orderId=${orderId}`, { as: staff })).body.items as {
      id: string
      balance: { amount: number }
      blocked: boolean
    }[]
  const run = () => shop.service.runJob('orders.issue-bought-gift-cards')
  const codeOf = async (id: string) =>
    (await shop.service.call<{ code: string; email: string }>('giftCard', { giftCardId: id })).code

  it('is issued when its order is confirmed, one a unit, once', async () => {
    const placed = await buy(2)
    await Promise.all([run(), run()])
    await run()
    const cards = await bought(placed.body.id)
    expect(cards.map(({ balance }) => balance.amount)).toEqual([5000, 5000])
    expect(await shop.service.call('giftCard', { giftCardId: cards[0]!.id })).toMatchObject({
      email: 'giver@example.com',
      orderId: placed.body.id,
    })
    expect(
      (await shop.service.events('GiftCardIssued.v1')).filter(
        ({ data }) => (data as { orderId: string }).orderId === placed.body.id,
      ),
    ).toHaveLength(2)
  })

  it('is not issued for an order nobody paid', async () => {
    const placed = await shop.order({ items: [{ sku: 'voucher', quantity: 1 }], paymentMethodId: undefined })
    await run()
    expect(await bought(placed.body.id)).toEqual([])
    await cancel(placed.body.id)
    await run()
    expect(await bought(placed.body.id)).toEqual([])
  })

  it('ends with its order', async () => {
    const placed = await buy()
    await run()
    const [card] = await bought(placed.body.id)
    const code = await codeOf(card!.id)
    expect((await cancel(placed.body.id)).body.status).toBe('CANCELLED')
    expect(await balanceOf(code)).toBe(0)
    expect((await shop.order({ giftCardCodes: [code] })).body.details.reason).toBe('blocked')
  })

  it('that was spent keeps its order from being cancelled', async () => {
    const placed = await buy()
    await run()
    const code = await codeOf((await bought(placed.body.id))[0]!.id)
    expect((await shop.order({ giftCardCodes: [code] })).status).toBe(201)
    expect(await cancel(placed.body.id)).toMatchObject({ status: 409, body: { code: 'orders/gift-card-spent' } })
    expect(await balanceOf(code)).toBe(5000 - 1740)
    expect((await shop.order({ giftCardCodes: [code] })).status).toBe(201)
  })

  it('may be used again when the cancellation came too late', async () => {
    const placed = await shop.order({
      items: [
        { sku: 'voucher', quantity: 1 },
        { sku: 'mug', quantity: 1 },
      ],
    })
    await run()
    shop.world.parcels.get(placed.body.id)!.state = 'gone'
    expect(await cancel(placed.body.id)).toMatchObject({ status: 409, body: { code: 'orders/too-late' } })
    expect((await bought(placed.body.id))[0]).toMatchObject({ blocked: false, balance: { amount: 5000 } })
  })
})
