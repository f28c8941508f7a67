import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { ReturnReceived } from '#contracts/events/delivery.ts'
import { uuidv7 } from '#kit/core/ids.ts'
import { testUser } from '#kit/testing/service.ts'
import { openReturnsShop, type ReturnsShop, support, warehouse } from './returns.fixture.ts'

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

type Order = {
  id: string
  guestToken: string
  total: { amount: number }
  items: { lineId: string; sku: string; quantity: number; total: { amount: number } }[]
}
const guest = (order: Order) => ({ headers: { 'x-guest-token': order.guestToken } })
const wish = (order: Order, quantity = order.items[0]!.quantity, reason = 'changed-mind') => ({
  lines: [{ lineId: order.items[0]!.lineId, quantity, reason }],
})
const ask = (order: Order, body: object = wish(order)) =>
  shop.service.request('POST', `/api/orders/${order.id}/returns`, { body, ...guest(order) })
const decide = (id: string, verb: string, body: object = {}, as = support) =>
  shop.service.request('POST', `/api/returns/${id}/${verb}`, { body, as })
const read = async (id: string) => (await shop.service.request('GET', `/api/returns/${id}`, { as: support })).body
const status = async (orderId: string) =>
  (await shop.service.request('GET', `/api/orders/${orderId}`, { as: support })).body.status

async function approved(lines = [{ sku: 'mug', quantity: 2 }], quantity?: number) {
  const order: Order = await shop.delivered(lines)
  const { body } = await ask(order, wish(order, quantity))
  await decide(body.id, 'approve')
  await shop.settle()
  return { order, id: body.id as string }
}

describe('a return', () => {
  it('goes from the wish to the money, and everything that came back makes the order RETURNED', async () => {
    const order: Order = await shop.delivered([{ sku: 'mug', quantity: 2 }])
    const asked = await ask(order)
    expect(asked).toMatchObject({
      status: 201,
      body: { status: 'requested', kind: 'return', refund: null, lines: [{ sku: 'mug', quantity: 2 }] },
    })
    const { id } = asked.body
    expect((await decide(id, 'approve')).body.status).toBe('approved')
    await shop.settle()
    expect(shop.world.labels.get(id)).toEqual([{ sku: 'mug', quantity: 2 }])
    expect(await read(id)).toMatchObject({
      trackingNumber: expect.stringMatching(/^RET-/),
      labelUrl: expect.stringContaining(id),
    })

    await shop.service.deliver(ReturnReceived({ orderId: order.id, returnId: id, lines: [{ sku: 'mug', quantity: 2 }] }))
    await shop.settle()
    expect(await read(id)).toMatchObject({ status: 'refunded', refund: { amount: 2000 }, problem: null })
    expect(shop.refunded(order.id)).toBe(2000)
    expect(shop.world.restocked.get(id)).toEqual([{ sku: 'mug', quantity: 2 }])
    expect(await status(order.id)).toBe('RETURNED')
    const told = (await shop.service.events())
      .filter(({ subject, type }) => subject === order.id && type.startsWith('Return'))
      .map(({ type }) => type)
    expect(told).toEqual(['ReturnRequested.v1', 'ReturnApproved.v1', 'ReturnCompleted.v1'])
    const steps = (await shop.service.request('GET', `/api/returns/${id}/timeline`, guest(order))).body.items
    expect(steps.map(({ to }: { to: string }) => to)).toEqual(['requested', 'approved', 'received', 'refunded'])
  })

  it('is refused before the goods have arrived, for other people’s orders, for unknown lines and after the return window', async () => {
    const placed = await shop.service.request('POST', '/api/orders', {
      body: {
        items: [{ sku: 'mug', quantity: 1 }],
        email: 'a@example.com',
        shippingAddress: { name: 'A', line1: '1', city: 'B', postalCode: '1', country: 'DE' },
        paymentMethodId: 'tok',
      },
    })
    expect(await ask(placed.body)).toMatchObject({ status: 409, body: { code: 'orders/not-delivered' } })
    const order: Order = await shop.delivered([{ sku: 'mug', quantity: 1 }])
    const stranger = { as: testUser(uuidv7()) }
    const denied = await shop.service.request('POST', `/api/orders/${order.id}/returns`, { body: wish(order), ...stranger })
    const nothing = await shop.service.request('POST', `/api/orders/${uuidv7()}/returns`, { body: wish(order), ...stranger })
    expect([denied.status, nothing.status]).toEqual([404, 404])
    expect((await ask(order, { lines: [{ lineId: uuidv7(), quantity: 1, reason: 'other' }] })).status).toBe(422)
    expect((await ask(order, { lines: [wish(order).lines[0], wish(order).lines[0]] })).status).toBe(422)
    await shop.service.database.admin.unsafe(
      `update orders.order_history set at = now() - interval '31 days' where order_id = '${order.id}' and to_status = 'DELIVERED'`,
    )
    expect((await ask(order)).status).toBe(409)
    // staff decides for itself
    expect(
      (await shop.service.request('POST', `/api/orders/${order.id}/returns`, { body: wish(order), as: support })).status,
    ).toBe(201)
    const { id } = (await shop.service.request('GET', `/api/orders/${order.id}/returns`, guest(order))).body.items[0]
    expect((await shop.service.request('GET', `/api/returns/${id}`, stranger)).status).toBe(404)
    expect((await shop.service.request('GET', `/api/returns/${id}`, guest(order))).status).toBe(200)
    expect((await decide(id, 'approve', {}, warehouse)).status).toBe(403)
  })

  it('of more units than were bought is refused, also when twenty ask at once', async () => {
    const order: Order = await shop.delivered([{ sku: 'mug', quantity: 3 }])
    expect((await ask(order, wish(order, 4))).status).toBe(409)
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask(order, wish(order, 1))))
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(3)
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(17)
  })

  it('that is rejected sets its units free, and cannot be approved any more', async () => {
    const order: Order = await shop.delivered([{ sku: 'mug', quantity: 1 }])
    const first = (await ask(order)).body
    expect((await ask(order)).status).toBe(409)
    expect((await decide(first.id, 'reject', { reason: 'worn' })).body).toMatchObject({ status: 'rejected', reason: 'worn' })
    await shop.settle()
    expect((await shop.process('return', first.id)).status).toBe('done')
    expect((await decide(first.id, 'approve')).status).toBe(409)
    expect((await ask(order)).status).toBe(201)
  })

  it('that is approved many times gets one label; received many times it is refunded once', async () => {
    const order: Order = await shop.delivered([{ sku: 'mug', quantity: 2 }])
    const { id } = (await ask(order)).body
    const approvals = await Promise.all(Array.from({ length: 5 }, () => decide(id, 'approve')))
    expect(new Set(approvals.map((answer) => answer.status))).toEqual(new Set([200]))
    await shop.settle()
    const receipts = await Promise.all(Array.from({ length: 5 }, () => decide(id, 'receive', {}, warehouse)))
    expect(new Set(receipts.map((answer) => answer.status))).toEqual(new Set([200]))
    await shop.service.deliver(ReturnReceived({ orderId: order.id, returnId: id, lines: [{ sku: 'mug', quantity: 2 }] }))
    await shop.settle()
    await shop.service.deliver(ReturnReceived({ orderId: order.id, returnId: id, lines: [{ sku: 'mug', quantity: 2 }] }))
    await shop.settle()
    expect(
      shop.world.calls.filter(
        ({ call, input }) => call === 'delivery.createReturn' && (input as { returnId: string }).returnId === id,
      ),
    ).toHaveLength(1)
    expect(shop.refunded(order.id)).toBe(2000)
    expect((await shop.service.events('ReturnCompleted.v1')).filter(({ subject }) => subject === order.id)).toHaveLength(1)
  })

  for (const call of ['delivery.createReturn', 'payments.refund', 'inventory.restock']) {
    it(`goes on after a crash behind ${call}, with every effect once`, async () => {
      shop.world.crashAfter.add(call)
      const { order, id } = await approved()
      if (call === 'delivery.createReturn') await shop.wait('return', id)
      await decide(id, 'receive', {}, warehouse)
      await shop.settle()
      if (call !== 'delivery.createReturn') await shop.wait('return', id)
      expect(shop.world.crashAfter.has(call)).toBe(false)
      expect((await read(id)).status).toBe('refunded')
      expect(shop.refunded(order.id)).toBe(2000)
      expect((await shop.service.events('ReturnCompleted.v1')).filter(({ subject }) => subject === order.id)).toHaveLength(1)
    })
  }

  it('that arrives while its label is still being made is not forgotten', async () => {
    const order: Order = await shop.delivered([{ sku: 'mug', quantity: 2 }])
    const { id } = (await ask(order)).body
    await decide(id, 'approve')
    shop.world.crashAfter.add('delivery.createReturn')
    await shop.settle()
    expect((await shop.process('return', id)).status).toBe('running')
    await shop.service.deliver(ReturnReceived({ orderId: order.id, returnId: id, lines: [{ sku: 'mug', quantity: 2 }] }))
    await shop.wait('return', id)
    expect((await read(id)).status).toBe('refunded')
    expect(shop.refunded(order.id)).toBe(2000)
    // the last step again, as after a crash behind it
    await shop.service.call('completeReturn', { returnId: id, outcome: 'refunded' })
    expect((await shop.service.events('ReturnCompleted.v1')).filter(({ subject }) => subject === order.id)).toHaveLength(1)
  })

  it('takes what was really in the parcel: the rest may come another time, damaged goods do not go back on sale', async () => {
    const { order, id } = await approved([{ sku: 'mug', quantity: 3 }])
    const line = order.items[0]!.lineId
    expect((await decide(id, 'receive', { lines: [{ lineId: line, quantity: 4 }] }, warehouse)).status).toBe(422)
    expect(
      (await decide(id, 'receive', { lines: [{ lineId: line, quantity: 1, condition: 'damaged' }], fee: 100 }, warehouse)).status,
    ).toBe(403)
    await decide(id, 'receive', { lines: [{ lineId: line, quantity: 1, condition: 'damaged' }], fee: 100 })
    await shop.settle()
    expect(await read(id)).toMatchObject({
      status: 'refunded',
      refund: { amount: 900 },
      fee: { amount: 100 },
      lines: [{ received: 1, condition: 'damaged' }],
    })
    expect(shop.world.restocked.has(id)).toBe(false)
    expect(await status(order.id)).toBe('DELIVERED')
    expect((await ask(order, wish(order, 3))).status).toBe(409)
    expect((await ask(order, wish(order, 2))).status).toBe(201)
  })

  it('gives the shipping back once, when staff says so', async () => {
    const order: Order = await shop.delivered([{ sku: 'mug', quantity: 2 }])
    const first = (await ask(order, wish(order, 1))).body.id
    const second = (await ask(order, wish(order, 1))).body.id
    expect((await decide(first, 'approve', { refundShipping: true })).status).toBe(200)
    expect((await decide(second, 'approve', { refundShipping: true })).status).toBe(409)
    expect((await decide(second, 'approve')).status).toBe(200)
    for (const id of [first, second]) await decide(id, 'receive')
    await shop.settle()
    expect((await read(first)).refund.amount).toBe(1490)
    expect(shop.refunded(order.id)).toBe(order.total.amount)
    expect(await status(order.id)).toBe('RETURNED')
  })

  it('whose goods never come is closed, and late goods change nothing by themselves', async () => {
    const { order, id } = await approved()
    await shop.wait('return', id)
    expect((await read(id)).status).toBe('closed')
    await shop.service.deliver(ReturnReceived({ orderId: order.id, returnId: id, lines: [{ sku: 'mug', quantity: 2 }] }))
    await shop.settle()
    expect(shop.refunded(order.id)).toBe(0)
    expect((await ask(order)).status).toBe(201)
  })

  it('is found by the customer of its order, and nobody else’s is', async () => {
    const [ann, bo] = [testUser(uuidv7(), []), testUser(uuidv7(), [])]
    const wished: string[] = []
    for (const buyer of [ann, bo]) {
      const order: Order = await shop.delivered([{ sku: 'mug', quantity: 1 }], { email: undefined }, buyer)
      const { body } = await shop.service.request('POST', `/api/orders/${order.id}/returns`, { body: wish(order), as: buyer })
      wished.push(body.id)
    }
    const ofAnn = await shop.service.request('GET', `/api/returns?customerId=${ann.id}`, { as: support })
    expect(ofAnn.body.items.map(({ id }: { id: string }) => id)).toEqual([wished[0]])
    expect((await shop.service.request('GET', `/api/returns?customerId=${ann.id}`, { as: ann })).status).toBe(403)
  })

  it('without a carrier waits for the warehouse; a refund that is refused waits for a person', async () => {
    shop.world.noCarrier = true
    const { order, id } = await approved()
    shop.world.noCarrier = false
    expect((await read(id)).problem).toContain('No carrier')
    expect((await shop.service.request('GET', `/api/returns/${id}`, guest(order))).body.problem).toBeNull()
    shop.world.refundAnswers.push('pending', 'refused')
    await decide(id, 'receive')
    await shop.settle()
    expect((await shop.process('return', id)).state.type).toBe('refund-pending')
    await shop.wait('return', id)
    expect((await read(id)).problem).toContain('refused')
    const queue = (await shop.service.request('GET', '/api/returns?problem=true&limit=1', { as: support })).body
    expect(queue.items[0].id).toBe(id)
    expect((await decide(id, 'refund', { decision: 'again' })).status).toBe(200)
    await shop.settle()
    expect(await read(id)).toMatchObject({ status: 'refunded', problem: null })
    expect(shop.refunded(order.id)).toBe(2000)
    expect((await decide(id, 'refund', { decision: 'settled' })).status).toBe(409)
  })
})

describe('the sum of refunds', () => {
  it('is what was paid, to the penny, however an order comes back', async () => {
    for (const included of [true, false]) {
      shop.world.pricesIncludeTax = included
      const order: Order = await shop.delivered([{ sku: 'pot', quantity: 7 }])
      shop.world.pricesIncludeTax = true
      const parts: number[] = []
      for (const units of [2, 1, 3, 1]) {
        const { id } = (await ask(order, wish(order, units))).body
        await decide(id, 'approve')
        await decide(id, 'receive')
        await shop.settle()
        parts.push((await read(id)).refund.amount)
      }
      expect(parts.reduce((sum, part) => sum + part)).toBe(order.items[0]!.total.amount)
      expect(shop.refunded(order.id)).toBe(order.items[0]!.total.amount)
    }
  })
})
