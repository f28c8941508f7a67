import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { aProduct, given, type Json, shopper, staff, startShop } from './testing/shop.ts'
import type { TestService } from '#kit/testing/service.ts'

let shop: TestService
beforeAll(async () => {
  shop = await startShop()
})
afterAll(() => shop.close())

const aCategory = async (title: string, parentId: string | null = null) =>
  (await shop.request('POST', '/api/categories', { as: staff, body: { parentId, texts: { en: { title } } } })).body as {
    id: string
    slug: string
    version: number
    path: string[]
  }
const move = (id: string, parentId: string | null) =>
  shop.request('PATCH', `/api/categories/${id}`, { as: staff, body: { parentId } })
const productsOf = async (category: string) =>
  (await shop.request('GET', `/api/categories/${category}/products`)).body.items.map((item: Json) => item.id)

describe('categories', () => {
  it('show their products and those of everything below, wherever they are moved', async () => {
    const clothes = await aCategory('Clothes')
    const shoes = await aCategory('Shoes', clothes.id)
    const boots = await aCategory('Boots', shoes.id)
    const sport = await aCategory('Sport')
    const product = aProduct({ categoryIds: [boots.id] })
    const { id } = await given(shop, product)
    expect(await productsOf('clothes')).toEqual([id])
    expect(await productsOf(sport.id)).toEqual([])
    expect((await move(shoes.id, sport.id)).body.path).toEqual([sport.id, shoes.id])
    expect(await productsOf('clothes')).toEqual([])
    expect(await productsOf('sport')).toEqual([id])
    const { lines } = await shop.call<Json>('price', { channel: 'web', lines: [{ sku: product.variants[0]!.sku, quantity: 1 }] })
    expect([...lines[0].categoryIds].sort()).toEqual([sport.id, shoes.id, boots.id].sort())
    expect((await shop.request('GET', `/api/categories/${boots.slug}`)).body.path).toEqual([sport.id, shoes.id, boots.id])
  })

  it('never hang below themselves, not even when two are moved at once', async () => {
    const parent = await aCategory('Parent')
    const child = await aCategory('Child', parent.id)
    expect(await move(parent.id, child.id)).toMatchObject({ status: 422, body: { code: 'products/category-cycle' } })
    for (let round = 0; round < 20; round++) {
      const [one, other] = [await aCategory(`One ${round}`), await aCategory(`Other ${round}`)]
      const answers = await Promise.all([move(one.id, other.id), move(other.id, one.id)])
      expect(answers.map((answer) => answer.status).sort()).toEqual([200, 422])
    }
  })

  it('form the tree that shoppers see', async () => {
    const root = await aCategory('Garden')
    const tools = await aCategory('Tools', root.id)
    const { items } = (await shop.request('GET', '/api/categories')).body
    expect(items.find((item: Json) => item.id === root.id)).toMatchObject({ title: 'Garden', level: 0, children: [tools.id] })
    expect(items.find((item: Json) => item.id === tools.id)).toMatchObject({ level: 1, parentId: root.id })
  })

  it('are moved to a place among others, however they were numbered before', async () => {
    const shelf = await aCategory('Shelf')
    const [a, b, c] = [await aCategory('Aa', shelf.id), await aCategory('Bb', shelf.id), await aCategory('Cc', shelf.id)]
    const put = (id: string, parentId: string | null, index: number, version?: number) =>
      shop.request('PUT', `/api/categories/${id}/place`, {
        as: staff,
        body: { parentId, index },
        headers: version === undefined ? {} : { 'if-match': `"${version}"` },
      })
    const onShelf = async () => {
      const { items } = (await shop.request('GET', '/api/categories')).body
      return items.find((item: Json) => item.id === shelf.id).children
    }
    expect(await onShelf()).toEqual([a.id, b.id, c.id])
    expect((await put(c.id, shelf.id, 0)).status).toBe(200)
    expect(await onShelf()).toEqual([c.id, a.id, b.id])
    const other = await aCategory('Other')
    expect((await put(other.id, shelf.id, 1)).status).toBe(200)
    expect(await onShelf()).toEqual([c.id, other.id, a.id, b.id])
    expect((await put(c.id, shelf.id, 1000)).status).toBe(200)
    expect(await onShelf()).toEqual([other.id, a.id, b.id, c.id])
    expect(await put(shelf.id, a.id, 0)).toMatchObject({ status: 422, body: { code: 'products/category-cycle' } })
    expect((await put(a.id, shelf.id, 0, 99)).status).toBe(412)
    expect(
      (await shop.request('PUT', `/api/categories/${a.id}/place`, { as: shopper, body: { parentId: null, index: 0 } })).status,
    ).toBe(403)
  })

  it('can be deleted when they are empty', async () => {
    const full = await aCategory('Full')
    await given(shop, aProduct({ categoryIds: [full.id] }))
    expect(await shop.request('DELETE', `/api/categories/${full.id}`, { as: staff })).toMatchObject({
      status: 409,
      body: { code: 'products/in-use', details: { categories: 0, products: 1 } },
    })
    const { id: archived } = await given(shop, aProduct({ categoryIds: [full.id] }))
    expect((await shop.request('DELETE', `/api/products/${archived}`, { as: staff })).status).toBe(204)
    expect((await shop.request('DELETE', `/api/categories/${full.id}`, { as: staff })).body.details).toEqual({
      categories: 0,
      products: 1,
    })
    const empty = await aCategory('Empty')
    expect((await shop.request('DELETE', `/api/categories/${empty.id}`, { as: staff })).status).toBe(204)
    expect((await shop.request('GET', `/api/categories/${empty.id}`)).status).toBe(404)
  })

  it('can be deleted when only archived products were in them, which nobody can take out', async () => {
    const old = await aCategory('Old')
    const { id } = await given(shop, aProduct({ categoryIds: [old.id] }))
    expect((await shop.request('DELETE', `/api/products/${id}`, { as: staff })).status).toBe(204)
    expect((await shop.request('DELETE', `/api/categories/${old.id}`, { as: staff })).status).toBe(204)
    expect((await shop.request('GET', `/api/products/${id}/edit`, { as: staff })).body.categoryIds).toEqual([])
  })

  it('have one address each and know their version', async () => {
    const { id, version } = await aCategory('Unique')
    expect(await aCategory('Unique')).toMatchObject({ code: 'products/key-taken' })
    expect(
      (
        await shop.request('PATCH', `/api/categories/${id}`, {
          as: staff,
          body: { position: 4 },
          headers: { 'if-match': `"${version + 5}"` },
        })
      ).status,
    ).toBe(412)
  })
})
