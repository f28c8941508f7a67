import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ProductRatingChanged, type Rating } from '#contracts/events/reviews.ts'
import type { TestService } from '#kit/testing/service.ts'
import { aProduct, given, type Json, startShop } from './testing/shop.ts'

let shop: TestService
/** what reviews answers when it is asked */
let known: Rating[] = []
beforeAll(async () => {
  shop = await startShop({
    rpc: {
      reviews: {
        ratings: async ({ productIds }: { productIds: string[] }) => ({
          ratings: known.filter(({ productId }) => productIds.includes(productId)),
        }),
      },
    } as never,
  })
})
afterAll(() => shop.close())

const rated = (productId: string, average: number, reviews: number, revision: number) =>
  shop.deliver(ProductRatingChanged({ productId, average, reviews, revision }))
const cardIn = async (tag: string) => (await shop.request('GET', `/api/products?tag=${tag}`)).body.items[0] as Json
const stars = ({ rating, reviewCount }: Json) => [rating, reviewCount]

describe('the stars on a card', () => {
  it('are there as soon as somebody has reviewed the product, also where the list was kept', async () => {
    const { id } = await given(shop, aProduct({ tags: ['starred'] }))
    expect(stars(await cardIn('starred'))).toEqual([0, 0])
    const { snapshot } = await shop.call<Json>('changes', {})
    await rated(id, 4.67, 3, 1)
    // search and recommendations keep answers by it
    expect((await shop.call<Json>('changes', { since: snapshot })).tags).toContain(`product:${id}`)
    await expect.poll(async () => stars(await cardIn('starred'))).toEqual([4.67, 3])
    const { cards } = await shop.call<Json>('cards', { channel: 'web', locale: 'de', ids: [id] })
    expect(stars(cards[0].card)).toEqual([4.67, 3])
  })

  it('never go back to an older state, and vanish with the last review', async () => {
    const { id } = await given(shop, aProduct({ tags: ['older'] }))
    await rated(id, 2, 2, 5)
    await rated(id, 5, 1, 4)
    await expect.poll(async () => stars(await cardIn('older'))).toEqual([2, 2])
    await rated(id, 0, 0, 6)
    await expect.poll(async () => stars(await cardIn('older'))).toEqual([0, 0])
  })

  it('leave the version of the product alone: nobody who writes it is in the way of a review', async () => {
    const { id, version } = await given(shop, aProduct())
    await rated(id, 3, 1, 1)
    expect((await shop.request('GET', `/api/products/${id}`)).body.version).toBe(version)
  })

  it('are asked for once of products that were reviewed before', async () => {
    const { id } = await given(shop, aProduct({ tags: ['before'] }))
    const later = await given(shop, aProduct({ tags: ['heard'] }))
    await rated(later.id, 1, 1, 9)
    // as a release left them that knew no stars
    await shop.db.sql`update product_cards set card = (card::jsonb - 'rating' - 'reviewCount')::json`
    const unrated = await shop.call<Json>('cards', { channel: 'web', locale: 'en', ids: [id] })
    expect(stars(unrated.cards[0].card)).toEqual([0, 0])
    known = [
      { productId: id, average: 4, reviews: 7, revision: 7 },
      { productId: later.id, average: 5, reviews: 2, revision: 8 },
    ]
    await shop.db.sql`update ratings_filled set after = null, done = false`
    await shop.runJob('fill-ratings')
    await expect.poll(async () => stars(await cardIn('before'))).toEqual([4, 7])
    expect(stars(await cardIn('heard'))).toEqual([1, 1])
    known = []
    await shop.runJob('fill-ratings')
    expect(stars(await cardIn('before'))).toEqual([4, 7])
  })
})
