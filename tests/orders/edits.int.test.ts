import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { OrderCancelled, OrderConfirmed } from '#contracts/events/orders.ts'
import { PaymentFailed, PaymentProcessed } from '#contracts/events/payments.ts'
import { uuidv7 } from '#kit/core/ids.ts'
import type { Principal } from '#kit/core/principal.ts'
import { address, brokenRules, openShop, type Shop, somebody, staff } from './shop.fixture.ts'

let shop: Shop
beforeAll(async () => {
  shop = await openShop()
}, 60_000)
afterAll(() => shop.close())
afterEach(async () => {
  expect(await brokenRules(shop)).toEqual([])
  const open = await shop.service.db.sql`
    select e.id from order_edits e join processes p on p.name = 'edit-order' and p.id = e.id where e.status = 'open' and p.status = 'done'`
  expect(open).toEqual([])
})

type Options = { as?: Principal; headers?: Record<string, string> }
const call = (method: string, path: string, body?: object, options: Options = { as: staff }) =>
  shop.service.request(method, `/api/orders/${path}`, { ...(body ? { body } : {}), ...options })
const edit = (id: string, lines: object[], more: object = {}, options?: Options) =>
  call('POST', `${id}/edits`, { lines, ...more }, options)
const read = async (id: string) => (await call('GET', id)).body
const stock = (sku: string) => shop.world.goods.get(sku)!.stock
const euro = (amount: number) => ({ amount, currency: 'EUR' })
const lineOf = (order: { items: { sku: string; lineId: string }[] }, sku: string) =>
  order.items.find((item) => item.sku === sku)!.lineId
const twoMugs = { items: [{ sku: 'mug', quantity: 2 }] }
const recover = async () => {
  await shop.service.db.sql`update processes set due_at = now(), lease_until = now() where status = 'running'`
  for (let round = 0; round < 10 && (await shop.service.running.processes.recoverOnce()) > 0; round += 1);
}
/** what an order and its changes took and still have */
const kept = async (id: string) => {
  const { items } = (await call('GET', `${id}/edits?limit=100`)).body as { items: { id: string }[] }
  return [id, ...items.map((one) => one.id)].reduce((sum, one) => {
    const paid = shop.world.money.get(one)
    return sum + (paid?.state === 'captured' ? paid.amount - paid.givenBack : 0)
  }, 0)
}
const payment = (orderId: string) => ({
  paymentId: uuidv7(),
  orderId,
  amount: euro(1250),
  method: 'card' as const,
  gateway: 'test',
  imported: false,
})

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

  it('waits for the difference to be paid; meanwhile nothing else may change, and withdrawing gives the goods back', async () => {
    const { body: order } = await shop.order(twoMugs)
    const before = stock('tea')
    const waiting = await edit(order.id, [{ sku: 'tea', quantity: 1 }])
    expect(waiting).toMatchObject({ status: 201, body: { edit: { status: 'open' }, payment: { outcome: 'awaiting-payment' } } })
    expect(stock('tea')).toBe(before - 1)
    expect((await edit(order.id, [{ sku: 'tea', quantity: 1 }])).body.code).toBe('orders/edit-open')
    expect((await call('PUT', `${order.id}/cancel`, {})).body.code).toBe('orders/edit-open')
    const gone = await call('DELETE', `${order.id}/edits/${waiting.body.edit.id}`)
    expect(gone).toMatchObject({ status: 200, body: { status: 'refused', refusal: 'withdrawn' } })
    expect(stock('tea')).toBe(before)
    expect((await call('PUT', `${order.id}/cancel`, {})).body.status).toBe('CANCELLED')
  })

  it('is paid on top by its guest, and cancelled afterwards gives everything back', async () => {
    const before = [stock('mug'), stock('tea')]
    const { body: order } = await shop.order(twoMugs)
    const guest = { headers: { 'x-guest-token': order.guestToken } }
    const { body } = await edit(order.id, [{ sku: 'tea', quantity: 1 }])
    const onInvoice = await call('POST', `${order.id}/edits/${body.edit.id}/pay`, { paymentMethodId: 'invoice' }, guest)
    expect(onInvoice).toMatchObject({ status: 403, body: { code: 'orders/invoice-not-offered' } })
    const paid = await call('POST', `${order.id}/edits/${body.edit.id}/pay`, { paymentMethodId: 'tok_approve' }, guest)
    expect(paid.body).toMatchObject({ edit: { status: 'applied' }, order: { total: euro(order.total.amount + 490) } })
    expect((await call('POST', `${order.id}/edits/${body.edit.id}/pay`, { paymentMethodId: 'tok_approve' }, guest)).body.code).toBe('orders/edit-over') // biome-ignore format: one line
    await call('PUT', `${order.id}/cancel`, {})
    expect(await kept(order.id)).toBe(0)
    expect([stock('mug'), stock('tea')]).toEqual(before)
  })

  it('waits for a bank: paid it is changed, refused it stays', async () => {
    for (const [token, event, status] of [
      ['tok_pending', (id: string) => PaymentProcessed(payment(id)), 'applied'],
      ['tok_challenge', (id: string) => PaymentFailed({ ...payment(id), reason: 'refused' }), 'refused'],
    ] as const) {
      const { body: order } = await shop.order(twoMugs)
      const { body } = await edit(order.id, [{ sku: 'tea', quantity: 1 }], { paymentMethodId: token })
      expect(body.edit.status).toBe('open')
      await shop.service.deliver(event(body.edit.id))
      await recover()
      expect((await call('GET', `${order.id}/edits/${body.edit.id}`)).body.status).toBe(status)
    }
  })

  it.each(['inventory.amend', 'payments.authorize', 'delivery.replaceParcels'])(
    'is changed once and paid once when %s breaks down in the middle',
    async (step) => {
      const { body: order } = await shop.order(twoMugs)
      const before = stock('tea')
      shop.world.failOnce.add(step)
      const key = { as: staff, headers: { 'idempotency-key': `edit-${step}-${order.id}` } }
      await edit(order.id, [{ sku: 'tea', quantity: 1 }], { paymentMethodId: 'tok_approve' }, key)
      await recover()
      const again = await edit(order.id, [{ sku: 'tea', quantity: 1 }], { paymentMethodId: 'tok_approve' }, key)
      expect(again.body).toMatchObject({ edit: { status: 'applied' }, order: { total: euro(order.total.amount + 490) } })
      expect(stock('tea')).toBe(before - 1)
      expect(await kept(order.id)).toBe(order.total.amount + 490)
    },
  )

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

describe('an order that waits for its payment', () => {
  it('gets other lines, and is paid and sent as it is then', async () => {
    const before = [stock('mug'), stock('tea')]
    const { body: order } = await shop.order({ ...twoMugs, paymentMethodId: undefined })
    const { body } = await edit(order.id, [
      { lineId: lineOf(order, 'mug'), quantity: 1 },
      { sku: 'tea', quantity: 3 },
    ])
    expect(body).toMatchObject({ edit: { status: 'applied' }, order: { status: 'PENDING', total: euro(1250 + 3 * 490 + 490) } })
    const paid = await call('PUT', `${order.id}/confirm?paymentMethodId=tok_approve`)
    expect(paid.body.status).toBe('CONFIRMED')
    expect(await kept(order.id)).toBe(body.order.total.amount)
    expect([stock('mug'), stock('tea')]).toEqual([before[0]! - 1, before[1]! - 3])
    const confirmed = (await shop.service.events('OrderConfirmed.v1')).find(({ subject }) => subject === order.id)
    expect(confirmed!.data).toMatchObject({ total: body.order.total, lines: [{ quantity: 1 }, { sku: 'tea', quantity: 3 }] })
  })

  it('is either paid as it was or changed, never both', async () => {
    for (let time = 0; time < 8; time += 1) {
      const { body: order } = await shop.order({ ...twoMugs, paymentMethodId: undefined })
      const [changed] = await Promise.all([
        edit(order.id, [{ sku: 'tea', quantity: 1 }]),
        call('PUT', `${order.id}/confirm?paymentMethodId=tok_approve`),
      ])
      await recover()
      // paid before the change was asked for: then it waits for a payment of its own
      if (changed.body.edit?.status === 'open') await call('DELETE', `${order.id}/edits/${changed.body.edit.id}`)
      const after = await read(order.id)
      expect(await kept(order.id)).toBe(after.status === 'CONFIRMED' ? after.total.amount : 0)
      const held = shop.world.holds.get(order.id)!.lines.reduce((sum, { quantity }) => sum + quantity, 0)
      expect(held).toBe(after.items.reduce((sum: number, { quantity }: { quantity: number }) => sum + quantity, 0))
    }
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

describe('the delivery address', () => {
  const elsewhere = { ...address, line1: '7 Canal Street' }

  it.each(['PENDING', 'CONFIRMED'])('of a %s order changes, for parcel and order alike', async (status) => {
    const { body: order } = await shop.order(status === 'PENDING' ? { paymentMethodId: undefined } : {})
    const guest = { headers: { 'x-guest-token': order.guestToken } }
    const { body } = await call('PUT', `${order.id}/shipping-address`, elsewhere, guest)
    expect(body).toMatchObject({ edit: { status: 'applied' }, order: { status, shippingAddress: elsewhere } })
    if (status === 'PENDING') await call('PUT', `${order.id}/confirm?paymentMethodId=tok_approve`)
    expect(shop.world.parcels.get(order.id)!.address.line1).toBe('7 Canal Street')
    const [row] = await shop.service.db.sql`select e.address from order_edits e where e.id = ${body.edit.id}`
    expect(row!['address']).toBeNull()
  })

  it('stays when the parcel has left, or the country is another', async () => {
    const { body: order } = await shop.order()
    expect((await call('PUT', `${order.id}/shipping-address`, { ...elsewhere, country: 'FR' })).body.code).toBe(
      'orders/country-fixed',
    )
    shop.world.parcels.get(order.id)!.state = 'gone'
    expect((await call('PUT', `${order.id}/shipping-address`, elsewhere)).body).toMatchObject({
      code: 'orders/edit-refused',
      details: { reason: 'dispatched' },
    })
    await recover()
    expect((await read(order.id)).shippingAddress.line1).toBe(address.line1)
  })
})
