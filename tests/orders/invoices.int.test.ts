import { inflateSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { OrderCancelled, OrderConfirmed } from '#contracts/events/orders.ts'
import { UserDeleted } from '#contracts/events/users.ts'
import { uuidFrom, uuidv7 } from '#kit/core/ids.ts'
import { eventually } from '#kit/testing/eventually.ts'
import { testUser } from '#kit/testing/service.ts'
import { openReturnsShop, type ReturnsShop, support } from './returns.fixture.ts'

let shop: ReturnsShop
beforeAll(async () => {
  shop = await openReturnsShop({ shopName: 'Corner Shop', shopAddress: 'High Street 5 | Berlin', shopTaxId: 'DE42' })
})
afterAll(() => shop.close())

type Order = { id: string; number: string; guestToken: string; items: { lineId: string }[] }
const guest = (order: Order) => ({ headers: { 'x-guest-token': order.guestToken } })
const makeAll = () => shop.service.runJob('orders.make-documents')
const invoice = (order: Order, who: object = guest(order)) => shop.service.request('GET', `/api/orders/${order.id}/invoice`, who)
const numbers = async (kind: string) =>
  (
    await shop.service.db.sql<
      { number: string }[]
    >`select i.number from invoices i where i.kind = ${kind} and i.number is not null order by i.number`
  ).map((row) => row.number)

async function told(type: 'OrderConfirmed.v1' | 'OrderCancelled.v1', orderId: string): Promise<void> {
  const event = (await shop.service.events(type)).find(({ subject }) => subject === orderId)
  if (!event) throw new Error(`no ${type} of ${orderId}`)
  await shop.service.deliver(
    type === 'OrderConfirmed.v1' ? OrderConfirmed(event.data as never) : OrderCancelled(event.data as never),
  )
}

async function confirmed(
  lines = [{ sku: 'mug', quantity: 2 }],
  more: object = {},
  as?: Parameters<ReturnsShop['delivered']>[2],
): Promise<Order> {
  const order = await shop.delivered(lines, more, as)
  await told('OrderConfirmed.v1', order.id)
  return order
}

/** The words of a PDF, without spaces: the drawing places letters one by one. */
function textOf(pdf: Buffer): string {
  const parts: string[] = []
  for (let at = pdf.indexOf('stream\n'); at >= 0; at = pdf.indexOf('stream\n', at + 7)) {
    const end = pdf.indexOf('endstream', at)
    try {
      const content = inflateSync(pdf.subarray(at + 7, end)).toString('latin1')
      for (const [, hex] of content.matchAll(/<([0-9a-f]+)>/g)) parts.push(Buffer.from(hex!, 'hex').toString('latin1'))
    } catch {
      // fonts and pictures
    }
  }
  return parts.join('').replace(/\s/g, '')
}

describe('an invoice', () => {
  it('is made after the order is confirmed, and shown to its customer and to staff only', async () => {
    const order = await confirmed([
      { sku: 'mug', quantity: 2 },
      { sku: 'pot', quantity: 1 },
    ])
    const soon = await invoice(order)
    expect(soon.status).toBe(202)
    expect(soon.headers['retry-after']).toBe('2')
    await makeAll()
    const made = await invoice(order)
    expect(made).toMatchObject({
      status: 200,
      headers: { 'content-type': 'application/pdf', 'cache-control': 'private, no-store' },
    })
    const text = textOf(made.raw)
    const [number] = await numbers('invoice')
    expect(number).toBe(`INV-${new Date().getUTCFullYear()}-000001`)
    // 2 × 10.00 + 33.33 + 4.90
    for (const word of [number!, order.number, 'CornerShop', 'HighStreet5', 'DE42', 'AnnArcher', '58.23', 'Paidinfull', '19%'])
      expect(text).toContain(word)
    expect((await invoice(order, { as: support })).status).toBe(200)
    expect((await invoice(order, { as: testUser(uuidv7()) })).status).toBe(404)
    expect((await invoice(order, {})).status).toBe(404)
  })

  it('in German where the order was', async () => {
    const order = await confirmed([{ sku: 'mug', quantity: 1 }], { locale: 'de' })
    await makeAll()
    const text = textOf((await invoice(order)).raw)
    for (const word of ['Rechnung', '14,90', 'Vollst']) expect(text).toContain(word)
  })

  it('can be asked for before the news of the confirmation is through; orders that are not confirmed or imported have none', async () => {
    const order: Order = await shop.delivered([{ sku: 'mug', quantity: 1 }])
    expect((await invoice(order)).status).toBe(202)
    await makeAll()
    expect((await invoice(order)).status).toBe(200)
    const imported: Order = await shop.delivered([{ sku: 'mug', quantity: 1 }])
    await shop.service.db.sql`update orders o set imported = true where o.id = ${imported.id}`
    expect((await invoice(imported)).status).toBe(404)
    await shop.service.db.sql`update orders o set imported = false where o.id = ${imported.id}`
    const { body: waiting } = await shop.service.request('POST', '/api/orders', {
      body: {
        items: [{ sku: 'mug', quantity: 1 }],
        email: 'a@example.com',
        shippingAddress: { name: 'A', line1: '1', city: 'B', postalCode: '1', country: 'DE' },
      },
    })
    expect((await invoice(waiting)).status).toBe(404)
  })

  it('has a number without gaps, also when many orders are confirmed at once and some documents fail', async () => {
    const orders: Order[] = await Promise.all(Array.from({ length: 12 }, () => confirmed([{ sku: 'mug', quantity: 1 }])))
    shop.world.crashAfter.add('payments.status')
    const { sql } = shop.service.db
    // six at the same time, and one in a transaction that fails
    await Promise.allSettled([
      ...orders.slice(0, 6).map(({ id }) => sql`select number_invoice(${id})`),
      shop.service.db.tx(async (tx) => {
        await tx`select number_invoice(${orders[7]!.id})`
        throw new Error('the power went off')
      }),
    ])
    // the same one by two at the same time: the second waits for the first and gets the same number
    let second: Promise<unknown> | undefined
    await shop.service.db.tx(async (tx) => {
      await tx`select number_invoice(${orders[8]!.id})`
      second = sql`select number_invoice(${orders[8]!.id})`.execute()
      await eventually(async () => {
        const [waiting] = await shop.service.database.admin`select 1 from pg_locks l where not l.granted`
        expect(waiting).toBeDefined()
      })
    })
    await second
    await Promise.all([makeAll(), makeAll()])
    await sql`update invoices i set retry_at = now() where i.object_key is null`
    await makeAll()
    for (const order of orders) expect((await invoice(order)).status).toBe(200)
    const given = await numbers('invoice')
    expect(given).toEqual(given.map((_, index) => `INV-${new Date().getUTCFullYear()}-${String(index + 1).padStart(6, '0')}`))
  })

  it('of another channel has a series of its own with other numbers', async () => {
    const order: Order = await shop.delivered([{ sku: 'mug', quantity: 1 }])
    await shop.service.db
      .sql`insert into invoices (id, kind, order_id, channel) values (${order.id}, 'invoice', ${order.id}, 'wholesale')`
    await makeAll()
    expect(await numbers('invoice')).toContain(`INV-WHOLESALE-${new Date().getUTCFullYear()}-000001`)
  })

  it('of a cancelled order is taken back by a credit note', async () => {
    const { body: order } = await shop.service.request('POST', '/api/orders', {
      body: {
        items: [{ sku: 'mug', quantity: 1 }],
        email: 'a@example.com',
        shippingAddress: { name: 'A', line1: '1', city: 'B', postalCode: '1', country: 'DE' },
        paymentMethodId: 'tok',
      },
    })
    await told('OrderConfirmed.v1', order.id)
    await shop.service.request('PUT', `/api/orders/${order.id}/cancel`, { ...guest(order), body: {} })
    await told('OrderCancelled.v1', order.id)
    await makeAll()
    const [note] = await shop.service.db.sql<{ number: string; object_key: string }[]>`
      select i.number, i.object_key from invoices i where i.id = ${uuidFrom(`cancellation of order ${order.id}`)}`
    expect(note?.number).toMatch(/^CN-/)
    expect(note?.object_key).toContain(note?.number)
  })

  it('loses name and address with its customer, and keeps its number', async () => {
    const customer = testUser(uuidv7())
    const order = await confirmed([{ sku: 'mug', quantity: 1 }], {}, customer)
    await makeAll()
    const before = textOf((await invoice(order, { as: support })).raw)
    await shop.service.deliver(UserDeleted({ userId: customer.id } as never))
    await makeAll()
    const after = textOf((await invoice(order, { as: support })).raw)
    expect([before.includes('AnnArcher'), after.includes('AnnArcher')]).toEqual([true, false])
    const number = /INV-\d+-\d{6}/.exec(before)![0]
    expect(after).toContain(number)
  })
})

describe('a credit note', () => {
  it('says what went back for returned goods', async () => {
    const order = await confirmed([{ sku: 'mug', quantity: 3 }])
    const { body } = await shop.service.request('POST', `/api/orders/${order.id}/returns`, {
      body: { lines: [{ lineId: order.items[0]!.lineId, quantity: 2, reason: 'changed-mind' }] },
      ...guest(order),
    })
    const note = () => shop.service.request('GET', `/api/returns/${body.id}/credit-note`, guest(order))
    expect((await note()).status).toBe(404)
    await shop.service.request('POST', `/api/returns/${body.id}/approve`, { body: { fee: 250 }, as: support })
    await shop.service.request('POST', `/api/returns/${body.id}/receive`, { body: {}, as: support })
    await shop.settle()
    expect((await note()).status).toBe(202)
    await makeAll()
    const text = textOf((await note()).raw)
    const given = (await numbers('credit-note')).at(-1)!
    for (const word of ['Creditnote', given, '20.00', '2.50', '17.50']) expect(text).toContain(word)
    const [booked] = await shop.service.db.sql<
      { number: string; amount: bigint }[]
    >`select n.number, n.amount from credit_notes n where n.return_id = ${body.id}`
    expect(booked).toEqual({ number: given, amount: 1750n })
  })

  it('of an order partly paid by gift card credits the payment first, then the card', async () => {
    const { body: card } = await shop.service.request('POST', '/api/gift-cards', {
      body: { value: { amount: 1500, currency: 'EUR' } },
      as: support,
    })
    const order = await confirmed([{ sku: 'mug', quantity: 2 }], { giftCardCodes: [card.code] })
    // 20.00 + 4.90 − 15.00
    expect(shop.world.money.get(order.id)).toEqual({ taken: 990, back: 0 })
    const { body } = await shop.service.request('POST', `/api/orders/${order.id}/returns`, {
      body: { lines: [{ lineId: order.items[0]!.lineId, quantity: 2, reason: 'defective' }] },
      ...guest(order),
    })
    await shop.service.request('POST', `/api/returns/${body.id}/approve`, { body: {}, as: support })
    await shop.service.request('POST', `/api/returns/${body.id}/receive`, { body: {}, as: support })
    await shop.settle()
    expect(shop.refunded(order.id)).toBe(990)
    const [left] = await shop.service.db.sql<{ balance: bigint }[]>`select g.balance from gift_cards g where g.id = ${card.id}`
    expect(left?.balance).toBe(1010n)
    for (const { name, sql } of shop.service.running.service.invariants ?? []) {
      expect({ name, rows: [...(await shop.service.db.sql.unsafe(sql))] }).toEqual({ name, rows: [] })
    }
  })
})
