import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TestService } from '#kit/testing/service.ts'
import { sitemapPart, sitemapParts } from './queries/sitemap.ts'
import { aProduct, given, startShop } from './testing/shop.ts'

let shop: TestService
const slugs: string[] = []
beforeAll(async () => {
  shop = await startShop()
  for (let n = 0; n < 5; n += 1) slugs.push((await given(shop, aProduct())).slug)
  await given(shop, aProduct({ status: 'DRAFT' }))
})
afterAll(() => shop.close())

describe('the catalogue for search engines', () => {
  it('comes in parts, each product in one of them', async () => {
    const { sql } = shop.db
    const parts = await sitemapParts(sql, 'web', 'en', 2)
    expect(parts).toHaveLength(3)
    const told: string[] = []
    for (const first of parts) told.push(...(await sitemapPart(sql, 'web', 'en', first, 2)))
    expect(told).toEqual(slugs)
  })

  it('is one part in a small shop, without what is not on sale', async () => {
    const { parts } = (await shop.request('GET', '/api/products/sitemap')).body
    expect(parts).toHaveLength(1)
    expect((await shop.request('GET', `/api/products/sitemap/${parts[0]}`)).body).toEqual({ slugs })
  })
})
