import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { PaymentFailed, PaymentProcessed } from '#contracts/events/payments.ts'
import { uuidv7 } from '#kit/core/ids.ts'
import { editsIn, euro, lineOf, twoMugs } from './edits.fixture.ts'
import { brokenRules, openShop, type Shop, staff } from './shop.fixture.ts'

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
const payment = (orderId: string) => ({
  paymentId: uuidv7(),
  orderId,
  amount: euro(1250),
  method: 'card' as const,
  gateway: 'test',
  imported: false,
})

describe('a confirmed order', () => {
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
