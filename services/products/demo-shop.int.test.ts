import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { invariants } from './invariants.ts'
import { products } from './seed/catalogue.ts'
import { type Json, startShop } from './testing/shop.ts'
import type { TestService } from '#kit/testing/service.ts'

let shop: TestService
beforeAll(async () => {
  shop = await startShop()
  await shop.running.seed()
})
afterAll(() => shop.close())

describe('the demo shop', () => {
  it('has every product with a price, a picture and both languages', async () => {
    const items: Json[] = []
    let next = ''
    do {
      const page = await shop.request('GET', `/api/products?limit=50&locale=de${next}`)
      items.push(...page.body.items)
      next = page.body.next ? `&cursor=${page.body.next}` : ''
    } while (next)
    expect(items).toHaveLength(products.length)
    expect(items.filter((item) => !item.image || item.price.amount <= 0)).toEqual([])
    expect(items.map((item) => item.title)).toContain('Morgenbecher')
    expect((await shop.request('GET', items[0].image.url)).status).toBe(200)
    expect(items.some((item) => item.listPrice.amount > item.price.amount)).toBe(true)
  })

  it('breaks none of the rules that souk checks', async () => {
    for (const { name, sql } of invariants) expect([name, await shop.db.sql.unsafe(sql)]).toEqual([name, []])
  })

  it('is seeded once', async () => {
    const before = (await shop.events()).length
    await shop.running.seed()
    expect((await shop.events()).length).toBe(before)
  })
})
