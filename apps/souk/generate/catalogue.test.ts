import { describe, expect, it } from 'vitest'
import { brands, categories, productOf, sellers } from './catalogue.ts'

describe('a generated catalogue', () => {
  it('is the same every time', () => {
    expect(productOf(4711, 500)).toEqual(productOf(4711, 500))
    expect(productOf(4711, 500)).not.toEqual(productOf(4712, 500))
  })
  it('names only places that it has, parents before their children', () => {
    const places = categories()
    const seen = new Set<string | null>([null])
    for (const { slug, parent } of places) {
      expect(seen.has(parent)).toBe(true)
      seen.add(slug)
    }
    expect(places.length).toBeGreaterThan(5000)
    const [known, sold] = [new Set(brands().map(({ slug }) => slug)), new Set(sellers(500).map(({ slug }) => slug))]
    for (let index = 0; index < 300; index += 1) {
      const product = productOf(index * 997, 500)
      expect([seen.has(product.category), known.has(product.brand), sold.has(product.seller)]).toEqual([true, true, true])
    }
  })
  it('gives every product and variant a name of its own', () => {
    const products = Array.from({ length: 2000 }, (_, index) => productOf(index, 500))
    expect(new Set(products.map(({ slug }) => slug)).size).toBe(2000)
    for (const { variants } of products)
      expect(new Set(variants.map(({ options }) => JSON.stringify(options))).size).toBe(variants.length)
  })
  it('has few of everything often and most seldom', () => {
    const counts = new Map<string, number>()
    for (let index = 0; index < 3000; index += 1) {
      const { brand } = productOf(index, 500)
      counts.set(brand, (counts.get(brand) ?? 0) + 1)
    }
    const sorted = [...counts.values()].sort((a, b) => b - a)
    expect(sorted.slice(0, 30).reduce((sum, one) => sum + one, 0)).toBeGreaterThan(500)
  })
})
