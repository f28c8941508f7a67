import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { OrderCancelled, OrderConfirmed } from '#contracts/events/orders.ts'
import { ProductCreated } from '#contracts/events/products.ts'
import { type TestService, testUser } from '#kit/testing/service.ts'
import { expectInvariants, levelOf, reserve, startInventory, stockUp } from './testing.ts'

let service: TestService
const keeper = testUser(randomUUID(), ['inventory:read', 'inventory:write', 'inventory:reserve'])
const _shopper = testUser(randomUUID())
beforeAll(async () => {
  service = await startInventory()
})
afterAll(async () => {
  await expectInvariants(service)
  await service.close()
})

const told = async (sku: string) => (await service.events()).filter((event) => event.subject === sku)
const put = (sku: string, body: object, headers: Record<string, string> = {}) =>
  service.request('PUT', `/api/inventory/${sku}`, { body, as: keeper, headers })

describe('reordering', () => {
  it('orders once when stock falls to the reorder point, and the goods arrive', async () => {
    const sku = await stockUp(service, 10)
    await put(sku, { reorderPoint: 4, reorderQuantity: 25, leadTimeDays: 0, supplier: 'Clay & Co' })
    await service.runJob('reorder')
    await reserve(service, [{ sku, quantity: 6 }])
    await Promise.all([service.runJob('reorder'), service.runJob('reorder')])
    const list = await service.request('GET', `/api/inventory/purchase-orders?sku=${sku}`, { as: keeper })
    expect(list.body.items).toMatchObject([{ sku, quantity: 25, state: 'placed', automatic: true, supplier: 'Clay & Co' }])
    expect((await told(sku)).filter((event) => event.type === 'PurchaseOrderPlaced.v1')).toHaveLength(1)
    await service.runJob('simulate-supplier')
    await service.runJob('simulate-supplier')
    expect(await levelOf(service, sku)).toMatchObject({ onHand: 35 })
  })

  it('takes goods in parts, counts a delivery note once and no more than was ordered', async () => {
    const sku = await stockUp(service, 1)
    const order = (await service.request('POST', '/api/inventory/purchase-orders', { body: { sku, quantity: 10 }, as: keeper }))
      .body
    const receive = (body: object) =>
      service.request('POST', `/api/inventory/purchase-orders/${order.id}/receipts`, { body, as: keeper })
    expect((await receive({ quantity: 4, reference: 'note-1' })).body).toMatchObject({ received: 4, state: 'partly-received' })
    expect((await receive({ quantity: 4, reference: 'note-1' })).body).toMatchObject({ received: 4 })
    expect((await receive({ quantity: 7 })).status).toBe(422)
    expect((await receive({})).body).toMatchObject({ received: 10, state: 'received' })
    expect((await receive({ quantity: 1 })).status).toBe(409)
    expect(await levelOf(service, sku)).toMatchObject({ onHand: 11 })
  })

  it('needs to know when and how much: one without the other is refused', async () => {
    const sku = await stockUp(service, 1)
    for (const half of [{ reorderPoint: 4 }, { reorderQuantity: 25 }])
      expect(await put(sku, half)).toMatchObject({ status: 422, body: { code: 'inventory/reorder-incomplete' } })
    expect((await put(sku, { reorderPoint: 4, reorderQuantity: 25 })).status).toBe(200)
    expect((await put(sku, { reorderPoint: null })).body).toMatchObject({ reorderPoint: null, reorderQuantity: null })
  })

  it('stops waiting for a cancelled order', async () => {
    const sku = await stockUp(service, 1)
    const order = (await service.request('POST', '/api/inventory/purchase-orders', { body: { sku, quantity: 10 }, as: keeper }))
      .body
    expect((await service.request('DELETE', `/api/inventory/purchase-orders/${order.id}`, { as: keeper })).status).toBe(204)
    expect(
      (await service.request('POST', `/api/inventory/purchase-orders/${order.id}/receipts`, { body: {}, as: keeper })).status,
    ).toBe(409)
  })
})

describe('events of others', () => {
  const orderEvent = (orderId: string) => ({
    orderId,
    number: 'ORD-1',
    channel: 'web',
    customerId: null,
    locale: 'en',
    imported: false,
    lines: [],
  })

  it('finish what a crash of the checkout left open, and change nothing where it was done', async () => {
    const sku = await stockUp(service, 10)
    const [sold, cancelled] = [await reserve(service, [{ sku, quantity: 2 }]), await reserve(service, [{ sku, quantity: 3 }])]
    const confirmed = OrderConfirmed({ ...orderEvent(sold.orderId), total: { amount: 1, currency: 'EUR' } })
    await service.deliver(confirmed)
    await service.deliver(confirmed)
    await service.deliver(OrderCancelled({ ...orderEvent(cancelled.orderId), reason: 'customer' }))
    await service.deliver(OrderCancelled({ ...orderEvent(sold.orderId), reason: 'customer' }))
    expect(await levelOf(service, sku)).toEqual({ onHand: 8, reserved: 0, owed: 0 })
  })

  it('leave imported orders alone: they never held anything', async () => {
    const orderId = randomUUID()
    await service.deliver(OrderCancelled({ ...orderEvent(orderId), imported: true, reason: 'customer' }))
    expect(await service.call('commit', { orderId })).toEqual({ outcome: 'unknown' })
  })

  it('bring new SKUs of the catalogue into the list, without stock', async () => {
    const sku = `sku-${randomUUID()}`
    await service.deliver(ProductCreated({ productId: randomUUID(), slug: 'x', status: 'ACTIVE', version: 1, skus: [sku] }))
    expect((await service.request('GET', `/api/inventory/${sku}`, { as: keeper })).body.staff).toMatchObject({
      sku,
      onHand: 0,
      alert: 'out',
    })
  })
})
