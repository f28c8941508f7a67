import { afterAll, beforeAll, expect, it } from 'vitest'
import { startShop } from './testing/shop.ts'
import type { TestService } from '#kit/testing/service.ts'

let shop: TestService
beforeAll(async () => {
  shop = await startShop()
})
afterAll(() => shop.close())

const nothing = { channel: 'web', source: 'old shop', categories: [], brands: [], sellers: [], products: [] }
const titles = (en: string, de: string) => [
  { locale: 'en', title: en },
  { locale: 'de', title: de },
]
const lamp = {
  slug: 'red-lamp',
  at: '2024-03-01T10:00:00.000Z',
  brand: 'lumen',
  seller: 'ann',
  categories: ['table-lamps'],
  tags: ['new'],
  texts: [
    { locale: 'en', title: 'Red lamp', description: 'It shines.' },
    { locale: 'de', title: 'Rote Lampe', description: 'Sie leuchtet.' },
  ],
  options: [
    {
      key: 'size',
      titles: titles('Size', 'Größe'),
      values: [
        { key: 's', titles: titles('Small', 'Klein') },
        { key: 'l', titles: titles('Large', 'Groß') },
      ],
    },
  ],
  variants: [
    { sku: 'LAMP-S', amount: 1995, options: [{ option: 'size', value: 's' }] },
    { sku: 'LAMP-L', amount: 2995, options: [{ option: 'size', value: 'l' }] },
  ],
}
const places = {
  categories: [
    { slug: 'lamps', parent: null, titles: titles('Lamps', 'Lampen') },
    { slug: 'table-lamps', parent: 'lamps', titles: titles('Table lamps', 'Tischlampen') },
  ],
  brands: [{ slug: 'lumen', name: 'Lumen' }],
  sellers: [{ slug: 'ann', name: 'Ann’s stall' }],
}

it('whole products come in with everything they name, and once', async () => {
  const input = { ...nothing, ...places, products: [lamp] }
  expect(await shop.call('importCatalogue', input)).toEqual({ created: 1, known: 0 })
  expect(await shop.call('importCatalogue', input)).toEqual({ created: 0, known: 1 })
  await shop.runJob('refresh-stale-cards')
  const { body } = await shop.request('GET', '/api/products/red-lamp', { headers: { 'accept-language': 'de' } })
  expect(body).toMatchObject({ title: 'Rote Lampe', brand: { name: 'Lumen' }, seller: { name: 'Ann’s stall' } })
  expect(body.categories.map(({ slug }: { slug: string }) => slug)).toContain('table-lamps')
  const list = await shop.request('GET', '/api/products?category=lamps')
  expect(list.body.items).toMatchObject([
    { title: 'Red lamp', price: { amount: 1995, currency: 'EUR' }, priceVaries: true, variantCount: 2 },
  ])
  expect(await shop.events('ProductCreated.v1')).toMatchObject([
    { time: '2024-03-01T10:00:00.000Z', data: { skus: ['LAMP-S', 'LAMP-L'] } },
  ])
})

it('a product of a brand or category that nobody knows is refused, and nothing of the call stays', async () => {
  await expect(
    shop.call('importCatalogue', { ...nothing, products: [{ ...lamp, slug: 'other', brand: 'nobody' }] }),
  ).rejects.toMatchObject({
    code: 'products/unknown-reference',
  })
  expect((await shop.request('GET', '/api/products/other')).status).toBe(404)
})

it('others read of it what can be found, with the prices of the moment', async () => {
  const { ids } = await shop.call<{ ids: string[] }>('entryIds', { limit: 10 })
  const { entries } = await shop.call<{ entries: { faces: object[]; variants: object[] }[] }>('entries', { ids })
  expect(entries[0]!.variants).toEqual([
    { sku: 'LAMP-L', inStock: null },
    { sku: 'LAMP-S', inStock: null },
  ])
  expect(entries[0]!.faces).toMatchObject([
    {
      channel: 'web',
      locale: 'de',
      title: 'Rote Lampe',
      price: 1995,
      categories: [{ title: 'Lampen' }, { title: 'Tischlampen' }],
    },
    {
      channel: 'web',
      locale: 'en',
      options: [
        {
          key: 'size',
          title: 'Size',
          values: [
            { key: 's', title: 'Small' },
            { key: 'l', title: 'Large' },
          ],
        },
      ],
    },
  ])
  // The card waits to be drawn anew; what is shown of it does not.
  await shop.db.sql`update prices p set amount = 995 from variants v where v.id = p.variant_id and v.sku = 'LAMP-S'`
  const { cards } = await shop.call<{ cards: { card: { price: { amount: number } } }[] }>('cards', {
    channel: 'web',
    locale: 'en',
    ids,
  })
  expect(cards[0]!.card.price.amount).toBe(995)
})

it('a renamed brand is told of its products', async () => {
  const [brand] = await shop.db.sql<{ id: string }[]>`select id from brands where slug = 'lumen'`
  const { staff } = await import('./testing/shop.ts')
  await shop.request('PATCH', `/api/brands/${brand!.id}`, { as: staff, body: { name: 'Lumen & Sons' } })
  await shop.runJob('refresh-stale-cards')
  expect((await shop.events('ProductUpdated.v1')).at(-1)).toMatchObject({ data: { slug: 'red-lamp', changed: ['listing'] } })
})
