import { afterAll, beforeAll, expect, it } from 'vitest'
import { ProductRatingChanged } from '#contracts/events/reviews.ts'
import { idOf, openTestShop, staff, type TestShop } from './testing/catalogue.ts'

let shop: TestShop
beforeAll(async () => {
  shop = await openTestShop()
  await shop.runJob('rebuild')
  await shop.sell({ title: 'Round mug' }, { title: 'Square mug' }, { title: 'Tall mug' })
})
afterAll(() => shop.close())

it('a product that loses its last review has no stars any more', async () => {
  await shop.rate('Tall mug', 5, 1)
  expect(await shop.find('q=mug&rating=5')).toEqual(['Tall mug'])
  await shop.rate('Tall mug', 0, 0)
  expect(await shop.find('q=mug&rating=1')).not.toContain('Tall mug')
})

it('an older rating that comes late changes nothing', async () => {
  await shop.rate('Square mug', 4.75, 8)
  await shop.deliver(ProductRatingChanged({ productId: idOf('Square mug'), average: 1, reviews: 1, revision: 0 }))
  expect(await shop.find('q=mug&rating=4')).toEqual(['Square mug'])
})

it('the read model made anew has the stars too, also those that no event brought', async () => {
  await shop.rate('Round mug', 5, 9, false)
  const rebuild = async () => {
    await shop.request('POST', '/api/search/rebuild', { as: staff })
    await shop.runJob('rebuild')
    return (await shop.request('GET', '/api/search/rebuild', { as: staff })).body
  }
  const first = await rebuild()
  expect(first).toMatchObject({ state: 'done', hashAfter: first.hashBefore })
  expect((await shop.find('q=mug&rating=4')).sort()).toEqual(['Round mug', 'Square mug'])
  const second = await rebuild()
  expect(second.hashAfter).toBe(first.hashAfter)
})
