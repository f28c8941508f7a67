import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { uuidv7 } from '#kit/core/ids.ts'
import { testUser } from '#kit/testing/service.ts'
import { brokenRules, openShop, type Shop } from './shop.fixture.ts'

let shop: Shop
beforeAll(async () => {
  shop = await openShop()
}, 60_000)
afterAll(() => shop.close())
afterEach(async () => expect(await brokenRules(shop)).toEqual([]))

describe('the books', () => {
  it('tell of everything, or of what happened since a day', async () => {
    const books = testUser(uuidv7(), ['orders:read-reports'], ['FINANCE'])
    await shop.order()
    const today = new Date().toISOString().slice(0, 10)
    const rows = async (query: string) =>
      (await shop.service.request('GET', `/api/orders/reports/revenue?by=day${query}`, { as: books })).body.rows as {
        period: string
      }[]
    expect((await rows('')).map(({ period }) => period)).toContain(today)
    expect((await rows(`&from=${today}`)).map(({ period }) => period)).toEqual([today])
    expect(await rows('&from=2999-01-01')).toEqual([])
  })
})
