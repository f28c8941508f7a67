import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TestShop } from './catalogue.ts'

const numbered = (name: string, count: number) =>
  Array.from({ length: count }, (_, index) => `${name} ${String(index).padStart(3, '0')}`)

/** Values of facets in a shop that has very many, whichever engine counts them. */
export function facetsConformance(name: string, open: () => Promise<TestShop>): void {
  describe(`facets of many values by ${name}`, () => {
    let shop: TestShop
    const colours = numbered('Colour', 80)
    const tags = numbered('tag', 600)
    beforeAll(async () => {
      shop = await open()
      const common = { tags, options: { colour: colours }, price: 1995, categories: ['Home'] }
      await shop.sell(
        { title: 'Patchwork blanket', ...common },
        { title: 'Patchwork quilt', ...common },
        { title: 'Silk sheet', options: { size: ['Double', 'Single'] }, price: 250_000, brand: 'Loom', inStock: false },
      )
      await shop.rate('Silk sheet', 4.5, 2)
    })
    afterAll(() => shop.close())

    it('do not push rare values of another facet out', async () => {
      const { facets, exact } = await shop.ask('/api/search')
      expect(exact).toBe(true)
      expect(facets.options.find(({ key }: { key: string }) => key === 'size')).toEqual({
        key: 'size',
        title: 'size',
        values: [
          { key: 'double', title: 'Double', count: 1 },
          { key: 'single', title: 'Single', count: 1 },
        ],
      })
      expect(facets.prices.map(({ range, count }: { range: string; count: number }) => [range, count])).toEqual([
        ['1000-2000', 2],
        ['200000-500000', 1],
      ])
      expect(facets.ratings.map(({ count }: { count: number }) => count)).toEqual([0, 1, 1, 1, 1])
      expect(facets.brands).toMatchObject([{ title: 'Loom', count: 1 }])
      expect(facets.inStock).toBe(2)
    })
    it('are the sixty most frequent of each, in the order of their names where they are as frequent', async () => {
      const { facets } = await shop.ask('/api/search')
      const [colour] = facets.options.filter(({ key }: { key: string }) => key === 'colour')
      expect(colour.values.map(({ title }: { title: string }) => title)).toEqual(colours.slice(0, 60))
      expect(facets.tags).toEqual(tags.slice(0, 60).map((tag) => ({ tag, count: 2 })))
    })
    it('are a hundred and fifty of all categories', async () => {
      const rooms = numbered('Room', 160)
      await shop.sell(...rooms.map((room) => ({ title: `Doormat for ${room}`, categories: ['House', room] })))
      const { facets } = await shop.ask('/api/search?q=doormat')
      expect(facets.categories).toHaveLength(150)
      expect(facets.categories[0]).toMatchObject({ title: 'House', count: 160 })
      const chosen = (await shop.ask('/api/search?q=doormat&category=room-159')).facets.categories
      expect(chosen).toHaveLength(151)
      await shop.withdraw(...rooms.map((room) => `Doormat for ${room}`))
    })
    it('show what was chosen also where it is not among them', async () => {
      const { facets, items } = await shop.ask('/api/search?option=colour:colour-079&sort=price')
      expect(items).toHaveLength(2)
      const [colour] = facets.options.filter(({ key }: { key: string }) => key === 'colour')
      expect(colour.values).toHaveLength(61)
      expect(colour.values.at(-1)).toEqual({ key: 'colour-079', title: 'Colour 079', count: 2 })
    })
    it('have their new names at once', async () => {
      const sizes = async () =>
        (await shop.ask('/api/search?q=silk')).facets.options[0].values.map(({ title }: { title: string }) => title)
      expect(await sizes()).toEqual(['Double', 'Single'])
      const sheet = { title: 'Silk sheet', price: 250_000, brand: 'Loom', inStock: false }
      await shop.sell({ ...sheet, options: { size: ['Double', 'single'] } })
      expect(await sizes()).toEqual(['Double', 'single'])
    })
    it('are counted as well where few products are found', async () => {
      const { facets } = await shop.ask('/api/search?q=silk')
      expect(facets.prices).toHaveLength(1)
      expect(facets.options).toMatchObject([{ key: 'size', values: [{ count: 1 }, { count: 1 }] }])
    })
  })
}
