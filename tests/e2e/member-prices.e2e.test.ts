import { afterAll, beforeAll, expect, it } from 'vitest'
import { eventually } from '#kit/testing/eventually.ts'
import { type Client, client, expectStatus, signIn } from './client.ts'
import { calm } from './shared-shop.ts'
import { openShop, type Shop } from './shop.ts'
import { type Shelf, sell } from './stock-the-shop.ts'

const password = 'teal-otter-hums-41'
let shop: Shop
let member: Client
let pot: Shelf
let cup: Shelf

beforeAll(async () => {
  shop = await openShop(calm)
  const staff = await signIn(shop.url, shop.administrator.email, shop.administrator.password)
  pot = await sell(staff, 'pot', { title: 'Blue teapot' })
  cup = await sell(staff, 'cup', { title: 'Blue teacup' })
  const account = { email: 'trader@example.com', password, fullName: 'Tom Trader' }
  const { id } = expectStatus(await client(shop.url).post('/api/users/register', account), 200, 201).body
  expectStatus(await staff.put('/api/users/groups/trade', { name: 'Trade' }), 200, 201)
  expectStatus(await staff.put(`/api/users/groups/trade/members/${id}`, {}), 200, 204)
  const list = { key: 'trade', name: 'Trade', currency: 'EUR', customerGroup: 'trade' }
  const { id: listId } = expectStatus(await staff.post('/api/price-lists', list), 201).body
  expectStatus(await staff.put(`/api/price-lists/${listId}/prices`, { prices: [{ sku: 'pot', amount: 1200 }] }), 200)
  member = await signIn(shop.url, account.email, password)
})
afterAll(async () => await shop.remove())

const places = (): [path: string, priceOf: (body: never) => { amount: number }][] => {
  const ofPot = ({ items }: { items: { id: string; price: { amount: number } }[] }) =>
    items.find(({ id }) => id === pot.productId)!.price
  return [
    ['/api/products?limit=100', ofPot],
    ['/api/products?search=teapot', ofPot],
    ['/api/search?q=teapot', ofPot],
    [`/api/recommendations/products/${cup.productId}/similar`, ofPot],
    [`/api/products/${pot.productId}`, ({ variants }: { variants: { price: { amount: number } }[] }) => variants[0]!.price],
  ] as never
}

it('a member of a customer group meets one price in lists, searches, recommendations and on the page, and so does a stranger', async () => {
  const prices = async (who: Client) => {
    const shown = []
    for (const [path, priceOf] of places()) shown.push(priceOf(expectStatus(await who.get(path), 200).body as never).amount)
    return new Set(shown)
  }
  await eventually(async () => expect(await prices(client(shop.url))).toEqual(new Set([1995])), { timeoutMs: 60_000 })
  expect(await prices(member)).toEqual(new Set([1200]))
  expect(await prices(client(shop.url))).toEqual(new Set([1995]))
})
