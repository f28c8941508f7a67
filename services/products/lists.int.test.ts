import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { InventoryUpdated } from '#contracts/events/inventory.ts'
import { aProduct, given, type Json, staff, startShop } from './testing/shop.ts'
import type { TestService } from '#kit/testing/service.ts'

let shop: TestService
beforeAll(async () => {
  shop = await startShop()
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

  it('refuses a cursor of another list', async () => {
    await given(shop, aProduct({ tags: ['cursor'] }))
    await given(shop, aProduct({ tags: ['cursor'] }))
    const { next } = (await shop.request('GET', '/api/products?tag=cursor&limit=1')).body
    expect((await shop.request('GET', `/api/products?tag=paged&limit=1&cursor=${next}`)).status).toBe(400)
  })
})

describe('the search', () => {
  beforeAll(async () => {
    await given(
      shop,
      aProduct({ texts: text('Oak table', 'A table for eight people.', 'Eichentisch'), ...cost('TBL-OAK-1', 50_000) }),
    )
    await given(shop, aProduct({ texts: text('Table lamp', 'Warm light.', 'Tischlampe'), ...cost('LMP-1', 4_000) }))
    await given(shop, aProduct({ texts: text('Sweatshirt', 'Goes with every table.', 'Pullover'), ...cost('SWT-1', 3_000) }))
  })
  const found = async (q: string, more = '') =>
    (await shop.request('GET', `/api/products/search?q=${encodeURIComponent(q)}${more}`)).body.items.map(
      (item: Json) => item.title,
    )

  it('finds words in any form and puts titles before descriptions', async () => {
    const tables = await found('tables')
    expect(tables.slice(0, 2).sort()).toEqual(['Oak table', 'Table lamp'])
    expect(tables).toContain('Sweatshirt')
  })
  it('finds beginnings while somebody types, and parts of words', async () => {
    expect(await found('oak ta')).toEqual(['Oak table'])
    expect(await found('shirt')).toEqual(['Sweatshirt'])
  })
  it('finds a SKU', async () => expect(await found('TBL-OAK-1')).toContain('Oak table'))
  it('searches in the language of the reader', async () => {
    expect(await found('Tischlampen', '&locale=de')).toEqual(['Tischlampe'])
    expect(await found('Tischlampen', '&locale=en')).toEqual([])
  })
  it('can be sorted by price, and be reached from the list too', async () => {
    expect(await found('table', '&sort=price')).toEqual(['Sweatshirt', 'Table lamp', 'Oak table'])
    expect((await titles('search=oak'))[0]).toBe('Oak table')
  })
  it('turns its pages', async () => {
    const first = (await shop.request('GET', '/api/products/search?q=table&limit=2')).body
    const second = (await shop.request('GET', `/api/products/search?q=table&limit=2&cursor=${first.next}`)).body
    expect(new Set([...first.items, ...second.items].map((item: Json) => item.title)).size).toBe(3)
  })
  it('survives whatever is typed', async () => {
    for (const typed of [
      "' | !",
      ':*',
      '"',
      '\\',
      '%',
      '((',
      'a & b',
      '-',
      '"red table"',
      'table -x',
      '<->',
      '*'.repeat(200),
      "';drop table products--",
    ]) {
      expect((await shop.request('GET', `/api/products/search?q=${encodeURIComponent(typed)}`)).status).toBe(200)
    }
  })
})
