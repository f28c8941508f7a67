import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testUser, type TestService } from '#kit/testing/service.ts'
import { aProduct, given, type Json, shopper, staff, startShop } from './testing/shop.ts'

let shop: TestService
beforeAll(async () => {
  shop = await startShop()
})
afterAll(() => shop.close())

const warehouse = testUser('00000000-0000-7000-8000-00000000cccc', ['inventory:write'], ['WAREHOUSE'])
const stall = testUser('00000000-0000-7000-8000-00000000dddd', ['products:write-own'], ['SELLER'])
const nobody = '01890000-0000-7000-8000-000000000000'

const all = async (query: string): Promise<Json[]> => {
  const answer = await shop.request('GET', `/api/products/all?limit=100&${query}`, { as: staff })
  expect(answer.status).toBe(200)
  return answer.body.items
}
const many = async (ids: string[], change: object, as = staff) =>
  await shop.request('POST', '/api/products/many', { body: { ids, change }, as })
const outcomes = (answer: Json) => answer.body.items.map(({ outcome, refusal }: Json) => refusal?.code ?? outcome)
const edit = async (id: string) => (await shop.request('GET', `/api/products/${id}/edit`, { as: staff })).body

describe('the list of all products', () => {
  it('shows staff drafts too, with title, price and number of variants', async () => {
    const product = aProduct({ status: 'DRAFT' })
    const { id } = await given(shop, product)
    const [found] = await all(`search=${product.variants[0]!.sku}`)
    expect(found).toMatchObject({ id, status: 'DRAFT', variantCount: 1, price: { amount: 1995, currency: 'EUR' }, inStock: null })
  })

  it('finds by a part of the title in any language, and takes % for a letter', async () => {
    const { id } = await given(shop, aProduct({ texts: { en: { title: 'Zebra lamp 20%' }, de: { title: 'Zebralampe' } } }))
    expect((await all('search=bralamp')).map((one) => one.id)).toEqual([id])
    expect((await all(`search=${encodeURIComponent('20%')}`)).map((one) => one.id)).toEqual([id])
    expect(await all(`search=${encodeURIComponent('ze%lamp')}`)).toEqual([])
  })

  it('filters by status, tag, brand and category; archived products show only when they are asked for', async () => {
    const brand = (await shop.request('POST', '/api/brands', { body: { name: 'Nordlicht' }, as: staff })).body
    const place = (await shop.request('POST', '/api/categories', { body: { texts: { en: { title: 'Lamps' } } }, as: staff })).body
    const { id } = await given(shop, aProduct({ brandId: brand.id, categoryIds: [place.id], tags: ['bright'] }))
    for (const query of ['tag=bright', 'brand=nordlicht', 'category=lamps', `category=${place.id}&status=ACTIVE&tag=bright`])
      expect((await all(query)).map((one) => one.id)).toEqual([id])
    expect((await all('category=none')).map((one) => one.id)).not.toContain(id)
    expect(outcomes(await many([id], { kind: 'status', status: 'ARCHIVED' }))).toEqual(['changed'])
    expect(await all('tag=bright')).toEqual([])
    expect((await all('tag=bright&status=ARCHIVED')).map((one) => one.id)).toEqual([id])
  })

  it.each(['newest', 'changed', 'address'])('comes page by page in the order %s, every product once', async (sort) => {
    const ids = new Set((await all('')).map((one) => one.id))
    const seen: string[] = []
    for (let cursor: string | undefined = ''; cursor !== undefined; ) {
      const url = `/api/products/all?limit=2&sort=${sort}${cursor ? `&cursor=${cursor}` : ''}`
      const { body } = await shop.request('GET', url, { as: staff })
      seen.push(...body.items.map((one: Json) => one.id))
      cursor = body.next
    }
    expect(seen.length).toBe(ids.size)
    expect(new Set(seen)).toEqual(ids)
  })

  it('takes no address away: a product called Export has one of its own', async () => {
    const { slug } = await given(shop, aProduct({ texts: { en: { title: 'Export' } } }))
    expect(slug).toBe('export-2')
    expect((await shop.request('POST', '/api/products', { body: aProduct({ slug: 'all' }), as: staff })).body.code).toBe(
      'products/slug-taken',
    )
  })

  it('is for those who write products', async () => {
    for (const as of [shopper, warehouse, stall])
      expect((await shop.request('GET', '/api/products/all', { as })).status).toBe(403)
    expect((await shop.request('GET', '/api/products/all')).status).toBe(401)
  })
})

describe('changing many products', () => {
  it('changes those it can and says of each other why not', async () => {
    const good = await given(shop, aProduct())
    const bare = await given(shop, aProduct({ status: 'DRAFT', variants: [] }))
    const answer = await many([good.id, nobody, bare.id], { kind: 'status', status: 'ACTIVE' })
    expect(outcomes(answer)).toEqual(['same', 'products/not-found', 'products/invalid-product'])
    expect(answer.body.items[2].refusal.fields[0].pointer).toBe('/variants')
    expect((await edit(bare.id)).status).toBe('DRAFT')
  })

  it('adds and takes away tags and categories, and leaves the others as they are', async () => {
    const place = (await shop.request('POST', '/api/categories', { body: { texts: { en: { title: 'Cups' } } }, as: staff })).body
    const { id } = await given(shop, aProduct({ tags: ['old', 'kept'] }))
    expect(outcomes(await many([id], { kind: 'tags', add: ['new'], remove: ['old'] }))).toEqual(['changed'])
    expect(outcomes(await many([id], { kind: 'categories', add: [place.id], remove: [] }))).toEqual(['changed'])
    expect(outcomes(await many([id], { kind: 'categories', add: [place.id], remove: [] }))).toEqual(['same'])
    expect(await edit(id)).toMatchObject({ tags: ['kept', 'new'], categoryIds: [place.id] })
    expect(outcomes(await many([id], { kind: 'categories', add: [nobody], remove: [] }))).toEqual(['products/unknown-reference'])
  })

  it('moves prices by per cent, once, also when the answer was lost and the same request comes again', async () => {
    const { id, slug } = await given(shop, aProduct())
    const request = {
      body: { ids: [id], change: { kind: 'price', basisPoints: -1000 } },
      as: staff,
      headers: { 'idempotency-key': 'ten-per-cent-less' },
    }
    const first = await shop.request('POST', '/api/products/many', request)
    const again = await shop.request('POST', '/api/products/many', request)
    expect(outcomes(first)).toEqual(['changed'])
    expect(again.body).toEqual(first.body)
    const page = (await shop.request('GET', `/api/products/${slug}`)).body
    expect(page.variants[0].price).toEqual({ amount: 1796, currency: 'EUR' })
    expect((await shop.events('PriceChanged.v1')).at(-1)?.data).toMatchObject({
      previous: { amount: 1995 },
      price: { amount: 1796 },
    })
  })

  it('gives nothing away: a price that would become nothing, or that is not there, is refused', async () => {
    const cheap = aProduct()
    Object.assign(cheap.variants[0]!, { price: { amount: 1, currency: 'EUR' } })
    const { id } = await given(shop, cheap)
    const unpriced = aProduct()
    Object.assign(unpriced.variants[0]!, { price: undefined })
    const other = await given(shop, unpriced)
    expect(outcomes(await many([id, other.id], { kind: 'price', basisPoints: -9900 }))).toEqual([
      'products/invalid-price',
      'products/no-price',
    ])
  })

  it('is for those who write products', async () => {
    const { id } = await given(shop, aProduct())
    for (const as of [shopper, warehouse, stall])
      expect((await many([id], { kind: 'price', basisPoints: -9000 }, as)).status).toBe(403)
  })
})

describe('what staff see of one product', () => {
  it('keeps the SKU of a variant that was taken off, and sells it again under it', async () => {
    const options = [{ key: 'size', values: [{ key: 's' }, { key: 'm' }] }]
    const sku = `SHIRT-${Date.now()}`
    const variants = ['s', 'm'].map((size) => ({ sku: `${sku}-${size}`, options: { size } }))
    const { id } = await given(shop, aProduct({ options, variants }))
    const patch = async (body: object) => (await shop.request('PATCH', `/api/products/${id}`, { body, as: staff })).status
    expect(await patch({ variants: [variants[0]] })).toBe(200)
    expect((await edit(id)).retired).toEqual([{ sku: `${sku}-m`, options: { size: 'm' } }])
    expect(await patch({ variants })).toBe(200)
    expect((await edit(id)).retired).toEqual([])
  })

  it('is the price of the channel’s own list, whatever a sale makes of it', async () => {
    const product = aProduct()
    const { id } = await given(shop, product)
    const list = { key: `sale-${Date.now()}`, name: 'Sale', currency: 'EUR', kind: 'sale' }
    const sale = (await shop.request('POST', '/api/price-lists', { body: list, as: staff })).body
    const prices = [{ sku: product.variants[0]!.sku, amount: 500 }]
    await shop.request('PUT', `/api/price-lists/${sale.id}/prices`, { body: { prices }, as: staff })
    expect((await edit(id)).variants[0].price).toEqual({ amount: 1995, currency: 'EUR' })
  })

  it('lists its pictures with every description, to those who may write it', async () => {
    const { id } = await given(shop, aProduct())
    expect((await shop.request('GET', `/api/products/${id}/images`, { as: staff })).body).toEqual({ items: [] })
    for (const as of [shopper, stall]) expect((await shop.request('GET', `/api/products/${id}/images`, { as })).status).toBe(404)
  })
})
