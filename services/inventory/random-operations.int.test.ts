import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { uuidv7 } from '#kit/core/ids.ts'
import type { TestService } from '#kit/testing/service.ts'
import { reserveAll } from './holds.ts'
import { expectInvariants, levelOf, outOfTime, startInventory, stockUp } from './testing.ts'
import { StockModel } from './testing/stock-model.ts'

let service: TestService
beforeAll(async () => {
  service = await startInventory()
})
afterAll(async () => await service?.close())

type Line = { item: number; quantity: number }
type Step =
  | { do: 'reserve'; order: number; lines: Line[] }
  | { do: 'commit'; order: number }
  | { do: 'release'; order: number }
  | { do: 'expire'; order: number }
  | { do: 'restock'; order: number; lines: Line[] }
  | { do: 'arrive'; item: number; quantity: number }
  | { do: 'leave'; item: number; quantity: number }

const item = fc.integer({ min: 0, max: 2 })
const order = fc.integer({ min: 0, max: 7 })
const lines = fc.array(fc.record({ item, quantity: fc.integer({ min: 1, max: 6 }) }), { minLength: 1, maxLength: 4 })
const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('reserve' as const), order, lines }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('commit' as const, 'release' as const, 'expire' as const), order }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restock' as const), order, lines }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom('arrive' as const, 'leave' as const),
      item,
      quantity: fc.integer({ min: 1, max: 8 }),
    }),
  },
) as fc.Arbitrary<Step>

describe('whatever happens to the stock', () => {
  it('keeps shelf, holds and ledger in step, over a thousand random operations in two warehouses', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 25, maxLength: 50 }), async (steps) => {
        const skus = await Promise.all([0, 1, 2].map(() => stockUp(service, 4)))
        for (const sku of skus) await stockUp(service, 2, { sku, warehouse: 'west' })
        const shelf = shelfWith(skus, 6)
        const orders = Array.from({ length: 8 }, () => uuidv7())
        for (const one of steps) await play(one, shelf, skus, orders)
        for (const sku of skus) expect(await levelOf(service, sku)).toEqual({ ...shelf.levels.get(sku), owed: 0 })
      }),
      { numRuns: 30, endOnFailure: true },
    )
    await expectInvariants(service)
  }, 60_000)

  it('grants a group exactly what the same orders would get one after the other', async () => {
    const groups = fc.array(fc.record({ order, lines }), { minLength: 1, maxLength: 12 })
    await fc.assert(
      fc.asyncProperty(groups, fc.integer({ min: 0, max: 25 }), async (requests, units) => {
        const skus = await Promise.all([0, 1, 2].map(() => stockUp(service, units || 1)))
        const shelf = shelfWith(skus, units || 1)
        const orders = Array.from({ length: 8 }, () => uuidv7())
        const rows = await reserveAll(
          service.db.sql,
          requests.map((request) => ({
            order: orders[request.order]!,
            ttl: 60,
            warehouses: null,
            lines: toLines(request.lines, skus),
          })),
        )
        // an order that is refused and asks again in the same group gets the state after the whole group
        for (const request of requests) shelf.reserve(orders[request.order]!, toLines(request.lines, skus))
        expect(rows.map((row) => row.outcome)).toEqual(
          requests.map((request) => (shelf.holds.has(orders[request.order]!) ? 'reserved' : 'out-of-stock')),
        )
        for (const sku of skus) expect((await levelOf(service, sku)).reserved).toBe(shelf.levels.get(sku)!.reserved)
      }),
      { numRuns: 60, endOnFailure: true },
    )
    await expectInvariants(service)
  }, 60_000)
})

function shelfWith(skus: readonly string[], units: number): StockModel {
  const shelf = new StockModel()
  for (const sku of skus) shelf.arrive(sku, units)
  return shelf
}

const toLines = (lines: Line[], skus: string[]) => lines.map((line) => ({ sku: skus[line.item]!, quantity: line.quantity }))

async function play(one: Step, shelf: StockModel, skus: string[], orders: string[]): Promise<void> {
  if (one.do === 'arrive' || one.do === 'leave') {
    const delta = one.do === 'arrive' ? one.quantity : -one.quantity
    const sku = skus[one.item]!
    const [row] = await service.db.sql<{ outcome: string }[]>`
      select c.outcome from change_stock(${JSON.stringify([{ sku, warehouse: 'main', delta, kind: 'adjustment', reason: 'random' }])}::text::jsonb) c`
    if (row!.outcome === 'applied') shelf.arrive(sku!, delta)
    return
  }
  const orderId = orders[one.order]!
  if (one.do === 'reserve') {
    const { outcome } = await service.call<{ outcome: string }>('reserve', {
      orderId,
      channel: 'web',
      ttlSeconds: 600,
      lines: toLines(one.lines, skus),
    })
    expect(outcome).toBe(shelf.reserve(orderId, toLines(one.lines, skus)))
  } else if (one.do === 'commit') {
    expect(await service.call('commit', { orderId })).toEqual({ outcome: shelf.commit(orderId) })
  } else if (one.do === 'release') {
    expect(await service.call('release', { orderId, reason: 'random' })).toEqual({ outcome: shelf.release(orderId) })
  } else if (one.do === 'expire') {
    await outOfTime(service, orderId)
    await service.runJob('expire-holds')
    shelf.expire(orderId)
  } else {
    const [reference, lines] = [uuidv7(), toLines(one.lines, skus)]
    await service.call('restock', { reference, orderId, lines, reason: 'random' })
    shelf.restock(reference, lines)
  }
}
