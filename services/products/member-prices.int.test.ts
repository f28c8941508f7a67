import { afterAll, beforeAll, expect, it } from 'vitest'
import type { TestService } from '#kit/testing/service.ts'
import { testUser } from '#kit/testing/service.ts'
import { aProduct, given, type Json, staff, startShop } from './testing/shop.ts'

const trader = testUser('00000000-0000-7000-8000-00000000c0de')
const member = testUser('00000000-0000-7000-8000-00000000beef')
let shop: TestService
let found: string[] = []
beforeAll(async () => {
  shop = await startShop({
    rpc: {
      users: { customerGroups: async ({ userId }: { userId: string }) => ({ groups: userId === trader.id ? ['trade'] : [] }) },
      search: {
        find: async () => ({ productIds: found, next: null }),
        related: async () => ({ productIds: found }),
      },
    } as never,
  })
})
afterAll(() => shop.close())

type Person = typeof trader | undefined
const ask = async (url: string, as: Person) =>
  await shop.request('GET', url, as ? { as, headers: { authorization: 'Bearer x' } } : {})

/** A product for 19.95, for traders `amount`, with everything that shows it. */
async function sold(amount: number, tag: string) {
  const category = (
    await shop.request('POST', '/api/categories', { as: staff, body: { slug: tag, texts: { en: { title: tag } } } })
  ).body
  const product = aProduct({ tags: [tag], categoryIds: [category.id] })
  const { id } = await given(shop, product)
  const other = await given(shop, aProduct())
  found = [id]
  const list = (
    await shop.request('POST', '/api/price-lists', {
      as: staff,
      body: { key: `for-${tag}`, name: 'Trade', currency: 'EUR', customerGroup: 'trade' },
    })
  ).body
  const price = (amount: number) =>
    shop.request('PUT', `/api/price-lists/${list.id}/prices`, {
      as: staff,
      body: { prices: [{ sku: product.variants[0]!.sku, amount }] },
    })
  await price(amount)
  const shown = async (as: Person) => {
    const urls = [
      `/api/products?tag=${tag}`,
      `/api/products?search=mug`,
      `/api/products/search?q=mug`,
      `/api/categories/${tag}/products`,
      `/api/products/${other.id}/related`,
    ]
    const prices = []
    for (const url of urls) prices.push((await ask(url, as)).body.items[0].price.amount)
    return [...prices, (await ask(`/api/products/${id}`, as)).body.variants[0].price.amount]
  }
  return { id, price, shown }
}
const all = (amount: number) => Array.from({ length: 6 }, () => amount)

it('a member of a customer group sees the same price in every list and on the page, and nobody else sees it', async () => {
  const { shown } = await sold(1200, 'fair')
  // twice each, in turns: the second answers are kept ones
  for (let round = 0; round < 2; round += 1) {
    expect(await shown(undefined)).toEqual(all(1995))
    expect(await shown(trader)).toEqual(all(1200))
    expect(await shown(member)).toEqual(all(1995))
  }
})

it('a new price of a group, which changes no card, is on the lists of its members at once', async () => {
  const { price, shown } = await sold(1300, 'told')
  expect(await shown(trader)).toEqual(all(1300))
  await price(1100)
  expect(await shown(trader)).toEqual(all(1100))
  expect(await shown(undefined)).toEqual(all(1995))
})

it('what a member sees is kept by no shared cache, what a stranger sees may be', async () => {
  await sold(1200, 'shared')
  expect((await ask('/api/products?tag=shared', trader)).headers['cache-control']).toContain('private')
  expect((await ask('/api/products?tag=shared', undefined)).headers['cache-control']).not.toContain('private')
})

it('a wish has the price of who wishes', async () => {
  const { id } = await sold(1250, 'wish')
  await shop.request('POST', '/api/wishlists', { as: trader, body: { productId: id } })
  const { body } = await ask('/api/wishlists', trader)
  expect(body.items.map(({ product }: Json) => product.price.amount)).toEqual([1250])
})
