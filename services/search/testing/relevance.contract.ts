import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { idOf, type TestShop } from './catalogue.ts'

/** What shoppers find, whichever engine finds it. */
export function relevanceConformance(name: string, open: () => Promise<TestShop>): void {
  describe(`search by ${name}`, () => {
    let shop: TestShop
    beforeAll(async () => {
      shop = await open()
      await shop.sell(
        {
          title: 'White hanging heart lamp',
          german: 'Weiße Herzlampe',
          price: 1295,
          brand: 'Lumen',
          categories: ['Home', 'Lamps'],
          options: { colour: ['White', 'Red'] },
        },
        {
          title: 'Red metal lantern',
          german: 'Rote Laterne',
          price: 2495,
          brand: 'Lumen',
          categories: ['Home', 'Lamps'],
          options: { colour: ['Red'] },
        },
        {
          title: 'Red retrospot mug',
          german: 'Roter Becher',
          price: 795,
          brand: 'Kiln',
          categories: ['Home', 'Kitchen'],
          description: 'Holds coffee & tea.',
          options: { colour: ['Red'] },
        },
        {
          title: 'Blue retrospot mugs',
          german: 'Blaue Becher',
          price: 1495,
          brand: 'Kiln',
          categories: ['Home', 'Kitchen'],
          options: { colour: ['Blue'] },
        },
        {
          title: 'Grey sweatshirt',
          german: 'Graue Kaffeetasse',
          price: 3995,
          brand: 'Loom',
          categories: ['Clothes'],
          inStock: false,
        },
      )
    })
    afterAll(() => shop.close())

    describe('words', () => {
      it('find products by title, in any order and number', async () => {
        expect(await shop.find('q=mug')).toEqual(expect.arrayContaining(['Red retrospot mug', 'Blue retrospot mugs']))
        expect(await shop.find('q=mugs red')).toEqual(['Red retrospot mug'])
        expect(await shop.find('q=heart white lamps')).toEqual(['White hanging heart lamp'])
      })
      it('that nobody looks for by themselves still say which one is meant', async () => {
        await shop.sell(...['A', 'B', 'I', 'K'].map((letter) => ({ title: `Letter ${letter} key ring` })))
        expect((await shop.find('q=letter i key ring'))[0]).toBe('Letter I key ring')
        expect((await shop.find('q=letetr a key ring'))[0]).toBe('Letter A key ring')
        await shop.withdraw(...['A', 'B', 'I', 'K'].map((letter) => `Letter ${letter} key ring`))
      })
      it('are searched in the language of the shopper', async () => {
        expect(await shop.find('q=becher', { 'accept-language': 'de' })).toEqual(
          expect.arrayContaining(['Roter Becher', 'Blaue Becher']),
        )
        expect(await shop.find('q=becher')).toEqual([])
        expect(await shop.find('q=weisse', { 'accept-language': 'de' })).toEqual(['Weiße Herzlampe'])
      })
      it('are found as a part of a longer word', async () => {
        expect(await shop.find('q=shirt')).toEqual(['Grey sweatshirt'])
        expect(await shop.find('q=tasse', { 'accept-language': 'de' })).toEqual(['Graue Kaffeetasse'])
        expect(await shop.find('q=retro mug')).toHaveLength(2)
      })
      it.each(['lantren', 'lanttern', 'lantrn', 'lanterm', 'red metl lantern', 'rde lantern'])(
        'may be misspelt: %s',
        async (q) => {
          expect((await shop.find(`q=${q}`))[0]).toBe('Red metal lantern')
        },
      )
      it('say what was looked for instead', async () => {
        expect(await shop.ask('/api/search?q=retrospott mug')).toMatchObject({ didYouMean: 'retrospot mug', total: 2 })
        expect(await shop.ask('/api/search?q=mug')).toMatchObject({ didYouMean: null })
      })
      it('that occur, but not together, are taken for the ones next to them, and that is said', async () => {
        const cards = ['Form letter', 'Letter tray', 'Foam pillow']
        await shop.sell(...cards.map((title) => ({ title })))
        const found = await shop.ask('/api/search?q=form pillow')
        expect(found).toMatchObject({ didYouMean: 'foam pillow', total: 1, items: [{ title: 'Foam pillow' }] })
        expect(await shop.ask('/api/search?q=form letter')).toMatchObject({ didYouMean: null, total: 1 })
        await shop.withdraw(...cards)
      })
      it('that hardly occur are shown, and a far more common word next to them is offered', async () => {
        const tables = Array.from({ length: 20 }, (_, n) => `Table ${['oak', 'pine', 'elm', 'ash'][n % 4]} ${n}`)
        const others = [{ title: 'Tabel runner', tags: ['sale'] }, ...['Tablet', 'Bench', 'Bunch'].map((title) => ({ title }))]
        await shop.sell(...others, ...tables.map((title) => ({ title })))
        const found = await shop.ask('/api/search?q=tabel')
        expect(found).toMatchObject({ items: [{ title: 'Tabel runner' }], total: 1, didYouMean: null, mayMean: 'table' })
        expect((await shop.ask('/api/search?q=tabel runner')).mayMean).toBe('table runner')
        // many have it; few because of a filter; nothing next to it that is far more common
        for (const query of ['q=table', 'q=tabel&tag=sale', 'q=runner', 'q=bench'])
          expect([query, (await shop.ask(`/api/search?${query}`)).mayMean]).toEqual([query, null])
        await shop.withdraw(...others.map(({ title }) => title), ...tables)
      })
      it('are marked in what is shown, which is safe to put into a page', async () => {
        const { items } = await shop.ask('/api/search?q=coffee')
        expect(items[0].highlight.description).toBe('Holds <mark>coffee</mark> &amp; tea.')
        expect((await shop.ask('/api/search?q=mug&sort=price')).items[1].highlight.title).toBe('Blue retrospot <mark>mugs</mark>')
      })
      it('that occur nowhere find nothing; some that do are better than none', async () => {
        expect(await shop.ask('/api/search?q=zzzzzzzz')).toMatchObject({ items: [], total: 0, relaxed: false })
        expect(await shop.ask('/api/search?q=zzzzzzzz red lantern lamp')).toMatchObject({ relaxed: true })
      })
      it('that are no words at all find nothing, and none at all finds everything', async () => {
        expect(await shop.find('q=%21%3F')).toEqual([])
        expect(await shop.find('q=')).toHaveLength(5)
      })
    })

    describe('facets', () => {
      it('count by category, brand, price, option and stock', async () => {
        const { facets, total, exact } = await shop.ask('/api/search')
        expect({ total, exact }).toEqual({ total: 5, exact: true })
        expect(facets.categories.map(({ title, count }: { title: string; count: number }) => [title, count])).toEqual([
          ['Home', 4],
          ['Kitchen', 2],
          ['Lamps', 2],
          ['Clothes', 1],
        ])
        expect(facets.brands.map(({ slug, count }: { slug: string; count: number }) => [slug, count])).toEqual([
          ['kiln', 2],
          ['lumen', 2],
          ['loom', 1],
        ])
        expect(facets.prices).toEqual([
          { range: '500-1000', from: 500, to: 1000, currency: 'EUR', count: 1 },
          { range: '1000-2000', from: 1000, to: 2000, currency: 'EUR', count: 2 },
          { range: '2000-5000', from: 2000, to: 5000, currency: 'EUR', count: 2 },
        ])
        expect(facets.options).toEqual([
          {
            key: 'colour',
            title: 'colour',
            values: [
              { key: 'red', title: 'Red', count: 3 },
              { key: 'blue', title: 'Blue', count: 1 },
              { key: 'white', title: 'White', count: 1 },
            ],
          },
        ])
        expect(facets.inStock).toBe(4)
      })
      it('narrow each other, but not themselves', async () => {
        const { facets, items } = await shop.ask('/api/search?option=colour:red&brand=kiln')
        expect(items.map(({ title }: { title: string }) => title)).toEqual(['Red retrospot mug'])
        expect(facets.options[0].values.map(({ key, count }: { key: string; count: number }) => [key, count])).toEqual([
          ['blue', 1],
          ['red', 1],
        ])
        expect(facets.brands.map(({ slug, count }: { slug: string; count: number }) => [slug, count])).toEqual([
          ['lumen', 2],
          ['kiln', 1],
        ])
      })
      it('may be chosen more than once; a category holds what is below it', async () => {
        expect(await shop.find('brand=kiln&brand=loom')).toHaveLength(3)
        expect(await shop.find('category=home&price=500-1000&price=2000-5000&sort=price')).toEqual([
          'Red retrospot mug',
          'Red metal lantern',
        ])
      })
      it('that name nothing find nothing', async () => {
        expect(await shop.find('brand=nobody')).toEqual([])
      })
      it('filter by price and stock', async () => {
        expect(await shop.find('minPrice=2000&inStock=true')).toEqual(['Red metal lantern'])
      })
    })

    describe('products like one', () => {
      it('are of its narrowest category, never itself, best those that share words with it', async () => {
        const like = async (title: string) =>
          (
            await shop.call<{ productIds: string[] }>('related', {
              channel: 'web',
              locale: 'en',
              productId: idOf(title),
              limit: 5,
            })
          ).productIds
        expect(await like('Red retrospot mug')).toEqual([idOf('Blue retrospot mugs')])
        expect(await like('White hanging heart lamp')).toEqual([idOf('Red metal lantern')])
        expect(await like('Grey sweatshirt')).toEqual([])
        expect(await like('Never sold')).toEqual([])
      })
    })

    describe('orders and pages', () => {
      it('go by price, both ways', async () => {
        const up = await shop.find('sort=price')
        expect(up[0]).toBe('Red retrospot mug')
        expect(await shop.find('sort=-price')).toEqual([...up].reverse())
      })
      it.each(['relevance', 'price', '-price', 'newest', 'rating', 'bestselling'])(
        'leave nothing out and show nothing twice: %s',
        async (sort) => {
          const seen: string[] = []
          let cursor = ''
          for (let page = 0; page < 5; page += 1) {
            const { items, next } = await shop.ask(
              `/api/search?sort=${sort}&limit=2&q=${sort === 'relevance' ? 'red' : ''}${cursor}`,
            )
            seen.push(...items.map(({ title }: { title: string }) => title))
            if (!next) break
            cursor = `&cursor=${next}`
          }
          expect(seen).toHaveLength(sort === 'relevance' ? 3 : 5)
          expect(new Set(seen).size).toBe(seen.length)
        },
      )
      it('belong together: a cursor of another question is refused', async () => {
        const { next } = await shop.ask('/api/search?limit=1')
        expect((await shop.request('GET', `/api/search?limit=1&q=red&cursor=${next}`)).status).toBe(400)
      })
    })
  })
}
