import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { priceRange, samplesOf } from './document.ts'
import { highlighted, matchesOf, passage } from './highlight.ts'
import { wanted } from './engines/postgres.ts'
import { asked, likeliest, mayBeMisspelt, slipsBetween, slipsOf, wordsOf } from './words.ts'

describe('words', () => {
  it('are whole characters, also where a word is cut or a letter left out', () => {
    const pieces = [
      ...slipsOf('\u{12000}\u0c85'),
      ...slipsOf('\u{12000}\u{12001}\u{12002}'),
      ...wordsOf('\u{12000}'.repeat(200)),
      ...asked('\u{12000}'.repeat(400)),
    ]
    expect(pieces.filter((piece) => !piece.isWellFormed())).toEqual([])
  })

  it('lose accents, capitals and apostrophes', () => {
    expect(wordsOf("Women's CAFÉ-Tasse, Größe 4")).toEqual(['womens', 'cafe', 'tasse', 'grosse', '4'])
  })
  it('are one slip apart whatever the slip was', () => {
    for (const typed of ['lantrn', 'lnatern', 'lantternn'.slice(0, 8), 'lanternn', 'kantern'])
      expect(slipsBetween(typed, 'lantern')).toBe(1)
    expect(slipsBetween('lantern', 'lantern')).toBe(0)
  })
  it('meet in the table of slips when they are one slip apart', () => {
    const word = fc.string({ unit: fc.constantFrom(...'abcdefgh'), minLength: 3, maxLength: 12 })
    fc.assert(
      fc.property(word, fc.nat(), fc.constantFrom('delete', 'swap', 'double', 'other'), (right, where, kind) => {
        const at = where % (right.length - 1)
        const wrong = {
          delete: right.slice(0, at) + right.slice(at + 1),
          swap: right.slice(0, at) + right[at + 1] + right[at] + right.slice(at + 2),
          double: right.slice(0, at) + right[at] + right.slice(at),
          other: `${right.slice(0, at)}x${right.slice(at + 1)}`,
        }[kind]
        // as migrations/001_documents.sql stores them: the word and each with one letter left out
        const stored = [right, ...Array.from(right, (_, index) => right.slice(0, index) + right.slice(index + 1))]
        const typed = new Set(slipsOf(wrong))
        return stored.some((slip) => typed.has(slip))
      }),
    )
  })
  it('that are likeliest come first', () => {
    const words = ['lamp', 'camp', 'lump', 'lamps'].map((word, index) => ({ word, documents: 10 * (4 - index) }))
    expect(likeliest('lmap', words).map(({ word }) => word)).toEqual(['lamp'])
    expect(likeliest('zzz', words)).toEqual([])
  })
})

describe('what is shown', () => {
  const matches = matchesOf([
    { typed: 'tea', ways: [{ words: ['tea'], forms: [['tea']] }], taken: undefined, documents: 1, known: true },
  ])
  it('never lets markup of a product through', () => {
    expect(highlighted('<b onclick="x">Tea</b> & \'mugs\'', matches)).toBe(
      '&lt;b onclick=&quot;x&quot;&gt;<mark>Tea</mark>&lt;/b&gt; &amp; &#39;mugs&#39;',
    )
  })
  it('is the part of a long text that was found', () => {
    const long = `${'word '.repeat(100)}tea ${'other '.repeat(100)}`
    expect(passage(long, matches)).toMatch(/^… .*<mark>tea<\/mark>.* …$/)
    expect(passage('nothing of it', matches)).toBeUndefined()
  })
})

describe('documents', () => {
  it('have a range of prices that holds their price', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e12 }), (amount) => {
        const [from, to] = priceRange(amount).split('-').map(Number) as [number, number]
        return from <= amount && amount < to
      }),
    )
  })
  it('belong to samples of a half, a quarter, an eighth', () => {
    const levels = Array.from(
      { length: 4000 },
      (_, index) => samplesOf(`018f0000-0000-7000-8000-${index.toString(16).padStart(12, '0')}`).length,
    )
    for (const [level, share] of [
      [1, 0.5],
      [2, 0.25],
      [3, 0.125],
    ] as const)
      expect(Math.abs(levels.filter((own) => own >= level).length / 4000 - share)).toBeLessThan(0.04)
  })
})

describe('S15: ten thousand letters', () => {
  const LONG = 10_000
  it('are twelve words of forty at most, whatever they are', () => {
    for (const text of [
      'sofa '.repeat(LONG / 5),
      'a'.repeat(LONG),
      'a '.repeat(LONG / 2),
      '\u0301'.repeat(LONG),
      "'&|!():*<->\\".repeat(LONG / 10),
    ]) {
      const words = asked(text)
      expect(words.length).toBeLessThanOrEqual(12)
      for (const word of words) expect(word).toMatch(/^[\p{L}\p{N}]{1,40}$/u)
    }
  })

  it('have no more slips than a long word has, and of a word of two letters none are looked for', () => {
    for (const word of asked('abcdefghijklmnop'.repeat(LONG / 16))) expect(slipsOf(word).length).toBeLessThan(200)
    expect(
      Math.max(...Array.from({ length: 40 }, (_, n) => slipsOf('abcdefghij'.repeat(4).slice(0, n + 1)).length)),
    ).toBeLessThan(200)
    expect(['a', 'ab', 'abc'].map(mayBeMisspelt)).toEqual([false, false, true])
  })

  it('become lexemes in quotes: no sign of theirs is one of the query language', () => {
    const hostile = fc.string({ unit: fc.constantFrom(...'ab \'"&|!():*<->\\\u0000'), maxLength: 80 })
    fc.assert(
      fc.property(hostile, (text) => {
        const wishes = asked(text).map((typed) => ({
          typed,
          ways: [{ words: [typed], forms: [[typed]] }],
          taken: undefined,
          documents: 1,
          known: true,
        }))
        const query = wanted({ wishes, enough: wishes.length })
        if (query !== null) expect(query).toMatch(/^'[ab]+'( & '[ab]+')*$/)
      }),
    )
  })
})
