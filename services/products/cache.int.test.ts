import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { aProduct, given, type Json, shopper, staff, startShop } from './testing/shop.ts'
import { createResponseCache, type ResponseCache } from '#kit/cache/response-cache.ts'
import { eventually } from '#kit/testing/eventually.ts'
import { testApp } from '#kit/http/testing.ts'
import { singleChannel } from '#kit/http/negotiation.ts'
import type { CommandRequest } from '#kit/http/route.ts'
import type { TestService } from '#kit/testing/service.ts'

let shop: TestService
/** A second process of the same shop: its own memory, the same database. */
let other: { get(url: string, headers?: Record<string, string>): Promise<Json>; cache: ResponseCache }
let reads = 0
beforeAll(async () => {
  shop = await startShop({ rpc: { users: { customerGroups: async () => ({ groups: [] }) } } })
  const cache = createResponseCache({ read: shop.running.changes })
  const routes = shop.running.routes.map((route) => ({
    ...route,
    handle: (request: CommandRequest) => {
      reads += 1
      return route.handle(request)
    },
  }))
  const app = testApp([], {
    services: [{ name: 'products', routes, db: shop.db, cache }],
    edge: { channels: singleChannel('web') },
  })
  other = { cache, get: async (url, headers = {}) => await app.inject({ url, headers }) }
})
afterAll(() => shop.close())

const priceOn = (page: Json) => page.json().variants[0].price.amount
const listed = (list: Json, id: string) => list.json().items.find((one: Json) => one.id === id)
const baseList = async () =>
  (await shop.request('GET', '/api/price-lists', { as: staff })).body.items.find((one: Json) => one.key === 'web').id
const setPrice = async (sku: string, amount: number) => {
  const answer = await shop.request('PUT', `/api/price-lists/${await baseList()}/prices`, {
    as: staff,
    body: { prices: [{ sku, amount }] },
  })
  expect(answer.body).toEqual({ changed: 1 })
}

describe('pages and lists', () => {
  it('are read from the database once, however often they are asked for', async () => {
    const { id } = await given(shop, aProduct())
    for (const url of ['/api/products', `/api/products/${id}`, '/api/categories', '/api/channels', '/api/brands']) {
      const first = await other.get(url)
      reads = 0
      for (let time = 0; time < 20; time += 1) {
        const again = await other.get(url)
        expect(again.statusCode).toBe(200)
        expect(again.body).toBe(first.body)
        expect(again.headers['etag']).toBe(first.headers['etag'])
      }
      expect(reads, url).toBe(0)
    }
  })

  it('show a new price to whoever asks the same process next', async () => {
    const product = aProduct()
    const { id } = await given(shop, product)
    const page = async () => (await shop.request('GET', `/api/products/${id}`)).body.variants[0].price.amount
    const card = async () =>
      (await shop.request('GET', '/api/products')).body.items.find((one: Json) => one.id === id).price.amount
    for (const amount of [1500, 1400, 1300]) {
      await setPrice(product.variants[0]!.sku, amount)
      expect([await page(), await card()]).toEqual([amount, amount])
    }
  })

  it('show a new price in every other process within a second, and nothing older afterwards', async () => {
    const product = aProduct()
    const { id } = await given(shop, product)
    const page = async () => priceOn(await other.get(`/api/products/${id}`))
    const card = async () => listed(await other.get('/api/products?sort=newest'), id).price.amount
    await eventually(async () => expect([await page(), await card()]).toEqual([1995, 1995]))
    await setPrice(product.variants[0]!.sku, 990)
    const changedAt = performance.now()
    const ages: number[] = []
    await eventually(async () => {
      const asked = performance.now()
      const shown = [await page(), await card()]
      if (shown.some((amount) => amount !== 990)) ages.push(asked - changedAt)
      expect(shown).toEqual([990, 990])
    })
    expect(Math.max(0, ...ages)).toBeLessThan(1000)
  })

  it('follow every kind of change of the catalogue', async () => {
    const brand = (await shop.request('POST', '/api/brands', { as: staff, body: { name: 'Old name' } })).body
    const { id, version } = await given(shop, aProduct({ brandId: brand.id }))
    const page = async () => (await other.get(`/api/products/${id}`)).json()
    expect((await page()).brand.name).toBe('Old name')
    await shop.request('PATCH', `/api/brands/${brand.id}`, { as: staff, body: { name: 'New name' } })
    await eventually(async () => expect((await page()).brand.name).toBe('New name'))

    await shop.request('PATCH', `/api/products/${id}`, {
      as: staff,
      body: { texts: { en: { title: 'Another title', description: '' } } },
      headers: { 'if-match': `"${version}"` },
    })
    await eventually(async () => expect((await page()).title).toBe('Another title'))

    await shop.request('DELETE', `/api/products/${id}`, { as: staff })
    await eventually(async () => expect((await other.get(`/api/products/${id}`)).statusCode).toBe(404))
    expect(listed(await other.get('/api/products'), id)).toBeUndefined()
  })

  it('do not forget one product because another changed', async () => {
    const [one, two] = [await given(shop, aProduct()), aProduct()]
    const { id: changed } = await given(shop, two)
    await other.cache.catchUp()
    await other.get(`/api/products/${one.id}`)
    await other.get(`/api/products/${changed}`)
    await setPrice(two.variants[0]!.sku, 880)
    await other.cache.catchUp()
    reads = 0
    await other.get(`/api/products/${one.id}`)
    expect(reads).toBe(0)
    await other.get(`/api/products/${changed}`)
    expect(reads).toBe(1)
  })

  it('do not see what was rolled back, and miss nothing that was committed late', async () => {
    const product = aProduct()
    const { id } = await given(shop, product)
    const title = async () => (await other.get(`/api/products/${id}`)).json().title
    const before = await title()
    let release = (): void => undefined
    const held = new Promise<void>((resolve) => (release = resolve))
    const rename = (text: string, end: () => Promise<void>) =>
      shop.db.tx(async (tx) => {
        await tx`update texts set title = ${text} where owner_id = ${id} and locale = 'en'`
        await end()
      })
    await expect(
      rename('never', async () => {
        throw new Error('changed my mind')
      }),
    ).rejects.toThrow('changed my mind')
    // Begins first, commits after others have, and after the cache has looked.
    const late = rename('late', () => held)
    await setPrice(product.variants[0]!.sku, 1111)
    await other.cache.catchUp()
    expect(await title()).toBe(before)
    release()
    await late
    await other.cache.catchUp()
    expect(await title()).toBe('late')
  })

  it('end when a sale begins by itself', async () => {
    const product = aProduct()
    const { id } = await given(shop, product)
    const { sku } = product.variants[0]!
    const [{ soon }] = (await shop.database
      .admin`select to_json(now() + interval '1500 milliseconds') #>> '{}' as soon`) as never as [{ soon: string }]
    const sale = await shop.request('POST', '/api/price-lists', {
      as: staff,
      body: { key: 'flash', name: 'Flash', currency: 'EUR', kind: 'sale', validFrom: new Date(soon).toISOString() },
    })
    await shop.request('PUT', `/api/price-lists/${sale.body.id}/prices`, { as: staff, body: { prices: [{ sku, amount: 100 }] } })
    await other.cache.catchUp()
    expect(priceOn(await other.get(`/api/products/${id}`))).toBe(1995)
    await eventually(async () => expect(priceOn(await other.get(`/api/products/${id}`))).toBe(100))
    await shop.request('DELETE', `/api/price-lists/${sale.body.id}`, { as: staff })
  })

  it('of lists end when a sale begins by itself, before anybody has announced it', async () => {
    const product = aProduct()
    const { id } = await given(shop, product)
    const { sku } = product.variants[0]!
    const sale = await shop.request('POST', '/api/price-lists', {
      as: staff,
      body: {
        key: 'night',
        name: 'Night',
        currency: 'EUR',
        kind: 'sale',
        validFrom: new Date(Date.now() + 1500).toISOString(),
        validTo: new Date(Date.now() + 4000).toISOString(),
      },
    })
    await shop.request('PUT', `/api/price-lists/${sale.body.id}/prices`, { as: staff, body: { prices: [{ sku, amount: 100 }] } })
    await other.cache.catchUp()
    const price = async () => listed(await other.get('/api/products'), id).price.amount
    expect(await price()).toBe(1995)
    await eventually(async () => expect(await price()).toBe(100))
    await eventually(async () => expect(await price()).toBe(1995))
    await shop.request('DELETE', `/api/price-lists/${sale.body.id}`, { as: staff })
  })

  it('of lists end when so many prices change at once that their cards are drawn later', async () => {
    const many = Array.from({ length: 201 }, (_, index) => ({
      sku: `MANY-${index}`,
      title: `Many ${index}`,
      at: '2026-01-01T00:00:00.000Z',
    }))
    const prices = async (amount: number, at: string) =>
      await shop.call('importPrices', { channel: 'web', prices: many.map(({ sku }) => ({ sku, amount, at })) })
    await shop.call('importProducts', { channel: 'web', source: 'test', products: many })
    await prices(500, '2026-01-02T00:00:00.000Z')
    await shop.runJob('refresh-stale-cards')
    await other.cache.catchUp()
    const shown = async () =>
      (await other.get('/api/products?limit=5&sort=title&minPrice=500&maxPrice=500'))
        .json()
        .items.map((one: Json) => one.price.amount)
    expect(await shown()).toEqual([500, 500, 500, 500, 500])
    await prices(700, '2026-01-03T00:00:00.000Z')
    await other.cache.catchUp()
    expect(await shown()).toEqual([700, 700, 700, 700, 700])
    await shop.runJob('refresh-stale-cards')
  })

  it('are not kept before they are on sale', async () => {
    const { id } = await given(shop, aProduct({ status: 'DRAFT' }))
    expect((await shop.request('GET', `/api/products/${id}`, { as: staff })).status).toBe(200)
    expect((await shop.request('GET', `/api/products/${id}`, { as: shopper })).status).toBe(404)
    expect((await shop.request('GET', `/api/products/${id}`)).status).toBe(404)
  })

  it('tell languages and channels apart', async () => {
    const { id } = await given(shop, aProduct())
    const titled = async (language: string) =>
      (await other.get(`/api/products/${id}`, { 'accept-language': language })).json().title.split(' ')[0]
    expect([await titled('en'), await titled('de'), await titled('en')]).toEqual(['Mug', 'Becher', 'Mug'])
    expect((await other.get(`/api/products/${id}`, { 'x-channel': 'nowhere' })).statusCode).toBe(400)
  })
})
