import { afterAll, beforeAll, expect, it } from 'vitest'
import { testUser } from '#kit/testing/service.ts'
import { openTestShop, shopper, type TestShop } from './testing/catalogue.ts'

const trader = testUser('00000000-0000-7000-8000-00000000c0de')
let shop: TestShop
beforeAll(async () => {
  shop = await openTestShop({
    rpc: {
      users: { customerGroups: async ({ userId }: { userId: string }) => ({ groups: userId === trader.id ? ['trade'] : [] }) },
    } as never,
  })
  await shop.runJob('rebuild')
  await shop.sell({ title: 'Round mug', price: 2000 })
})
afterAll(() => shop.close())

const prices = async (as?: typeof trader) => {
  const options = as ? { as, headers: { authorization: 'Bearer x' } } : {}
  const hits = (await shop.request('GET', '/api/search?q=mug', options)).body.items
  const suggested = (await shop.request('GET', '/api/search/suggest?q=mug', options)).body.products
  return [hits[0].price.amount, suggested[0].price.amount]
}

it('hits and suggestions show a member the price of their group; a kept answer never goes to somebody with another price', async () => {
  for (let round = 0; round < 2; round += 1) {
    expect(await prices()).toEqual([2000, 2000])
    expect(await prices(trader)).toEqual([1000, 1000])
    expect(await prices(shopper)).toEqual([2000, 2000])
  }
})

it('filters go by the price of a stranger', async () => {
  const options = { as: trader, headers: { authorization: 'Bearer x' } }
  expect((await shop.request('GET', '/api/search?q=mug&maxPrice=1500', options)).body.items).toEqual([])
})
