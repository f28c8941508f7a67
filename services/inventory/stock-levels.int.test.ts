import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { InventoryUpdated } from '#contracts/events/inventory.ts'
import { type TestService, testUser } from '#kit/testing/service.ts'
import { expectInvariants, levelOf, reserve, startInventory, stockUp } from './testing.ts'

let service: TestService
const keeper = testUser(randomUUID(), ['inventory:read', 'inventory:write', 'inventory:reserve'])
const shopper = testUser(randomUUID())
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

describe('levels', () => {
  it('are told once for many changes of the same moment, and not again without a change', async () => {
    const sku = await stockUp(service, 100)
    await Promise.all(Array.from({ length: 20 }, () => reserve(service, [{ sku, quantity: 1 }])))
    await service.runJob('tell-levels')
    await service.runJob('tell-levels')
    const events = await told(sku)
    expect(events.map((event) => event.data)).toEqual([{ sku, onHand: 100, reserved: 20, available: 80 }])
    expect(events[0]!.type).toBe(InventoryUpdated.type)
  })

  it('warn once when they fall to the threshold, say when nothing is left, and warn again after a delivery', async () => {
    const sku = await stockUp(service, 8)
    await service.runJob('tell-levels')
    const types = async () => (await told(sku)).map((event) => event.type).filter((type) => type !== 'InventoryUpdated.v1')
    const take = async (quantity: number) => {
      await reserve(service, [{ sku, quantity }])
      await service.runJob('tell-levels')
    }
    await take(3)
    await take(1)
    expect(await types()).toEqual(['LowStockAlert.v1'])
    await take(4)
    expect(await types()).toEqual(['LowStockAlert.v1', 'OutOfStock.v1'])
    await stockUp(service, 20, { sku })
    await service.runJob('tell-levels')
    await take(16)
    expect(await types()).toEqual(['LowStockAlert.v1', 'OutOfStock.v1', 'LowStockAlert.v1'])
  })

  it('are told by one of two clocks that overlap, and nothing that changed meanwhile is lost', async () => {
    const sku = await stockUp(service, 1000)
    const selling = Promise.all(Array.from({ length: 60 }, () => reserve(service, [{ sku, quantity: 1 }])))
    await Promise.all(Array.from({ length: 10 }, () => service.runJob('tell-levels')))
    await selling
    await service.runJob('tell-levels')
    const events = await told(sku)
    expect(events.at(-1)!.data).toEqual({ sku, onHand: 1000, reserved: 60, available: 940 })
    const levels = events.map((event) => (event.data as { reserved: number }).reserved)
    expect(levels).toEqual(levels.toSorted((a, b) => a - b))
  })
})

describe('staff', () => {
  it('set counted levels with a reason, which the ledger keeps', async () => {
    const sku = `sku-${randomUUID()}`
    const saved = await put(sku, {
      levels: [
        { warehouse: 'main', onHand: 12 },
        { warehouse: 'west', onHand: 3 },
      ],
      reason: 'stocktaking',
      lowStockThreshold: 2,
    })
    expect(saved.body).toMatchObject({ sku, onHand: 15, available: 15, lowStockThreshold: 2, version: 2 })
    await put(sku, { levels: [{ warehouse: 'main', onHand: 10 }], reason: 'two broken' })
    const ledger = await service.request('GET', `/api/inventory/${sku}/movements`, { as: keeper })
    expect(ledger.body.items.map((entry: { delta: number; reason: string }) => [entry.delta, entry.reason])).toEqual([
      [-2, 'two broken'],
      [3, 'stocktaking'],
      [12, 'stocktaking'],
    ])
    expect(ledger.body.items[0].actor).toBe(keeper.id)
  })

  it('cannot overwrite what somebody else has just set', async () => {
    const sku = `sku-${randomUUID()}`
    const first = await put(sku, { lowStockThreshold: 1 })
    expect((await put(sku, { lowStockThreshold: 2 }, { 'if-match': String(first.headers['etag']) })).status).toBe(200)
    expect((await put(sku, { lowStockThreshold: 3 }, { 'if-match': String(first.headers['etag']) })).status).toBe(412)
  })

  it('cannot take away what is promised to orders', async () => {
    const sku = await stockUp(service, 5)
    await reserve(service, [{ sku, quantity: 4 }])
    const answer = await put(sku, { levels: [{ warehouse: 'main', onHand: 3 }], reason: 'counted' })
    expect([answer.status, answer.body.code]).toEqual([422, 'inventory/below-reserved'])
    const wrong = await service.request('POST', '/api/inventory/adjustments', {
      body: { sku, delta: -2, reason: 'lost' },
      as: keeper,
    })
    expect(wrong.status).toBe(422)
    expect(await levelOf(service, sku)).toMatchObject({ onHand: 5 })
  })

  it('correct many SKUs at once, each with its own result, and a repeat changes nothing', async () => {
    const [good, tight] = [await stockUp(service, 5), await stockUp(service, 5)]
    await reserve(service, [{ sku: tight, quantity: 5 }])
    const body = {
      items: [
        { sku: good, delta: 7, reason: 'found', reference: randomUUID() },
        { sku: tight, delta: -1, reason: 'lost' },
        { sku: good, onHand: 3, warehouse: 'nowhere', reason: 'counted' },
      ],
    }
    const outcomes = async () =>
      (await service.request('POST', '/api/inventory/batch', { body, as: keeper })).body.results.map(
        (result: { outcome: string }) => result.outcome,
      )
    expect(await outcomes()).toEqual(['applied', 'below-reserved', 'unknown-warehouse'])
    expect(await outcomes()).toEqual(['repeated', 'below-reserved', 'unknown-warehouse'])
    expect(await levelOf(service, good)).toMatchObject({ onHand: 12 })
  })

  it('list what is low, page by page', async () => {
    const skus = await Promise.all(
      Array.from({ length: 3 }, (_, index) => stockUp(service, 2, { sku: `low-${index}-${randomUUID()}` })),
    )
    await service.runJob('tell-levels')
    const seen: string[] = []
    let cursor: string | undefined
    do {
      const answer = await service.request('GET', `/api/inventory?alert=low&limit=2${cursor ? `&cursor=${cursor}` : ''}`, {
        as: keeper,
      })
      seen.push(...answer.body.items.map((entry: { sku: string }) => entry.sku))
      cursor = answer.body.next
    } while (cursor)
    expect(seen).toEqual(expect.arrayContaining(skus))
    expect(new Set(seen).size).toBe(seen.length)
  })

  it('open, rename and close warehouses, but none with stock and never the last', async () => {
    const key = `w-${randomUUID().slice(0, 8)}`
    const call = (method: string, path: string, body?: object) =>
      service.request(method, path, { as: keeper, ...(body ? { body } : {}) })
    expect((await call('POST', '/api/inventory/warehouses', { key, name: 'North' })).status).toBe(201)
    expect((await call('POST', '/api/inventory/warehouses', { key, name: 'North' })).status).toBe(409)
    expect(
      (await call('PUT', `/api/inventory/warehouses/${key}`, { name: 'Far north', priority: 50, country: 'NO' })).body,
    ).toMatchObject({ name: 'Far north', country: 'NO', version: 2 })
    const sku = await stockUp(service, 1, { warehouse: key })
    expect((await call('DELETE', `/api/inventory/warehouses/${key}`)).status).toBe(422)
    await put(sku, { levels: [{ warehouse: key, onHand: 0 }], reason: 'moved' })
    expect((await call('DELETE', `/api/inventory/warehouses/${key}`)).status).toBe(204)
    expect((await call('GET', `/api/inventory/warehouses/${key}`)).body).toMatchObject({ active: false })
    expect((await call('DELETE', '/api/inventory/warehouses/nowhere')).status).toBe(404)
  })

  it('hold, sell and let go over HTTP', async () => {
    const sku = await stockUp(service, 2)
    const orderId = randomUUID()
    const call = (what: string, body: object) => service.request('POST', `/api/inventory/${what}`, { body, as: keeper })
    expect((await call('reserve', { orderId, lines: [{ sku, quantity: 2 }] })).body.outcome).toBe('reserved')
    expect((await call('reserve', { orderId: randomUUID(), lines: [{ sku, quantity: 1 }] })).body).toEqual({
      outcome: 'out-of-stock',
      skus: [{ sku, available: 0 }],
    })
    expect((await call('commit', { orderId })).body).toEqual({ outcome: 'committed' })
    expect((await call('release', { orderId })).body).toEqual({ outcome: 'committed' })
    const inside = { kind: 'service', id: 'orders' } as const
    expect(
      (
        await service.request('POST', '/internal/inventory/reserve', {
          body: { orderId: randomUUID(), lines: [{ sku, quantity: 1 }] },
          as: inside,
        })
      ).body.outcome,
    ).toBe('out-of-stock')
    expect((await service.request('POST', '/internal/inventory/release', { body: { orderId }, as: keeper })).status).toBe(404)
  })

  it('see how fast stock turns and what nobody buys', async () => {
    const [sold, dead] = [await stockUp(service, 1_000), await stockUp(service, 5_000)]
    const { orderId } = await reserve(service, [{ sku: sold, quantity: 900 }])
    await service.call('commit', { orderId })
    const { body } = await service.request('GET', '/api/inventory/analytics?days=30', { as: keeper })
    expect(body.fastest[0]).toEqual({ sku: sold, sold: 900, onHand: 100, turnoverPerYear: 219, daysOfStock: 3.3 })
    expect(body.dead[0]).toEqual({ sku: dead, onHand: 5_000 })
  })
})

describe('a shopper', () => {
  it('sees what can be bought and nothing else', async () => {
    const sku = await stockUp(service, 7)
    expect((await service.request('GET', `/api/inventory/${sku}`)).body).toEqual({
      sku,
      available: 7,
      inStock: true,
      backorder: false,
    })
    expect((await service.request('GET', '/api/inventory/no-such', { as: shopper })).body).toMatchObject({
      available: 0,
      inStock: false,
    })
  })

  it('cannot change stock', async () => {
    const sku = await stockUp(service, 1)
    for (const [method, path, body] of [
      ['PUT', `/api/inventory/${sku}`, {}],
      ['POST', '/api/inventory/adjustments', { sku, delta: 1, reason: 'x' }],
      ['POST', '/api/inventory/reserve', { orderId: randomUUID(), lines: [{ sku, quantity: 1 }] }],
      ['GET', '/api/inventory', undefined],
      ['GET', `/api/inventory/${sku}/movements`, undefined],
    ] as const) {
      expect((await service.request(method, path, { as: shopper, ...(body ? { body } : {}) })).status, `${method} ${path}`).toBe(
        403,
      )
    }
  })

  it.each([-1, 0, 1.5, '1', 1e9, 2 ** 31, 2 ** 53 + 1, null])('cannot hold %s units', async (quantity) => {
    const answer = await service.request('POST', '/api/inventory/reserve', {
      body: { orderId: randomUUID(), lines: [{ sku: 'x', quantity }] },
      as: keeper,
    })
    expect(answer.status).toBe(400)
  })
})
