import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Json, shopper, startShop } from './testing/shop.ts'
import type { TestService } from '#kit/testing/service.ts'

let shop: TestService
beforeAll(async () => {
  shop = await startShop({
    rpc: { inventory: { availability: async () => ({ levels: [{ sku: 'IMP-1', available: 3, backorder: false }] }) } },
  })
})
afterAll(() => shop.close())

const bring = (products: object[]) => shop.call<Json>('importProducts', { channel: 'web', source: 'old-shop', products })
const prices = (list: object[]) => shop.call<Json>('importPrices', { channel: 'web', prices: list })
const day = (n: number) => `2010-12-${String(n).padStart(2, '0')}T08:26:00.000Z`

describe('an import', () => {
  it('creates products in historical time, and nothing the second time', async () => {
    const input = [
      { sku: 'IMP-1', title: 'White lantern', at: day(1) },
      { sku: 'imp-1', title: 'White lantern', at: day(2) },
    ]
    const first = await bring(input)
    expect(first.products.map((one: Json) => one.sku)).toEqual(['IMP-1', 'imp-1'])
    const events = (await shop.events('ProductCreated.v1')).length
    expect(await bring(input)).toEqual(first)
    expect((await shop.events('ProductCreated.v1')).length).toBe(events)
    const [event] = await shop.events('ProductCreated.v1')
    expect(event?.time).toBe(day(1))
    const [row] = await shop.db.sql<
      { at: string }[]
    >`select iso(p.created_at) as at from products p where p.id = ${first.products[0].productId}`
    expect(row?.at).toBe(day(1))
  })

  it('replays prices in order, once', async () => {
    await bring([{ sku: 'IMP-2', title: 'Jug', at: day(1) }])
    const history = [
      { sku: 'IMP-2', amount: 255, at: day(1) },
      { sku: 'IMP-2', amount: 255, at: day(2) },
      { sku: 'IMP-2', amount: 310, at: day(3) },
      { sku: 'NOBODY', amount: 1, at: day(3) },
    ]
    expect(await prices(history)).toEqual({ changed: 2 })
    expect(await prices(history)).toEqual({ changed: 0 })
    expect(await prices(history.slice(0, 1))).toEqual({ changed: 0 })
    const told = (await shop.events('PriceChanged.v1')).filter((event: Json) => event.data.sku === 'IMP-2')
    expect(told.map((event: Json) => [event.time, event.data.previous?.amount ?? null, event.data.price.amount])).toEqual([
      [day(1), null, 255],
      [day(3), 255, 310],
    ])
    const { lines } = await shop.call<Json>('price', { channel: 'web', lines: [{ sku: 'IMP-2', quantity: 1 }] })
    expect(lines[0]).toMatchObject({ unitPrice: 310, title: 'Jug' })
    expect((await shop.request('GET', '/api/products')).body.items.map((item: Json) => item.title)).toContain('Jug')
  })

  it('takes over a later title, not an earlier one', async () => {
    await bring([{ sku: 'IMP-3', title: 'First', at: day(1) }])
    await bring([{ sku: 'IMP-3', title: 'Second', at: day(5) }])
    await bring([{ sku: 'IMP-3', title: 'First', at: day(1) }])
    const [row] = await shop.db
      .sql`select t.title from variants v join texts t on t.owner_id = v.product_id where v.sku = 'IMP-3'`
    expect(row?.['title']).toBe('Second')
  })

  it('run twice at once makes every product once', async () => {
    for (let round = 0; round < 5; round++) {
      const input = Array.from({ length: 20 }, (_, n) => ({ sku: `RACE-${round}-${n}`, title: `Race ${n}`, at: day(1) }))
      const [first, ...others] = await Promise.all([bring(input), bring(input), bring(input)])
      for (const other of others) expect(other).toEqual(first)
    }
  })
})

describe('what another order service asks', () => {
  it('is price and stock in one answer, for services only', async () => {
    await prices([{ sku: 'IMP-1', amount: 700, at: day(9) }])
    const { kind } = shopper
    expect(kind).toBe('user')
    expect((await shop.request('GET', '/internal/products?skus=IMP-1', { as: shopper })).status).toBe(404)
    const answer = await shop.request('GET', '/internal/products?skus=IMP-1,nothing', { as: { kind: 'service', id: 'orders' } })
    expect(answer.body).toMatchObject({
      items: [{ sku: 'IMP-1', unitPrice: 700, available: 3 }],
      refused: [{ sku: 'nothing', reason: 'unknown' }],
    })
  })
})
