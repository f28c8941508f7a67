import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { aProduct, given, type Json, shopper, staff, startShop } from './testing/shop.ts'
import type { TestService } from '#kit/testing/service.ts'

let shop: TestService
beforeAll(async () => {
  shop = await startShop()
})
afterAll(() => shop.close())

describe('a product', () => {
  it('is on the list, on its own page and in the price list once it is created', async () => {
    const product = aProduct()
    const { id, slug } = await given(shop, product)
    const detail = await shop.request('GET', `/api/products/${slug}`)
    expect(detail.status).toBe(200)
    expect(detail.body).toMatchObject({
      id,
      slug,
      title: (product as Json).texts.en.title,
      variants: [{ price: { amount: 1995, currency: 'EUR' } }],
    })
    const list = await shop.request('GET', '/api/products')
    expect(list.body.items).toContainEqual(expect.objectContaining({ id, price: { amount: 1995, currency: 'EUR' } }))
    const sku = product.variants[0]!.sku
    const priced = await shop.call<Json>('price', {
      channel: 'web',
      lines: [
        { sku, quantity: 2 },
        { sku: 'nothing', quantity: 1 },
      ],
    })
    expect(priced).toMatchObject({
      currency: 'EUR',
      pricesIncludeTax: true,
      refused: [{ sku: 'nothing', reason: 'unknown' }],
      lines: [{ sku, productId: id, unitPrice: 1995, listPrice: 1995, taxRateBasisPoints: 1900, weightGrams: 350 }],
    })
    expect((await shop.events('ProductCreated.v1')).at(-1)?.data).toMatchObject({ productId: id, skus: [sku] })
    expect((await shop.events('PriceChanged.v1')).at(-1)?.data).toMatchObject({
      sku,
      previous: null,
      price: { amount: 1995, currency: 'EUR' },
    })
  })

  it('speaks the language of the reader', async () => {
    const { id } = await given(shop, aProduct({ texts: { en: { title: 'Chair' }, de: { title: 'Stuhl' } } }))
    const german = await shop.request('GET', `/api/products/${id}?locale=de`)
    expect(german.body.title).toBe('Stuhl')
    const english = await shop.request('GET', `/api/products/${id}`, { headers: { 'accept-language': 'fr, en;q=0.5' } })
    expect(english.body.title).toBe('Chair')
    expect(german.headers['etag']).not.toBe(english.headers['etag'])
  })

  it('changes only for the one who has seen its latest version', async () => {
    const { id, version } = await given(shop, aProduct())
    const first = await shop.request('PATCH', `/api/products/${id}`, {
      body: { tags: ['new'] },
      as: staff,
      headers: { 'if-match': `"${version}"` },
    })
    expect(first).toMatchObject({ status: 200, body: { version: version + 1 } })
    const late = await shop.request('PATCH', `/api/products/${id}`, {
      body: { tags: ['late'] },
      as: staff,
      headers: { 'if-match': `"${version}"` },
    })
    expect(late).toMatchObject({ status: 412, body: { code: 'products/version-conflict' } })
    const page = await shop.request('GET', `/api/products/${id}`)
    expect(page.body.tags).toEqual(['new'])
    const byTag = await shop.request('PATCH', `/api/products/${id}`, {
      body: { tags: ['again'] },
      as: staff,
      headers: { 'if-match': String(page.headers['etag']) },
    })
    expect(byTag.status).toBe(200)
  })

  it('is not written by shoppers', async () => {
    expect((await shop.request('POST', '/api/products', { body: aProduct(), as: shopper })).status).toBe(403)
    expect((await shop.request('POST', '/api/products', { body: aProduct() })).status).toBe(401)
  })
})
