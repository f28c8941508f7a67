import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { idOf, order, type Sold, staff, type TestShop } from './catalogue.ts'

export const SOFAS: readonly Sold[] = [
  { title: 'Linen sofa', brand: 'Softline', categories: ['Seating'] },
  { title: 'Leather couch', brand: 'Softline', categories: ['Seating'] },
  { title: 'Garden sofa', categories: ['Seating', 'Garden seats'] },
  { title: 'Sofa cushion' },
]

/** What operators, sales and stars change, and what is suggested, whichever engine finds it. */
export function operatorsConformance(name: string, open: () => Promise<TestShop>): void {
  describe(`search steered by operators, sales and stars, by ${name}`, () => {
    let shop: TestShop
    beforeAll(async () => {
      shop = await open()
      await shop.sell(...SOFAS)
    })
    afterAll(() => shop.close())

    describe('synonyms', () => {
      it('count at once, in both ways or in one, and are gone as soon', async () => {
        expect(await shop.find('q=couch')).toEqual(['Leather couch'])
        const both = await shop.request('POST', '/api/search/synonyms', {
          as: staff,
          body: { locale: 'en', words: ['couch', 'Sofa'] },
        })
        expect(both.status).toBe(201)
        expect(await shop.find('q=couch')).toHaveLength(4)
        const oneWay = { locale: 'en', words: ['couch'], finds: ['garden sofa'] }
        await shop.request('PUT', `/api/search/synonyms/${both.body.id}`, { as: staff, body: oneWay })
        expect((await shop.find('q=couch')).sort()).toEqual(['Garden sofa', 'Leather couch'])
        expect(await shop.find('q=garden sofa')).toEqual(['Garden sofa'])
        await shop.request('DELETE', `/api/search/synonyms/${both.body.id}`, { as: staff })
        expect(await shop.find('q=couch')).toEqual(['Leather couch'])
      })
      it('of several words are understood as a whole', async () => {
        const made = await shop.request('POST', '/api/search/synonyms', {
          as: staff,
          body: { locale: 'en', words: ['chaise longue', 'leather couch'] },
        })
        expect(await shop.find('q=chaise longue')).toEqual(['Leather couch'])
        await shop.request('DELETE', `/api/search/synonyms/${made.body.id}`, { as: staff })
      })
    })

    describe('products that operators move', () => {
      const move = (title: string, rule: object) =>
        shop.request('POST', '/api/search/rules', { as: staff, body: { query: 'Sofa', productId: idOf(title), ...rule } })

      it('stand where they were pinned, also without any of the words, and once', async () => {
        const pinned = await move('Leather couch', { kind: 'pin', position: 2 })
        expect(pinned.status).toBe(201)
        const found = await shop.find('q=sofa')
        expect(found[1]).toBe('Leather couch')
        expect(new Set(found).size).toBe(4)
        expect((await shop.find('q=sofa linen')).includes('Leather couch')).toBe(false)
        await shop.request('DELETE', `/api/search/rules/${pinned.body.id}`, { as: staff })
        expect((await shop.find('q=sofa')).includes('Leather couch')).toBe(false)
      })
      it('stand once, and higher up, when they are pinned for every question too', async () => {
        const pins = [
          await move('Leather couch', { kind: 'pin', position: 2 }),
          await move('Leather couch', { kind: 'pin', position: 1, query: '' }),
        ]
        const found = await shop.find('q=sofa')
        expect([found[0], found.filter((title) => title === 'Leather couch')]).toEqual(['Leather couch', ['Leather couch']])
        for (const { body } of pins) await shop.request('DELETE', `/api/search/rules/${body.id}`, { as: staff })
      })
      it('come first or last, for this question only', async () => {
        const usual = await shop.find('q=sofa')
        const [buried, boosted] = [await move(usual[0]!, { kind: 'bury' }), await move(usual[2]!, { kind: 'boost' })]
        expect(await shop.find('q=sofa')).toEqual([usual[2], usual[1], usual[0]])
        for (const { body } of [buried, boosted]) await shop.request('DELETE', `/api/search/rules/${body.id}`, { as: staff })
        expect(await shop.find('q=sofa')).toEqual(usual)
      })
    })

    describe('suggestions', () => {
      const suggest = (q: string) => shop.ask(`/api/search/suggest?q=${q}`)
      it('complete the last word and know categories, brands and products', async () => {
        expect(await suggest('so')).toMatchObject({
          queries: expect.arrayContaining(['sofa', 'softline']),
          brands: [{ title: 'Softline' }],
        })
        expect(await suggest('gar')).toMatchObject({
          categories: [{ title: 'Garden seats' }],
          products: [{ title: 'Garden sofa' }],
        })
        expect((await suggest('linen so')).queries[0]).toBe('linen sofa')
      })
      it('know what was meant', async () => {
        expect((await suggest('lether couch')).products.map(({ title }: { title: string }) => title)).toEqual(['Leather couch'])
      })
      it('are none for nothing', async () => {
        expect(await suggest('')).toEqual({ queries: [], categories: [], brands: [], products: [] })
      })
    })

    describe('what sells', () => {
      it('moves up, and a sale of today counts more than old ones', async () => {
        await shop.deliver({ ...order('Sofa cushion', 3), time: '2025-01-01T00:00:00.000Z' })
        await shop.deliver(order('Garden sofa', 1))
        await shop.runJob('carry-over-sales')
        await shop.catchUp()
        expect((await shop.find('sort=bestselling&q=sofa')).slice(0, 2)).toEqual(['Garden sofa', 'Sofa cushion'])
      })
    })
  })

  describe(`stars and days, by ${name}`, () => {
    let shop: TestShop
    beforeAll(async () => {
      shop = await open()
      await shop.runJob('rebuild')
      const on = (day: number) => ({ publishedAt: `2026-01-0${day}T00:00:00.000Z` })
      await shop.sell({ title: 'Round mug', ...on(3) }, { title: 'Square mug', ...on(1) }, { title: 'Tall mug', ...on(2) })
    })
    afterAll(() => shop.close())

    it('the newest stands first', async () => {
      expect(await shop.find('q=mug&sort=newest')).toEqual(['Round mug', 'Tall mug', 'Square mug'])
    })
    it('the best rated stands first, and stars can be filtered by and are counted', async () => {
      await shop.rate('Round mug', 3.5, 4)
      await shop.rate('Square mug', 4.75, 8)
      expect(await shop.find('q=mug&sort=rating')).toEqual(['Square mug', 'Round mug', 'Tall mug'])
      expect(await shop.find('q=mug&rating=4')).toEqual(['Square mug'])
      expect((await shop.find('q=mug&rating=3')).sort()).toEqual(['Round mug', 'Square mug'])
      const { facets } = await shop.ask('/api/search?q=mug')
      expect(facets.ratings).toEqual([
        { stars: 5, count: 0 },
        { stars: 4, count: 1 },
        { stars: 3, count: 2 },
        { stars: 2, count: 2 },
        { stars: 1, count: 2 },
      ])
    })
  })
}
