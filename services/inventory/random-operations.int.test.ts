import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { uuidv7 } from '#kit/core/ids.ts'
import type { TestService } from '#kit/testing/service.ts'
import { reserveAll } from './holds.ts'
import { expectInvariants, levelOf, outOfTime, startInventory, stockUp } from './testing.ts'

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

/** The rules in a few lines: totals per SKU over all warehouses. */
class Shelf {
  onHand = [6, 6, 6]
  reserved = [0, 0, 0]
  orders = new Map<number, { state: 'held' | 'committed' | 'released' | 'expired'; units: number[] }>()

  sum(lines: Line[]): number[] {
    return [0, 1, 2].map((sku) => lines.filter((line) => line.item === sku).reduce((total, line) => total + line.quantity, 0))
  }
  fits(units: number[]): boolean {
    return units.every((wanted, sku) => wanted <= this.onHand[sku]! - this.reserved[sku]!)
  }
  move(units: number[], { hand = 0, hold = 0 }): void {
    units.forEach((count, sku) => {
      this.onHand[sku]! += hand * count
      this.reserved[sku]! += hold * count
    })
  }

  reserve(id: number, lines: Line[]): string {
    const known = this.orders.get(id)
    if (known) return known.state === 'held' || known.state === 'committed' ? 'reserved' : 'ended'
    const units = this.sum(lines)
    if (!this.fits(units)) return 'out-of-stock'
    this.move(units, { hold: 1 })
    this.orders.set(id, { state: 'held', units })
    return 'reserved'
  }
  commit(id: number): string {
    const known = this.orders.get(id)
    if (!known) return 'unknown'
    if (known.state === 'expired' && this.fits(known.units)) {
      this.move(known.units, { hold: 1 })
      known.state = 'held'
    }
    if (known.state === 'held') {
      this.move(known.units, { hand: -1, hold: -1 })
      known.state = 'committed'
    }
    return known.state === 'committed' ? 'committed' : 'expired'
  }
  release(id: number): void {
    const known = this.orders.get(id)
    if (known?.state === 'held') this.move(known.units, { hold: -1 })
    if (!known) this.orders.set(id, { state: 'released', units: [0, 0, 0] })
    else if (known.state !== 'committed') known.state = 'released'
  }
  expire(id: number): void {
    const known = this.orders.get(id)
    if (known?.state !== 'held') return
    this.move(known.units, { hold: -1 })
    known.state = 'expired'
  }
}

describe('whatever happens to the stock', () => {
  it('keeps shelf, holds and ledger in step, over a thousand random operations in two warehouses', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 25, maxLength: 50 }), async (steps) => {
        const shelf = new Shelf()
        const skus = await Promise.all([0, 1, 2].map(() => stockUp(service, 4)))
        for (const sku of skus) await stockUp(service, 2, { sku, warehouse: 'west' })
        const orders = Array.from({ length: 8 }, () => uuidv7())
        for (const one of steps) await play(one, shelf, skus, orders)
        for (const [index, sku] of skus.entries()) {
          expect(await levelOf(service, sku)).toEqual({ onHand: shelf.onHand[index], reserved: shelf.reserved[index], owed: 0 })
        }
      }),
      { numRuns: 30, endOnFailure: true },
    )
    await expectInvariants(service)
  }, 60_000)

  it('grants a group exactly what the same orders would get one after the other', async () => {
    const groups = fc.array(fc.record({ order, lines }), { minLength: 1, maxLength: 12 })
    await fc.assert(
      fc.asyncProperty(groups, fc.integer({ min: 0, max: 25 }), async (requests, units) => {
        const shelf = new Shelf()
        shelf.onHand = [units, units, units]
        const skus = await Promise.all([0, 1, 2].map(() => stockUp(service, units || 1)))
        if (units === 0) shelf.onHand = [1, 1, 1]
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
        for (const request of requests) shelf.reserve(request.order, request.lines)
        expect(rows.map((row) => row.outcome)).toEqual(
          requests.map((request) => (shelf.orders.has(request.order) ? 'reserved' : 'out-of-stock')),
        )
        for (const [index, sku] of skus.entries()) expect((await levelOf(service, sku)).reserved).toBe(shelf.reserved[index])
      }),
      { numRuns: 60, endOnFailure: true },
    )
    await expectInvariants(service)
  }, 60_000)
})

const toLines = (lines: Line[], skus: string[]) => lines.map((line) => ({ sku: skus[line.item]!, quantity: line.quantity }))

async function play(one: Step, shelf: Shelf, skus: string[], orders: string[]): Promise<void> {
  if (one.do === 'arrive' || one.do === 'leave') {
    const delta = one.do === 'arrive' ? one.quantity : -one.quantity
    const sku = skus[one.item]!
    const [row] = await service.db.sql<{ outcome: string }[]>`
      select c.outcome from change_stock(${JSON.stringify([{ sku, warehouse: 'main', delta, kind: 'adjustment', reason: 'random' }])}::text::jsonb) c`
    if (row!.outcome === 'applied') shelf.onHand[one.item]! += delta
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
    expect(outcome).toBe(shelf.reserve(one.order, one.lines))
  } else if (one.do === 'commit') {
    expect(await service.call('commit', { orderId })).toEqual({ outcome: shelf.commit(one.order) })
  } else if (one.do === 'release') {
    await service.call('release', { orderId, reason: 'random' })
    shelf.release(one.order)
  } else if (one.do === 'expire') {
    await outOfTime(service, orderId)
    await service.runJob('expire-holds')
    shelf.expire(one.order)
  } else {
    await service.call('restock', { reference: uuidv7(), orderId, lines: toLines(one.lines, skus), reason: 'random' })
    shelf.move(shelf.sum(one.lines), { hand: 1 })
  }
}
