import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { priceLines } from './queries/price-lines.ts'
import { createShownPrices } from './queries/shown-prices.ts'
import { aProduct, given, type Json, staff, startShop } from './testing/shop.ts'
import { eventually } from '#kit/testing/eventually.ts'
import type { TestService } from '#kit/testing/service.ts'

let shop: TestService
let shown: ReturnType<typeof createShownPrices>
let asked: string[] = []
let hold: Promise<void> | undefined
beforeAll(async () => {
  shop = await startShop()
  const { sql } = shop.db
  shown = createShownPrices({
    read: shop.running.changes,
    price: async (basket) => {
      asked.push(...basket.lines.map(({ sku }) => sku))
      const priced = await priceLines(sql, basket)
      await hold
      return priced
    },
  })
})
afterAll(() => shop.close())

const show = async (sku: string, quantity = 1) =>
  (await shown({ channel: 'web', locale: 'en', lines: [{ sku, quantity }] })).lines[0]?.unitPrice
const onSale = async () => {
  const product = aProduct()
  await given(shop, product)
  return product.variants[0]!.sku
}
const lists = async () => (await shop.request('GET', '/api/price-lists', { as: staff })).body.items
const put = async (list: string, prices: object[]) =>
  expect((await shop.request('PUT', `/api/price-lists/${list}/prices`, { as: staff, body: { prices } })).status).toBe(200)
const setPrice = async (sku: string, amount: number, minQuantity = 1) =>
  await put((await lists()).find((one: Json) => one.key === 'web').id, [{ sku, amount, minQuantity }])

describe('prices that a cart shows', () => {
  it('are asked of the database once while nothing changes, each quantity by itself', async () => {
    const [mug, tea] = [await onSale(), await onSale()]
    await setPrice(tea, 1500, 10)
    const basket = {
      channel: 'web',
      locale: 'en',
      lines: [
        { sku: mug, quantity: 1 },
        { sku: 'no-such', quantity: 1 },
        { sku: tea, quantity: 10 },
      ],
    }
    const first = await shown(basket)
    expect(first).toEqual(await priceLines(shop.db.sql, basket))
    expect(first.lines.map(({ unitPrice }) => unitPrice)).toEqual([1995, 1500])
    asked = []
    for (let time = 0; time < 5; time += 1) expect(await shown(basket)).toEqual(first)
    // what is not sold is not kept
    expect(new Set(asked)).toEqual(new Set(['no-such']))
    expect(await show(tea, 9)).toBe(1995)
  })

  it('are the new ones within a second after a change, and never older ones again', async () => {
    const sku = await onSale()
    expect(await show(sku)).toBe(1995)
    await setPrice(sku, 990)
    const changedAt = performance.now()
    await eventually(async () => expect(await show(sku)).toBe(990), { timeoutMs: 1000, everyMs: 10 })
    expect(performance.now() - changedAt).toBeLessThan(1000)
    for (let time = 0; time < 10; time += 1) expect(await show(sku)).toBe(990)
    const [{ product }] = (await shop.database.admin`
      update products.variants set retired = true where sku = ${sku} returning product_id as product`) as unknown as [Json]
    expect(product).toBeDefined()
    await eventually(async () => expect(await show(sku)).toBeUndefined(), { timeoutMs: 1000, everyMs: 10 })
  })

  it('are not kept when they changed while they were asked for', async () => {
    const [sku, other] = [await onSale(), await onSale()]
    // known by now: its new price is seen only by who has heard of the change
    await eventually(async () => {
      asked = []
      await show(other)
      expect(asked).toEqual([])
    })
    let go = (): void => undefined
    hold = new Promise((resolve) => (go = resolve))
    const early = show(sku)
    await eventually(() => expect(asked).toContain(sku))
    await setPrice(sku, 880)
    hold = undefined
    // whoever knows of the later change has heard of the earlier one
    await setPrice(other, 770)
    await eventually(async () => expect(await show(other)).toBe(770), { timeoutMs: 1000, everyMs: 10 })
    go()
    expect(await early).toBe(1995)
    expect(await show(sku)).toBe(880)
  })

  it('end when a sale begins by itself', async () => {
    const sku = await onSale()
    const list = (
      await shop.request('POST', '/api/price-lists', {
        as: staff,
        body: { name: 'Soon', key: 'soon', kind: 'sale', currency: 'EUR', validFrom: new Date(Date.now() + 1500).toISOString() },
      })
    ).body
    await put(list.id, [{ sku, amount: 500 }])
    await eventually(async () => expect(await show(sku)).toBe(1995))
    await eventually(async () => expect(await show(sku)).toBe(500), { timeoutMs: 5000, everyMs: 20 })
  })
})
