import { afterAll, beforeAll, expect, it } from 'vitest'
import { ProductViewed } from '#contracts/events/products.ts'
import { eventually } from '#kit/testing/eventually.ts'
import { idOf, openTestShop, type TestShop } from './testing/shop.ts'

let shop: TestShop
beforeAll(async () => {
  shop = await openTestShop()
  await shop.sell({ title: 'Tea pot', categories: ['Kitchen'] })
  await shop.order(null, ['Tea pot'])
})
afterAll(() => shop.close())

it('trending is what is in demand now, by category; imported history is long past', async () => {
  await shop.sell({ title: 'Old hit', categories: ['Toys'] }, { title: 'New hit', categories: ['Toys'] })
  for (let n = 0; n < 5; n += 1) await shop.order(null, ['Old hit'], { at: new Date('2011-06-01T00:00:00Z'), imported: true })
  for (let n = 0; n < 9; n += 1) await shop.order(null, ['New hit'])
  const list = await shop.titles(`trending?category=${idOf('Toys')}`)
  expect(list[0]).toBe('New hit')
  expect(list.at(-1)).toBe('Old hit')
  expect(list).not.toContain('Tea pot')
})

it('a rush for a product, looked at or bought, is seen in its category within seconds, and in no other', async () => {
  await shop.sell(
    { title: 'Star', categories: ['Rush'] },
    { title: 'Looked at', categories: ['Rush'] },
    { title: 'Sold', categories: ['Rush'] },
  )
  const ranks = (category: string) => shop.titles(`trending?category=${idOf(category)}&limit=3`)
  for (let n = 0; n < 3; n += 1) await shop.order(null, ['Star'])
  // from here on the list is kept: everybody gets the same answer until it ends
  await eventually(async () => expect((await ranks('Rush'))[0]).toBe('Star'))
  const elsewhere = await ranks('Kitchen')
  for (let n = 0; n < 20; n += 1)
    await shop.deliver(ProductViewed({ productId: idOf('Looked at'), channel: 'web', userId: null }))
  await eventually(async () => expect((await ranks('Rush')).slice(0, 2)).toEqual(['Looked at', 'Star']))
  for (let n = 0; n < 6; n += 1) await shop.order(null, ['Sold'])
  await eventually(async () => expect(await ranks('Rush')).toEqual(['Sold', 'Looked at', 'Star']))
  expect(await ranks('Kitchen')).toEqual(elsewhere)
})
