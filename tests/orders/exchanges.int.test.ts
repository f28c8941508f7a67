import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { eventually } from '#kit/testing/eventually.ts'
import { openReturnsShop, type ReturnsShop, support } from './returns.fixture.ts'

let shop: ReturnsShop
beforeAll(async () => {
  shop = await openReturnsShop()
})
afterAll(() => shop.close())
afterEach(async () => {
  for (const { name, sql } of shop.service.running.service.invariants ?? []) {
    expect({ name, rows: [...(await shop.service.db.sql.unsafe(sql))] }).toEqual({ name, rows: [] })
  }
})

type Order = { id: string; guestToken: string; items: { lineId: string; total: { amount: number } }[] }
const decide = (id: string, verb: string, body: object = {}) =>
  shop.service.request('POST', `/api/returns/${id}/${verb}`, { body, as: support })
const read = async (id: string) => (await shop.service.request('GET', `/api/returns/${id}`, { as: support })).body
const orderOf = async (id: string) => (await shop.service.request('GET', `/api/orders/${id}`, { as: support })).body
const wish = (order: Order, wantedSku: string, quantity: number) => ({
  lines: [{ lineId: order.items[0]!.lineId, quantity, reason: 'wrong-size', wantedSku }],
})
const ask = (order: Order, wantedSku: string, quantity = 1) =>
  shop.service.request('POST', `/api/orders/${order.id}/exchanges`, {
    body: wish(order, wantedSku, quantity),
    headers: { 'x-guest-token': order.guestToken },
  })

/** Two mugs at 10.00 are bought, `quantity` of them come back for something else. */
async function sentBack(wantedSku: string, quantity = 1): Promise<{ order: Order; id: string; replacement: string }> {
  const order: Order = await shop.delivered([{ sku: 'mug', quantity: 2 }])
  const { body } = await ask(order, wantedSku, quantity)
  await decide(body.id, 'approve')
  await shop.settle()
  const received = await decide(body.id, 'receive')
  await shop.settle()
  return { order, id: body.id, replacement: received.body.replacementOrderId }
}

describe('an exchange', () => {
  it('for the same price: the other goods are sent, no money moves', async () => {
    const { order, id, replacement } = await sentBack('mug')
    expect(await orderOf(replacement)).toMatchObject({
      status: 'CONFIRMED',
      total: { amount: 1000 },
      items: [{ sku: 'mug', quantity: 1 }],
    })
    expect(shop.world.parcels.has(replacement)).toBe(true)
    expect((await read(id)).status).toBe('received')
    await shop.ship(replacement)
    // its next look at the replacement is seconds away, or an hour: it does not have to wait for that
    await shop.settle()
    expect((await read(id)).status).toBe('replaced')
    expect(shop.refunded(order.id)).toBe(0)
    expect(shop.world.money.has(replacement)).toBe(false)
    expect((await shop.service.events('ReturnCompleted.v1')).find(({ subject }) => subject === order.id)?.data).toMatchObject({
      kind: 'exchange',
      refund: null,
      replacementOrderId: replacement,
    })
    expect(shop.world.restocked.get(id)).toEqual([{ sku: 'mug', quantity: 1 }])
  })

  it('for cheaper goods: the difference goes back', async () => {
    const { order, id, replacement } = await sentBack('cup', 2)
    expect(await orderOf(replacement)).toMatchObject({ status: 'CONFIRMED', total: { amount: 1400 } })
    expect(shop.refunded(order.id)).toBe(600)
    await shop.ship(replacement)
    await shop.wait('exchange', id)
    expect(await read(id)).toMatchObject({ status: 'replaced' })
    expect((await orderOf(order.id)).status).toBe('RETURNED')
  })

  it('for dearer goods: the order waits until the difference is paid', async () => {
    const { order, replacement } = await sentBack('jar')
    expect(await orderOf(replacement)).toMatchObject({ status: 'PENDING', total: { amount: 1500 } })
    const paid = await shop.service.request('PUT', `/api/orders/${replacement}/confirm?paymentMethodId=tok`, { as: testStaff })
    expect(paid).toMatchObject({ status: 200, body: { status: 'CONFIRMED' } })
    expect(shop.world.money.get(replacement)).toEqual({ taken: 500, back: 0 })
    expect(shop.refunded(order.id)).toBe(0)
  })

  it('whose difference nobody pays ends with all the money back', async () => {
    const { order, id, replacement } = await sentBack('jar')
    await shop.wait('checkout', replacement)
    expect((await orderOf(replacement)).status).toBe('CANCELLED')
    await shop.settle()
    expect((await read(id)).status).toBe('refunded')
    expect(shop.refunded(order.id)).toBe(1000)
  })

  it('for goods that are sold out, or not sold any more, ends with all the money back', async () => {
    shop.world.soldOut.add('cup')
    const soldOut = await sentBack('cup')
    shop.world.soldOut.delete('cup')
    await shop.wait('exchange', soldOut.id)
    expect(await read(soldOut.id)).toMatchObject({ status: 'refunded' })
    expect(shop.refunded(soldOut.order.id)).toBe(1000)

    const order: Order = await shop.delivered([{ sku: 'mug', quantity: 1 }])
    const { id } = (await ask(order, 'cup')).body
    shop.world.prices.delete('cup')
    await decide(id, 'approve')
    await decide(id, 'receive')
    await shop.settle()
    shop.world.prices.set('cup', 700)
    expect(await read(id)).toMatchObject({ status: 'refunded' })
    expect(shop.refunded(order.id)).toBe(1000)
    expect((await ask(await shop.delivered([{ sku: 'mug', quantity: 1 }]), 'no-such-thing')).status).toBe(422)
  })

  it('whose replacement is placed by two runners at once has one, paid once', async () => {
    const order: Order = await shop.delivered([{ sku: 'mug', quantity: 2 }])
    const { id } = (await ask(order, 'cup', 2)).body
    await decide(id, 'approve')
    const { replacementOrderId } = (await decide(id, 'receive')).body
    const before = shop.world.calls.length
    const bothAsk = eventually(() =>
      expect(shop.world.calls.slice(before).filter(({ call }) => call === 'products.price')).toHaveLength(2),
    )
    shop.world.held.set('products.price', bothAsk)
    const [one, other] = await Promise.all([
      shop.service.call('placeReplacement', { returnId: id }),
      shop.service.call('placeReplacement', { returnId: id }),
    ])
    shop.world.held.clear()
    expect(one).toEqual(other)
    await shop.settle()
    const [paid] = await shop.service.db.sql<
      { amount: bigint }[]
    >`select sum(f.amount)::bigint as amount from order_funds f where f.order_id = ${replacementOrderId}`
    expect(paid?.amount).toBe(1400n)
    expect(shop.refunded(order.id)).toBe(600)
  })

  it('keeps the price of the day it was asked for', async () => {
    const order: Order = await shop.delivered([{ sku: 'mug', quantity: 1 }])
    const { id } = (await ask(order, 'cup')).body
    shop.world.prices.set('cup', 5000)
    await decide(id, 'approve')
    const { replacementOrderId } = (await decide(id, 'receive')).body
    await shop.settle()
    shop.world.prices.set('cup', 700)
    expect((await orderOf(replacementOrderId)).total.amount).toBe(700)
  })

  it('whose replacement is cancelled before it leaves ends with the money back; one that comes back too is refunded from where the money came', async () => {
    const cancelled = await sentBack('cup')
    expect(
      (await shop.service.request('PUT', `/api/orders/${cancelled.replacement}/cancel`, { as: testStaff, body: {} })).status,
    ).toBeLessThan(300)
    await shop.wait('exchange', cancelled.id)
    expect((await read(cancelled.id)).status).toBe('refunded')
    expect(shop.refunded(cancelled.order.id)).toBe(1000)

    const { order, id, replacement } = await sentBack('jar')
    await shop.service.request('PUT', `/api/orders/${replacement}/confirm?paymentMethodId=tok`, { as: testStaff })
    await shop.ship(replacement)
    await shop.wait('exchange', id)
    const again = await shop.service.request('POST', `/api/orders/${replacement}/returns`, {
      body: { lines: [{ lineId: (await orderOf(replacement)).items[0].lineId, quantity: 1, reason: 'changed-mind' }] },
      as: support,
    })
    await decide(again.body.id, 'approve')
    await decide(again.body.id, 'receive')
    await shop.settle()
    expect(await read(again.body.id)).toMatchObject({ status: 'refunded', refund: { amount: 1500 } })
    expect([shop.refunded(replacement), shop.refunded(order.id)]).toEqual([500, 1000])
  })

  for (const call of ['inventory.reserve', 'payments.refund', 'delivery.createShipment']) {
    it(`goes on after a crash behind ${call}, with one replacement and one refund`, async () => {
      const order: Order = await shop.delivered([{ sku: 'mug', quantity: 2 }])
      const { id } = (await ask(order, 'cup', 2)).body
      await decide(id, 'approve')
      shop.world.crashAfter.add(call)
      const { replacementOrderId } = (await decide(id, 'receive')).body
      await shop.settle()
      await shop.wait('checkout', replacementOrderId)
      await shop.wait('exchange', id)
      expect(shop.world.crashAfter.has(call)).toBe(false)
      expect((await orderOf(replacementOrderId)).status).toBe('CONFIRMED')
      await shop.ship(replacementOrderId)
      await shop.wait('exchange', id)
      expect((await read(id)).status).toBe('replaced')
      expect(shop.refunded(order.id)).toBe(600)
    })
  }
})

const testStaff = { ...support, permissions: new Set(['*']) }
