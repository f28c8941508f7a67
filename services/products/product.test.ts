import { describe, expect, it } from 'vitest'
import { attributeProblems } from '#kit/core/attributes.ts'
import { changedFields, type Product, problemsOf, variantTitles } from './product.ts'
import { slugify } from './slug.ts'

const size = {
  key: 'size',
  titles: { en: 'Size', de: 'Größe' },
  values: [
    { key: 's', titles: { en: 'Small', de: 'Klein' } },
    { key: 'l', titles: { en: 'Large', de: 'Groß' } },
  ],
}
const variant = (sku: string, options: Record<string, string> = {}) => ({
  sku,
  options,
  barcode: null,
  weightGrams: 0,
  attributes: {},
})
const product = (more: Partial<Product> = {}): Product => ({
  slug: 'mug',
  status: 'ACTIVE',
  texts: { en: { title: 'Mug', description: '', seoTitle: null, seoDescription: null } },
  options: [],
  variants: [variant('A')],
  sellerId: null,
  brandId: null,
  taxClass: 'standard',
  channels: null,
  giftCard: false,
  requiresShipping: true,
  tags: [],
  categoryIds: [],
  relatedIds: [],
  attributes: {},
  ...more,
})
const pointers = (candidate: Product) => problemsOf(candidate).map((problem) => problem.pointer)

describe('a product', () => {
  it('may be sold with one variant and no options', () => expect(problemsOf(product())).toEqual([]))
  it('needs a variant to be on sale, not to be a draft', () => {
    expect(pointers(product({ variants: [] }))).toEqual(['/variants'])
    expect(pointers(product({ variants: [], status: 'DRAFT' }))).toEqual([])
  })
  it('needs an option to tell several variants apart', () =>
    expect(pointers(product({ variants: [variant('A'), variant('B')] }))).toContain('/options'))
  it('has each combination once', () => {
    expect(pointers(product({ options: [size], variants: [variant('A', { size: 's' }), variant('B', { size: 'l' })] }))).toEqual(
      [],
    )
    expect(pointers(product({ options: [size], variants: [variant('A', { size: 's' }), variant('B', { size: 's' })] }))).toEqual([
      '/variants/1/options',
    ])
  })
  it('has each SKU once', () =>
    expect(pointers(product({ options: [size], variants: [variant('A', { size: 's' }), variant('A', { size: 'l' })] }))).toEqual([
      '/variants/1/sku',
    ]))
  it('knows every value its variants name', () => {
    expect(pointers(product({ options: [size], variants: [variant('A', { size: 'xxl' })] }))).toEqual([
      '/variants/0/options/size',
    ])
    expect(pointers(product({ options: [size], variants: [variant('A', { size: 's', colour: 'red' })] }))).toEqual([
      '/variants/0/options/colour',
    ])
    expect(pointers(product({ options: [size], variants: [variant('A')] }))).toEqual(['/variants/0/options'])
  })
  it('calls a variant by its values in every language', () => {
    expect(variantTitles(variant('A', { size: 'l' }), [size])).toEqual({ en: 'Large', de: 'Groß' })
    expect(variantTitles(variant('A'), [])).toEqual({})
  })
  it('says which fields changed, whatever the order of their keys', () => {
    const attributes = { a: 1, b: 2 }
    expect(changedFields(product({ attributes }), product({ attributes: { b: 2, a: 1 } }))).toEqual([])
    expect(changedFields(product(), product({ tags: ['new'], slug: 'cup' }))).toEqual(['slug', 'tags'])
  })
})

describe('custom attributes', () => {
  const definition = (key: string, type: 'text' | 'number' | 'boolean' | 'date' | 'enum', more = {}) => ({
    entity: 'product' as const,
    key,
    type,
    required: false,
    choices: [],
    ...more,
  })
  const check = (definitions: ReturnType<typeof definition>[], attributes: Record<string, string | number | boolean | null>) =>
    attributeProblems(definitions, attributes, '/attributes').map(({ pointer }) => pointer)
  it('must be defined', () => expect(check([], { material: 'oak' })).toEqual(['/attributes/material']))
  it('must be there where they are required', () =>
    expect(check([definition('material', 'text', { required: true })], { material: null })).toEqual(['/attributes/material']))
  it('must be of their kind', () => {
    expect(check([definition('n', 'number')], { n: '5' })).toEqual(['/attributes/n'])
    expect(check([definition('b', 'boolean')], { b: 1 })).toEqual(['/attributes/b'])
    expect(check([definition('t', 'text')], { t: 'oak' })).toEqual([])
    expect(check([definition('d', 'date')], { d: '2031-02-29' })).toEqual(['/attributes/d'])
    expect(check([definition('d', 'date')], { d: '2032-02-29' })).toEqual([])
    expect(check([definition('e', 'enum', { choices: ['A', 'B'] })], { e: 'C' })).toEqual(['/attributes/e'])
  })
})

describe('an address', () => {
  it.each([
    ['Größe & Maß', 'groesse-and-mass'],
    ['  Café  crème ', 'cafe-creme'],
    ['***', 'item'],
    ['Кофе', 'item-2017e468'],
    ['Чай', 'item-7ce1859e'],
    ['ÅNGSTRÖM 5', 'angstroem-5'],
    ['x'.repeat(200), 'x'.repeat(80)],
  ])('made from "%s" is readable', (title, slug) => {
    expect(slugify(title)).toBe(slug)
  })
})
