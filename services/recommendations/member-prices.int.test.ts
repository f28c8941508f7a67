import { afterAll, beforeAll, expect, it } from 'vitest'
import { customer, idOf, openTestShop, type TestShop } from './testing/shop.ts'

const trader = customer('trader')
const member = customer('member')
let shop: TestShop
beforeAll(async () => {
  shop = await openTestShop({
    users: { customerGroups: async ({ userId }: { userId: string }) => ({ groups: userId === trader.id ? ['trade'] : [] }) },
  })
  await shop.sell({ title: 'Green tea' }, { title: 'Tea pot' })
  await shop.order('ann', ['Green tea', 'Tea pot'])
})
afterAll(() => shop.close())

const price = async (path: string, as?: typeof trader) => {
  const options = as ? { as, headers: { authorization: 'Bearer x' } } : {}
  return (await shop.request('GET', `/api/recommendations/${path}`, options)).body.items[0].price.amount
}

it.each([`products/${idOf('Green tea')}/also-bought`, `goes-with?products=${idOf('Green tea')}`, 'trending'])(
  '%s shows a member the price of their group, and a kept list never goes to somebody with another price',
  async (path) => {
    for (let round = 0; round < 2; round += 1) {
      expect(await price(path)).toBe(1995)
      expect(await price(path, trader)).toBe(1200)
      expect(await price(path, member)).toBe(1995)
    }
  },
)

it('the list of one customer has the price of their group', async () => {
  expect(await price(trader.id, trader)).toBe(1200)
  expect(await price(member.id, member)).toBe(1995)
})
