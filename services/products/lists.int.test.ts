import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { databaseErrors } from '#kit/db/pg-errors.ts'
import { InventoryUpdated } from '#contracts/events/inventory.ts'
import { aProduct, given, type Json, staff, startShop } from './testing/shop.ts'
import type { TestService } from '#kit/testing/service.ts'

let shop: TestService
/** what the search service finds, and what it was asked last */
let finds: { productIds: string[]; next: string | null }
let asked: unknown
let searchIsCut = false
beforeAll(async () => {
  const find = async (question: unknown) => {
    asked = question
    if (searchIsCut) throw databaseErrors.statementTimeout()
    return finds
  }
  shop = await startShop({
    timeouts: { brief: 1500, lock: 20_000 },
    rpc: { search: { find, related: async () => ({ productIds: finds.productIds }) } } as never,
  })
})
afterAll(() => shop.close())

const text = (title: string, description = '', german = title) => ({ en: { title, description }, de: { title: german } })
const cost = (sku: string, amount: number) => ({ variants: [{ sku, price: { amount, currency: 'EUR' } }] })
const titles = async (query: string) => {
  const answer = await shop.request('GET', `/api/products?${query}`)
  if (answer.status !== 200) throw new Error(JSON.stringify(answer.body))
  return answer.body.items.map((item: Json) => item.title) as string[]
}

describe('the list of products', () => {
  it('turns its pages without a gap or a repeat while products come in', async () => {
    const expected: string[] = []
    for (let n = 0; n < 7; n++) expected.unshift((await given(shop, aProduct({ tags: ['paged'] }))).id)
    const seen: string[] = []
    let next: string | undefined
    do {
      const page = await shop.request('GET', `/api/products?limit=3&tag=paged${next ? `&cursor=${next}` : ''}`)
      seen.push(...page.body.items.map((item: Json) => item.id))
      next = page.body.next
      await given(shop, aProduct({ tags: ['paged'] }))
    } while (next)
    expect(seen).toEqual(expected)
  })

  it('is sorted by price, title and age', async () => {
    await given(shop, aProduct({ texts: text('Beta'), tags: ['sorted'], ...cost('S-1', 300) }))
    await given(shop, aProduct({ texts: text('Alpha'), tags: ['sorted'], ...cost('S-2', 200) }))
    await given(shop, aProduct({ texts: text('Gamma'), tags: ['sorted'], ...cost('S-3', 100) }))
    expect(await titles('tag=sorted&sort=price')).toEqual(['Gamma', 'Alpha', 'Beta'])
    expect(await titles('tag=sorted&sort=-price')).toEqual(['Beta', 'Alpha', 'Gamma'])
    expect(await titles('tag=sorted&sort=title')).toEqual(['Alpha', 'Beta', 'Gamma'])
    expect(await titles('tag=sorted')).toEqual(['Gamma', 'Alpha', 'Beta'])
    expect(await titles('tag=sorted&minPrice=150&maxPrice=250')).toEqual(['Alpha'])
  })

  it('hides drafts, archived products and what other channels sell', async () => {
    await given(shop, aProduct({ texts: text('Draft'), status: 'DRAFT', tags: ['hidden'] }))
    await given(shop, aProduct({ texts: text('Elsewhere'), channels: [], tags: ['hidden'] }))
    const { id } = await given(shop, aProduct({ texts: text('Gone'), tags: ['hidden'] }))
    expect(await titles('tag=hidden')).toEqual(['Gone'])
    expect((await shop.request('DELETE', `/api/products/${id}`, { as: staff })).status).toBe(204)
    expect(await titles('tag=hidden')).toEqual([])
    expect((await shop.request('GET', `/api/products/${id}`)).status).toBe(404)
    expect((await shop.events('ProductDeleted.v1')).at(-1)?.data).toMatchObject({ productId: id })
    expect((await shop.request('DELETE', `/api/products/${id}`, { as: staff })).status).toBe(204)
  })

  it('gives only the fields that are asked for', async () => {
    await given(shop, aProduct({ tags: ['sparse'] }))
    const { body } = await shop.request('GET', '/api/products?tag=sparse&fields=id,title')
    expect(Object.keys(body.items[0])).toEqual(['id', 'title'])
  })

  it('knows what is in stock from what inventory tells', async () => {
    const product = aProduct({ texts: text('Stocked'), tags: ['stock'] })
    await given(shop, product)
    const sku = product.variants[0]!.sku
    expect(await titles('tag=stock&inStock=true')).toEqual([])
    await shop.deliver(InventoryUpdated({ sku, onHand: 5, reserved: 0, available: 5 }))
    expect(await titles('tag=stock&inStock=true')).toEqual(['Stocked'])
    await shop.deliver(InventoryUpdated({ sku, onHand: 5, reserved: 5, available: 0 }))
    expect(await titles('tag=stock&inStock=true')).toEqual([])
  })

  it('S15: refuses a cursor of another list', async () => {
    await given(shop, aProduct({ tags: ['cursor'] }))
    await given(shop, aProduct({ tags: ['cursor'] }))
    const { next } = (await shop.request('GET', '/api/products?tag=cursor&limit=1')).body
    expect((await shop.request('GET', `/api/products?tag=paged&limit=1&cursor=${next}`)).status).toBe(400)
  })
})

describe('S15: a list whose statement takes too long', () => {
  it('is told to come back, and products are shown meanwhile', async () => {
    const { id } = await given(shop, aProduct({ tags: ['slow'] }))
    const [list, found, one] = await shop.database.admin.begin(async (tx) => {
      await tx`lock table products.product_cards in access exclusive mode`
      finds = { productIds: [id], next: null }
      return Promise.all(['?tag=slow', '/search?q=slow', `/${id}`].map((path) => shop.request('GET', `/api/products${path}`)))
    })
    for (const cut of [list, found]) expect(cut).toMatchObject({ status: 503, body: { code: 'database/statement-timeout' } })
    expect(one).toMatchObject({ status: 200 })
    expect((await shop.request('GET', '/api/products?tag=slow')).status).toBe(200)
  })

  it('a search that was cut is no empty page', async () => {
    const before = await given(shop, aProduct({ tags: ['cut'] }))
    finds = { productIds: [before.id], next: null }
    searchIsCut = true
    const cut = await shop.request('GET', '/api/products/search?q=cut')
    searchIsCut = false
    expect(cut).toMatchObject({ status: 503, body: { code: 'database/statement-timeout' } })
    expect((await shop.request('GET', '/api/products/search?q=cut')).body.items).toHaveLength(1)
  })
})

describe('the search', () => {
  const found = async (query: string) => (await shop.request('GET', `/api/products/search?${query}`)).body
  const given3 = async () => {
    const ids = []
    for (const title of ['Oak table', 'Table lamp', 'Sweatshirt'])
      ids.push((await given(shop, aProduct({ texts: text(title) }))).id)
    return ids as [string, string, string]
  }

  it('shows what the search service finds, in its order, with every filter', async () => {
    const [table, lamp] = await given3()
    finds = { productIds: [lamp, table], next: 'more' }
    const page = await found('q=table&brand=kiln&minPrice=5&sort=price&limit=2&locale=de')
    expect(page.items.map((item: Json) => item.title)).toEqual(['Table lamp', 'Oak table'])
    expect(page.next).toBe('more')
    expect(asked).toEqual({ channel: 'web', locale: 'de', q: 'table', brand: 'kiln', minPrice: 5, sort: 'price', limit: 2 })
  })
  it('leaves out what is no longer on sale, although search has not heard of it', async () => {
    const [table, , shirt] = await given3()
    await shop.request('DELETE', `/api/products/${table}`, { as: staff })
    finds = { productIds: [table, shirt], next: null }
    expect((await found('q=gone')).items.map((item: Json) => item.id)).toEqual([shirt])
  })
  it('can be reached from the list too, which without words is a list', async () => {
    const [table] = await given3()
    finds = { productIds: [table], next: null }
    expect(await titles('search=oak')).toEqual(['Oak table'])
    expect((await titles('search=')).length).toBeGreaterThan(1)
  })
  it('goes by relevance, age or price', async () => {
    expect((await shop.request('GET', '/api/products?search=oak&sort=title')).status).toBe(400)
    expect((await shop.request('GET', '/api/products/search?q=oak&sort=title')).status).toBe(400)
  })
})

describe('products that go with one', () => {
  it('are those the shop named, then those that search finds alike, each once', async () => {
    const named = (await given(shop, aProduct({ texts: text('Named') }))).id
    const alike = (await given(shop, aProduct({ texts: text('Alike') }))).id
    const { id, slug } = await given(shop, aProduct({ relatedIds: [named] }))
    finds = { productIds: [alike, named], next: null }
    for (const address of [id, slug])
      expect((await shop.request('GET', `/api/products/${address}/related`)).body.items.map((item: Json) => item.title)).toEqual([
        'Named',
        'Alike',
      ])
    expect((await shop.request('GET', `/api/products/${id}/related?limit=1`)).body.items).toHaveLength(1)
    expect((await shop.request('GET', '/api/products/nothing-like-it/related')).body.items).toEqual([])
  })
})
