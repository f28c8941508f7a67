import { describe, expect, it } from 'vitest'
import { type DocumentOf, faultOf, isUp, nextTurn, wordsFor } from './documents.ts'

const at = (time: string) => Date.parse(`2026-12-${time}:00Z`)
const banner = (from: string | null, until: string | null): DocumentOf<'banner'> => ({
  kind: 'banner',
  to: null,
  from: from && `2026-12-${from}:00Z`,
  until: until && `2026-12-${until}:00Z`,
  texts: { en: { text: 'Open on Sunday' } },
})

describe('the words of the shop', () => {
  it('are in the language of the reader, in its main language, or in the one that is always there', () => {
    const texts = { en: 'Lamps', de: 'Lampen' }
    expect(['de', 'de-AT', 'fr', 'en'].map((locale) => wordsFor(texts, locale))).toEqual(['Lampen', 'Lampen', 'Lamps', 'Lamps'])
  })

  it('have to be there in that one, in every part', () => {
    const words = { title: 'Lamps' }
    expect(faultOf({ kind: 'home', sections: [{ type: 'categories', texts: { de: words } }] })).toBe('noDefaultLanguage')
    expect(faultOf({ kind: 'home', sections: [{ type: 'recommended' }, { type: 'categories', texts: { en: words } }] })).toBe(
      undefined,
    )
    expect(faultOf({ kind: 'menu', items: [{ to: '/', texts: { de: { label: 'Laden' } } }] })).toBe('noDefaultLanguage')
  })
})

describe('a banner', () => {
  it('is up from its first moment until just before its last', () => {
    const advent = banner('01T08:00', '24T12:00')
    expect([at('01T07:59'), at('01T08:00'), at('24T11:59'), at('24T12:00')].map((time) => isUp(advent, time))).toEqual([
      false,
      true,
      true,
      false,
    ])
    expect(isUp(banner(null, null), at('01T00:00'))).toBe(true)
  })

  it('does not end before it begins', () => {
    expect(faultOf(banner('02T00:00', '01T00:00'))).toBe('endsBeforeItBegins')
    expect(faultOf(banner('01T00:00', '01T00:00'))).toBe('endsBeforeItBegins')
    expect(faultOf(banner('01T00:00', null))).toBeUndefined()
  })

  it('says when the next one goes up or comes down', () => {
    const all = [banner('01T00:00', '03T00:00'), banner('02T00:00', null)]
    expect(nextTurn(all, at('01T12:00'))).toBe(12 * 3_600_000)
    expect(nextTurn(all, at('04T00:00'))).toBe(Number.POSITIVE_INFINITY)
  })
})
