import { describe, expect, it } from 'vitest'
import { brief, change, decide, type Edit, follow, isChanged, patchOf, startDraft, partOf } from './draft.ts'

const text = (title: string) => ({ title, description: '', seoTitle: null, seoDescription: null })
const product = (more: Partial<Edit> = {}): Edit => ({
  id: '1',
  version: 3,
  slug: 'cup',
  status: 'ACTIVE',
  texts: { en: text('Cup'), de: text('Tasse') },
  options: [],
  variants: [{ sku: 'cup', options: {}, barcode: null, weightGrams: 300, attributes: {} }],
  retired: [],
  sellerId: null,
  brandId: null,
  taxClass: 'standard',
  channels: null,
  giftCard: false,
  requiresShipping: true,
  tags: ['blue'],
  categoryIds: [],
  relatedIds: [],
  attributes: {},
  ...more,
})

describe('unsaved changes of a product', () => {
  it('send only what was changed, and nothing that was changed back', () => {
    let draft = change(startDraft(product()), 'tags', ['blue', 'new'])
    draft = change(draft, 'slug', 'mug')
    draft = change(draft, 'slug', 'cup')
    expect(patchOf(draft)).toEqual({ tags: ['blue', 'new'] })
    expect(isChanged(change(draft, 'tags', ['blue']))).toBe(false)
  })

  it('send the texts of every language when one of them changed, for they are replaced together', () => {
    const draft = change(startDraft(product()), 'text de', text('Becher'))
    expect(patchOf(draft)).toEqual({ texts: { en: text('Cup'), de: text('Becher') } })
  })

  it('send a price only where it was changed: somebody may have changed another one since', () => {
    const euros = (amount: number) => ({ amount, currency: 'EUR' })
    const variant = (sku: string, price: { amount: number; currency: string }) => ({
      sku,
      options: { size: sku },
      barcode: null,
      weightGrams: 300,
      attributes: {},
      price,
    })
    const base = product({ variants: [variant('s', euros(100)), variant('m', euros(200))] })
    const ours = { options: [], variants: [variant('s', euros(150)), variant('m', euros(200))] }
    const { variants } = patchOf(change(startDraft(base), 'variants', ours))
    expect(variants?.map(({ price }) => price)).toEqual([euros(150), undefined])
  })

  it('can take a language away and bring one in', () => {
    const draft = change(change(startDraft(product()), 'text de', undefined), 'text fr', text('Tasse'))
    expect(patchOf(draft)).toEqual({ texts: { en: text('Cup'), fr: text('Tasse') } })
  })
})

describe('when somebody else saves meanwhile', () => {
  it('their changes are taken over and ours stay, where they are about different things', () => {
    const draft = follow(change(startDraft(product()), 'tags', ['new']), product({ version: 4, slug: 'mug' }))
    expect(partOf(draft, 'slug')).toBe('mug')
    expect(patchOf(draft)).toEqual({ tags: ['new'] })
    expect(draft.base.version).toBe(4)
    expect(draft.meanwhile).toMatchObject({ changed: ['slug'], both: [] })
  })

  it('nothing is overwritten before somebody decides, where both changed the same', () => {
    const theirs = product({ version: 4, tags: ['theirs'], slug: 'mug' })
    const draft = follow(change(startDraft(product()), 'tags', ['ours']), theirs)
    expect(draft.meanwhile).toMatchObject({ changed: ['slug', 'tags'], both: ['tags'] })
    expect(draft.base.version).toBe(3)
    expect(partOf(decide(draft, new Set(['tags'])), 'tags')).toEqual(['ours'])
    const given = decide(draft, new Set())
    expect(partOf(given, 'tags')).toEqual(['theirs'])
    expect([given.base.version, isChanged(given)]).toEqual([4, false])
  })

  it('both versions are told in a few words', () => {
    expect(brief('text en', text('Cup'))).toBe('Cup')
    expect(brief('text de', undefined)).toBe('no text')
    expect(brief('tags', [])).toBe('none')
    expect(brief('channels', null)).toBe('every channel')
    expect(brief('attributes', { origin: 'Porto' })).toBe('origin: Porto')
    expect(brief('variants', { options: [], variants: product().variants })).toBe('cup')
  })

  it('two languages of one product are two things', () => {
    const theirs = product({ version: 4, texts: { en: text('Mug'), de: text('Tasse') } })
    const draft = follow(change(startDraft(product()), 'text de', text('Becher')), theirs)
    expect(patchOf(draft)).toEqual({ texts: { en: text('Mug'), de: text('Becher') } })
  })

  it('nobody is bothered who has changed nothing, or the same', () => {
    expect(follow(startDraft(product()), product({ version: 4, slug: 'mug' })).meanwhile).toBeUndefined()
    const same = follow(change(startDraft(product()), 'slug', 'mug'), product({ version: 4, slug: 'mug' }))
    expect(isChanged(same)).toBe(false)
  })

  it('an answer from before does not take us back', () => {
    const draft = startDraft(product())
    expect(follow(draft, product({ version: 2, slug: 'old' }))).toBe(draft)
  })
})
