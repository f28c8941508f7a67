import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { OrderCancelled, OrderConfirmed } from '#contracts/events/orders.ts'
import { uuidv7 } from '#kit/core/ids.ts'
import { editsIn, euro, lineOf, twoMugs } from './edits.fixture.ts'
import { address, brokenRules, openShop, type Shop, somebody, staff } from './shop.fixture.ts'

let shop: Shop
beforeAll(async () => {
  shop = await openShop()
}, 60_000)
afterAll(() => shop.close())
afterEach(async () => {
  expect(await brokenRules(shop)).toEqual([])
  expect(await leftOpen()).toEqual([])
})

const { call, edit, read, stock, recover, kept, leftOpen } = editsIn(() => shop)

describe('a confirmed order', () => {
  it('gets more: the goods are taken, the difference is paid, the parcel holds them', async () => {
    const { body: order } = await shop.order(twoMugs)
    const before = [stock('mug'), stock('tea')]
    const changed = await edit(
      order.id,
      [
        { lineId: lineOf(order, 'mug'), quantity: 3 },
        { sku: 'tea', quantity: 2 },
      ],
      {
        paymentMethodId: 'tok_approve',
        expectedTotal: euro(5220),
        reason: 'called back',
      },
    )
    expect(changed).toMatchObject({
      status: 201,
      body: { edit: { status: 'applied', difference: euro(2230) }, order: { total: euro(5220) }, payment: { outcome: 'none' } },
    })
    expect([stock('mug'), stock('tea')]).toEqual([before[0]! - 1, before[1]! - 2])
    expect(await kept(order.id)).toBe(5220)
    expect(shop.world.parcels.get(order.id)!.lines).toEqual([{ sku: 'mug', quantity: 3 }, { sku: 'tea', quantity: 2 }]) // biome-ignore format: one line
    expect(changed.body.order.items.map((item: { lineId: string }) => item.lineId)).toContain(lineOf(order, 'mug'))
    const { body: timeline } = await call('GET', `${order.id}/timeline`)
    expect(timeline.items.at(-1)).toMatchObject({
      from: 'CONFIRMED',
      to: 'CONFIRMED',
      note: 'mug: 2 → 3, 2 × tea added (called back)',
    })
    const updated = (await shop.service.events('OrderUpdated.v1')).at(-1)
    expect(updated).toMatchObject({
      subject: order.id,
      data: { changed: ['lines'], total: euro(5220), lines: [{ quantity: 3 }, {}] },
    })
  })

  it('gets less: the goods go back and so does the money', async () => {
    const { body: order } = await shop.order({
      items: [
        { sku: 'mug', quantity: 3 },
        { sku: 'tea', quantity: 1 },
      ],
    })
    const before = [stock('mug'), stock('tea')]
    const { body } = await edit(order.id, [
      { lineId: lineOf(order, 'mug'), quantity: 1 },
      { lineId: lineOf(order, 'tea'), quantity: 0 },
    ])
    expect(body).toMatchObject({
      edit: { status: 'applied', difference: euro(-2990) },
      order: { total: euro(1740), items: [{}] },
    })
    expect([stock('mug'), stock('tea')]).toEqual([before[0]! + 2, before[1]! + 1])
    expect(await kept(order.id)).toBe(1740)
  })

  it('keeps the price of the day for goods it had, and pays today’s for new ones', async () => {
    const { body: order } = await shop.order(twoMugs)
    shop.world.goods.get('mug')!.price = 9000
    shop.world.goods.get('tea')!.price = 600
    const { body: quote } = await call('POST', `${order.id}/edits/quote`, {
      lines: [
        { lineId: lineOf(order, 'mug'), quantity: 3 },
        { sku: 'tea', quantity: 1 },
      ],
    })
    shop.world.goods.get('mug')!.price = 1250
    shop.world.goods.get('tea')!.price = 490
    expect(quote).toMatchObject({ total: euro(3 * 1250 + 600 + 490), difference: euro(1850) })
    expect((await read(order.id)).version).toBe(2)
  })

  it('stays as it was when there is not enough, and when the card is refused', async () => {
    const { body: order } = await shop.order(twoMugs)
    const before = [stock('mug'), stock('last'), stock('tea')]
    const short = await edit(order.id, [{ sku: 'last', quantity: 2 }], { paymentMethodId: 'tok_approve' })
    expect(short).toMatchObject({
      status: 409,
      body: { code: 'orders/edit-refused', details: { reason: 'out-of-stock', missing: [{ sku: 'last' }] } },
    })
    const refused = await edit(order.id, [{ sku: 'tea', quantity: 2 }], { paymentMethodId: 'tok_decline' })
    expect(refused).toMatchObject({ status: 409, body: { details: { reason: 'payment-refused' } } })
    await recover()
    expect([stock('mug'), stock('last'), stock('tea')]).toEqual(before)
    expect(await read(order.id)).toMatchObject({ total: order.total, version: 2 })
    expect(await kept(order.id)).toBe(order.total.amount)
  })

  it('stays as it was when its parcel leaves meanwhile: money and goods go back', async () => {
    const { body: order } = await shop.order(twoMugs)
    const before = stock('tea')
    shop.world.parcels.get(order.id)!.state = 'gone'
    const late = await edit(order.id, [{ sku: 'tea', quantity: 1 }], { paymentMethodId: 'tok_approve' })
    expect(late).toMatchObject({ status: 409, body: { details: { reason: 'dispatched' } } })
    await recover()
    expect(stock('tea')).toBe(before)
    expect(await kept(order.id)).toBe(order.total.amount)
  })

  it('either changes or is cancelled when both are asked at once', async () => {
    for (let time = 0; time < 8; time += 1) {
      const before = [stock('mug'), stock('tea')]
      const { body: order } = await shop.order(twoMugs)
      await Promise.all([
        edit(order.id, [{ sku: 'tea', quantity: 1 }], { paymentMethodId: 'tok_approve' }),
        call('PUT', `${order.id}/cancel`, {}),
      ])
      await recover()
      const after = await read(order.id)
      expect(await kept(order.id)).toBe(after.status === 'CANCELLED' ? 0 : after.total.amount)
      if (after.status === 'CANCELLED') expect([stock('mug'), stock('tea')]).toEqual(before)
    }
  })

  it('keeps its promotions, worked out for what it is now', async () => {
    const promotion = {
      name: 'Ten off', active: true, automatic: false, exclusive: false, priority: 0,
      action: { kind: 'percent', basisPoints: 1000 }, conditions: {}, startsAt: null, endsAt: null, usageLimit: 1, customerLimit: null,
    } // biome-ignore format: one promotion
    const { body: made } = await shop.service.request('POST', '/api/promotions', { body: promotion, as: staff })
    await shop.service.request('POST', `/api/promotions/${made.id}/coupons`, { body: { codes: ['EDIT10'] }, as: staff })
    const { body: order } = await shop.order({ ...twoMugs, couponCodes: ['EDIT10'] })
    expect(order.discount).toEqual(euro(250))
    const { body } = await edit(order.id, [{ lineId: lineOf(order, 'mug'), quantity: 4 }], { paymentMethodId: 'tok_approve' })
    expect(body.order).toMatchObject({ discount: euro(500), promotions: [{ code: 'EDIT10', amount: euro(500) }] })
  })

  it('gets another invoice, and a credit note for the one it had', async () => {
    const { body: order } = await shop.order(twoMugs)
    const [confirmed] = (await shop.service.events('OrderConfirmed.v1')).filter(({ subject }) => subject === order.id)
    await shop.service.deliver(OrderConfirmed(confirmed!.data as never))
    await shop.service.runJob('orders.make-documents')
    await edit(order.id, [{ lineId: lineOf(order, 'mug'), quantity: 1 }])
    await shop.service.runJob('orders.make-documents')
    const documents = await shop.service.db.sql`
      select i.kind, i.number is not null as numbered, (i.content ->> 'total')::int as total, i.problem from invoices i where i.order_id = ${order.id} order by i.content is null, i.kind desc`
    expect(documents).toMatchObject([
      { kind: 'invoice', numbered: true, total: order.total.amount, problem: null },
      { kind: 'credit-note', numbered: true, total: order.total.amount, problem: null },
      { kind: 'invoice', numbered: true, total: null, problem: null },
    ])
    const pdf = await call('GET', `${order.id}/invoice`)
    const [last] = await shop.service.db.sql`select i.number from invoices i where i.id = invoice_of(${order.id})`
    expect(pdf.headers['content-disposition']).toContain(last!['number'])
    await call('PUT', `${order.id}/cancel`, {})
    const [cancelled] = (await shop.service.events('OrderCancelled.v1')).filter(({ subject }) => subject === order.id)
    await shop.service.deliver(OrderCancelled(cancelled!.data as never))
    const [taken] = await shop.service.db
      .sql`select 1 from invoices i where i.order_id = ${order.id} and i.kind = 'credit-note' and i.corrects = invoice_of(${order.id})`
    expect(taken).toBeDefined()
  })
})

describe('what cannot be changed', () => {
  it('says why', async () => {
    const { body: order } = await shop.order(twoMugs)
    const mug = lineOf(order, 'mug')
    const refusals: [object[], object, number, string][] = [
      [[{ lineId: uuidv7(), quantity: 1 }], {}, 422, 'unknown-edit-line'],
      [[{ lineId: mug, quantity: 2 }], {}, 422, 'nothing-changed'],
      [
        [
          { lineId: mug, quantity: 1 },
          { lineId: mug, quantity: 3 },
        ],
        {},
        422,
        'line-twice',
      ],
      [[{ sku: 'mug', quantity: 3 }], {}, 422, 'line-twice'],
      [[{ lineId: mug, quantity: 0 }], {}, 422, 'empty-order'],
      [[{ sku: 'unicorn', quantity: 1 }], {}, 422, 'not-on-sale'],
      [[{ sku: 'voucher', quantity: 1 }], {}, 409, 'edit-gift-card-line'],
      [[{ lineId: mug, quantity: 3 }], { expectedTotal: euro(1) }, 409, 'price-changed'],
    ]
    for (const [lines, more, status, code] of refusals)
      expect(await edit(order.id, lines, more)).toMatchObject({ status, body: { code: `orders/${code}` } })
    for (const lines of [
      [],
      [{ lineId: mug, quantity: -1 }],
      [{ lineId: mug, quantity: 1.5 }],
      [{ sku: 'tea', quantity: 1, unitPrice: 1 }],
    ])
      expect((await edit(order.id, lines)).status).toBe(400)
    const stale = await edit(order.id, [{ sku: 'tea', quantity: 1 }], {}, { as: staff, headers: { 'if-match': '"1"' } })
    expect(stale).toMatchObject({ status: 412, body: { code: 'orders/version-conflict' } })
    await call('PUT', `${order.id}/cancel`, {})
    expect((await edit(order.id, [{ sku: 'tea', quantity: 1 }])).body.code).toBe('orders/not-editable')
  })

  it('is for staff; other people’s orders do not exist', async () => {
    const { body: order } = await shop.order(twoMugs)
    const guest = { headers: { 'x-guest-token': order.guestToken } }
    expect((await edit(order.id, [{ sku: 'tea', quantity: 1 }], {}, guest)).status).toBe(401)
    expect((await edit(order.id, [{ sku: 'tea', quantity: 1 }], {}, { as: somebody() })).status).toBe(403)
    const { body } = await edit(order.id, [{ sku: 'tea', quantity: 1 }])
    const path = `${order.id}/edits/${body.edit.id}`
    for (const [
      method,
      to,
      sent,
    ] of [['GET', path], ['DELETE', path], ['POST', `${path}/pay`, { paymentMethodId: 'tok' }], ['PUT', `${order.id}/shipping-address`, address]] as const) // biome-ignore format: one table
      expect((await call(method, to, sent, { as: somebody() })).status).toBe(404)
    const { body: other } = await shop.order(twoMugs)
    expect((await call('DELETE', `${other.id}/edits/${body.edit.id}`)).status).toBe(404)
    await call('DELETE', path)
  })
})
