import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { aProduct, given, type Json, shopper, staff, startShop } from './testing/shop.ts'
import type { TestService } from '#kit/testing/service.ts'

let shop: TestService
beforeAll(async () => {
  shop = await startShop()
})
afterAll(() => shop.close())

const put = (path: string, body: object, as = staff) => shop.request('PUT', path, { as, body })
const send = (path: string, body: object) => shop.request('POST', path, { as: staff, body })

describe('a sales channel', () => {
  const wholesale = {
    key: 'wholesale',
    name: 'Wholesale',
    currency: 'GBP',
    locales: ['en'],
    country: 'GB',
    pricesIncludeTax: false,
    hosts: ['Trade.Example.org'],
  }

  it('has prices, tax and hosts of its own', async () => {
    expect(await send('/api/channels', wholesale)).toMatchObject({
      status: 201,
      body: { key: 'wholesale', hosts: ['trade.example.org'], version: 1 },
    })
    const product = aProduct()
    await given(shop, product)
    const sku = product.variants[0]!.sku
    const line = { channel: 'wholesale', lines: [{ sku, quantity: 1 }] }
    expect(await shop.call('price', line)).toMatchObject({
      currency: 'GBP',
      pricesIncludeTax: false,
      refused: [{ sku, reason: 'no-price' }],
    })
    const list = (await shop.request('GET', '/api/price-lists', { as: staff })).body.items.find(
      (one: Json) => one.key === 'wholesale',
    )
    await put(`/api/price-lists/${list.id}/prices`, { prices: [{ sku, amount: 1400 }] })
    expect(await shop.call('price', line)).toMatchObject({ lines: [{ unitPrice: 1400, taxRateBasisPoints: 2000 }] })
    expect(await shop.call('channel', { key: 'wholesale' })).toMatchObject({ currency: 'GBP', locales: ['en'] })
    expect(await shop.call('channel', { key: 'nowhere' })).toBeNull()
    const { channels } = await shop.call<Json>('channels', {})
    expect(channels.map((one: Json) => one.key)).toEqual(['web', 'wholesale'])
    const cards = await shop.db
      .sql`select c.locale from product_cards c join variants v on v.product_id = c.product_id where v.sku = ${sku} and c.channel = 'wholesale'`
    expect(cards.map((card) => card['locale'])).toEqual(['en'])
  })

  it('shares its host names with nobody and collects tax in zones that exist', async () => {
    expect(await send('/api/channels', { ...wholesale, key: 'other' })).toMatchObject({
      status: 409,
      body: { code: 'products/host-taken' },
    })
    expect(await send('/api/channels', { ...wholesale, key: 'other', hosts: [], taxZones: ['moon'] })).toMatchObject({
      status: 422,
      body: { code: 'products/invalid-channel' },
    })
    expect((await shop.request('POST', '/api/channels', { as: shopper, body: wholesale })).status).toBe(403)
  })

  it('shows its languages in lists as soon as it speaks them', async () => {
    const product = aProduct({ texts: { en: { title: 'Sea' }, fr: { title: 'Mer' } } })
    const { id } = await given(shop, product)
    const { version } = (await shop.request('GET', '/api/channels/web', { as: staff })).body
    expect(
      (
        await shop.request('PATCH', '/api/channels/web', {
          as: staff,
          body: { locales: ['en', 'de', 'fr'] },
          headers: { 'if-match': `"${version}"` },
        })
      ).status,
    ).toBe(200)
    const [card] = await shop.db
      .sql`select c.title from product_cards c where c.product_id = ${id} and c.channel = 'web' and c.locale = 'fr'`
    expect(card?.['title']).toBe('Mer')
  })
})

describe('tax zones', () => {
  it('hold a country once and change the rate of what goes there', async () => {
    const product = aProduct()
    await given(shop, product)
    const rate = async () =>
      (await shop.call<Json>('price', { channel: 'web', country: 'JP', lines: [{ sku: product.variants[0]!.sku, quantity: 1 }] }))
        .lines[0].taxRateBasisPoints
    expect(await rate()).toBe(0)
    expect((await put('/api/tax-zones/jp', { name: 'Japan', countries: ['JP'], rates: { standard: 1000 } })).status).toBe(200)
    expect(await rate()).toBe(1000)
    expect(await put('/api/tax-zones/twice', { name: 'Twice', countries: ['JP'], rates: {} })).toMatchObject({
      status: 409,
      body: { code: 'products/country-taken' },
    })
    expect(await put('/api/tax-zones/jp', { name: 'Japan', countries: ['JP'], rates: { luxury: 5000 } })).toMatchObject({
      status: 422,
    })
    expect((await shop.request('DELETE', '/api/tax-zones/jp', { as: staff })).status).toBe(204)
    expect(await rate()).toBe(0)
    expect(await shop.request('DELETE', '/api/tax-classes/standard', { as: staff })).toMatchObject({
      status: 409,
      body: { code: 'products/in-use' },
    })
  })
})

describe('custom attributes', () => {
  it('are checked when a product is written', async () => {
    expect(
      (await send('/api/attributes', { entity: 'product', key: 'material', type: 'enum', choices: ['oak', 'ash'] })).status,
    ).toBe(201)
    expect((await send('/api/attributes', { entity: 'variant', key: 'gtinChecked', type: 'boolean' })).status).toBe(201)
    const bad = await send('/api/products', aProduct({ attributes: { material: 'gold' } }))
    expect(bad).toMatchObject({
      status: 422,
      body: { code: 'products/invalid-attributes', errors: [{ pointer: '/attributes/material' }] },
    })
    const good = await given(
      shop,
      aProduct({ attributes: { material: 'oak' }, variants: [{ sku: 'ATTR-1', attributes: { gtinChecked: true } }] }),
    )
    expect((await shop.request('GET', `/api/products/${good.id}`)).body).toMatchObject({
      attributes: { material: 'oak' },
      variants: [{ attributes: { gtinChecked: true } }],
    })
    expect(await send('/api/attributes', { entity: 'product', key: 'material', type: 'text' })).toMatchObject({ status: 409 })
  })

  it('that are required may be missing in a draft, not in what is sold', async () => {
    const definition = await send('/api/attributes', { entity: 'product', key: 'origin', type: 'text', required: true })
    const { id } = await given(shop, aProduct({ status: 'DRAFT', attributes: {} }))
    const toSell = { as: staff, body: { status: 'ACTIVE' } }
    expect(await shop.request('PATCH', `/api/products/${id}`, toSell)).toMatchObject({
      status: 422,
      body: { code: 'products/invalid-attributes', errors: [{ pointer: '/attributes/origin' }] },
    })
    await shop.request('PATCH', `/api/products/${id}`, { as: staff, body: { attributes: { origin: 'Lisbon' } } })
    expect((await shop.request('PATCH', `/api/products/${id}`, toSell)).status).toBe(200)
    expect((await shop.request('DELETE', `/api/attributes/${definition.body.id}`, { as: staff })).status).toBe(204)
  })
})

describe('an address', () => {
  it('goes on leading to its product after it changed, and to nobody else', async () => {
    const { id, slug } = await given(shop, aProduct({ slug: 'old-name' }))
    expect((await shop.request('PATCH', `/api/products/${id}`, { as: staff, body: { slug: 'new-name' } })).body.slug).toBe(
      'new-name',
    )
    const moved = await shop.request('GET', `/api/products/${slug}`)
    expect([moved.status, moved.headers['location']]).toEqual([301, '/api/products/new-name'])
    expect(await send('/api/products', aProduct({ slug: 'old-name' }))).toMatchObject({
      status: 409,
      body: { code: 'products/slug-taken' },
    })
    expect((await shop.request('PATCH', `/api/products/${id}`, { as: staff, body: { slug: 'old-name' } })).status).toBe(200)
    expect((await shop.request('GET', '/api/products/new-name')).status).toBe(301)
  })

  it('made from a title is free, whoever had the title before', async () => {
    const texts = { en: { title: 'Twin' } }
    expect([(await given(shop, aProduct({ texts }))).slug, (await given(shop, aProduct({ texts }))).slug]).toEqual([
      'twin',
      'twin-2',
    ])
  })
})

describe('variants', () => {
  const options = [
    {
      key: 'size',
      titles: { en: 'Size' },
      values: [
        { key: 's', titles: { en: 'Small' } },
        { key: 'l', titles: { en: 'Large' } },
      ],
    },
  ]
  const variant = (sku: string, size: string, more = {}) => ({
    sku,
    options: { size },
    price: { amount: 500, currency: 'EUR' },
    ...more,
  })

  it('may swap their combinations, be retired and come back', async () => {
    const { id } = await given(shop, aProduct({ options, variants: [variant('SWAP-A', 's'), variant('SWAP-B', 'l')] }))
    const change = (variants: object[]) => shop.request('PATCH', `/api/products/${id}`, { as: staff, body: { variants } })
    expect((await change([variant('SWAP-A', 'l'), variant('SWAP-B', 's')])).status).toBe(200)
    const shown = async () =>
      (await shop.request('GET', `/api/products/${id}`)).body.variants.map((one: Json) => `${one.sku} ${one.title}`)
    expect(await shown()).toEqual(['SWAP-A Large', 'SWAP-B Small'])
    expect((await change([variant('SWAP-B', 'l')])).status).toBe(200)
    expect(await shown()).toEqual(['SWAP-B Large'])
    expect(await shop.call('price', { channel: 'web', lines: [{ sku: 'SWAP-A', quantity: 1 }] })).toMatchObject({
      refused: [{ reason: 'not-on-sale' }],
    })
    expect((await change([variant('SWAP-B', 'l'), variant('SWAP-A', 's')])).status).toBe(200)
    expect(await shown()).toEqual(['SWAP-B Large', 'SWAP-A Small'])
  })

  it('have a SKU and a barcode that nobody else has, not even in a race', async () => {
    const one = () => send('/api/products', aProduct({ variants: [{ sku: 'RACE-1' }] }))
    const answers = await Promise.all([one(), one(), one(), one()])
    expect(answers.map((answer) => answer.status).sort()).toEqual([201, 409, 409, 409])
    await given(shop, aProduct({ variants: [{ sku: 'BAR-1', barcode: '12345' }] }))
    expect(await send('/api/products', aProduct({ variants: [{ sku: 'BAR-2', barcode: '12345' }] }))).toMatchObject({
      status: 409,
      body: { code: 'products/barcode-taken' },
    })
  })
})

describe('two changes at once', () => {
  it('both show on the card', async () => {
    const product = aProduct()
    const { id } = await given(shop, product)
    const sku = product.variants[0]!.sku
    const list = (await shop.request('GET', '/api/price-lists', { as: staff })).body.items.find((one: Json) => one.key === 'web')
    for (let round = 1; round <= 10; round++) {
      const answers = await Promise.all([
        shop.request('PATCH', `/api/products/${id}`, { as: staff, body: { texts: { en: { title: `Round ${round}` } } } }),
        put(`/api/price-lists/${list.id}/prices`, { prices: [{ sku, amount: 1000 + round }] }),
      ])
      expect(answers.map((answer) => answer.status)).toEqual([200, 200])
      const [card] = await shop.db.sql<
        { title: string; price: bigint }[]
      >`select c.title, c.price from product_cards c where c.product_id = ${id} and c.channel = 'web' and c.locale = 'en'`
      expect(card).toMatchObject({ title: `Round ${round}`, price: BigInt(1000 + round) })
    }
  })

  it('of the same version: one wins, the other is told', async () => {
    const { id, version } = await given(shop, aProduct())
    const change = (tag: string) =>
      shop.request('PATCH', `/api/products/${id}`, { as: staff, body: { tags: [tag] }, headers: { 'if-match': `"${version}"` } })
    const answers = await Promise.all([change('a'), change('b'), change('c')])
    expect(answers.map((answer) => answer.status).sort()).toEqual([200, 412, 412])
  })
})

describe('a product that is replaced', () => {
  it('has only what the new version says, and the same again is no new version', async () => {
    const product = aProduct({ tags: ['x'], attributes: {} })
    const { id } = await given(shop, product)
    const next = { status: 'ACTIVE', texts: { en: { title: 'Replaced' } }, variants: product.variants }
    const first = await put(`/api/products/${id}`, next)
    expect(first.body.version).toBe(2)
    expect((await put(`/api/products/${id}`, next)).body.version).toBe(2)
    const edit = await shop.request('GET', `/api/products/${id}/edit`, { as: staff })
    expect(edit.body).toMatchObject({ version: 2, tags: [], texts: { en: { title: 'Replaced' } } })
    expect(Object.keys(edit.body.texts)).toEqual(['en'])
    expect(edit.headers['etag']).toMatch(/^"2/)
  })
})

describe('an opened product page', () => {
  it('is recorded a moment later, without a write of its own', async () => {
    const { id } = await given(shop, aProduct())
    const views = async () => (await shop.events('ProductViewed.v1')).filter((event: Json) => event.data.productId === id)
    await shop.request('GET', `/api/products/${id}`)
    expect(await views()).toEqual([])
    await expect.poll(views, { timeout: 5000 }).toHaveLength(1)
  })
})
