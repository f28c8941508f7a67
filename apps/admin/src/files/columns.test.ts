import { describe, expect, it } from 'vitest'
import { guessed, portionsOf, rowsOf, targetsOf, textOf } from './columns.ts'

const targets = targetsOf({ languages: ['en', 'de'], attributes: [{ key: 'origin' }] })

describe('the columns of a file', () => {
  it('are recognised by our names and by those of other shops, each once', () => {
    expect(guessed(['Handle', 'Title', 'Variant SKU', 'Variant Price', 'option.size', 'Name', 'Anything'], targets)).toEqual([
      'address',
      'title.en',
      'sku',
      'price',
      'option.size',
      '',
      '',
    ])
    expect(guessed(['Artikelnummer', 'Titel', 'attribute.origin'], targets)).toEqual(['sku', 'title.de', 'attribute.origin'])
  })

  it('come back as the shop itself wrote them, also with capitals', () => {
    const capitals = targetsOf({ languages: ['de-AT'], attributes: [{ key: 'energyClass' }] })
    const own = ['attribute.energyClass', 'variant.cableLength', 'title.de-AT']
    expect(guessed(own, capitals)).toEqual(own)
    expect(guessed(['Title.de-at', 'SKU'], capitals)).toEqual(['title.de-AT', 'sku'])
  })

  it('become rows with the line they stand in; empty cells and empty lines are left out', () => {
    const records = [
      ['cup', '', 'x'],
      ['', '  ', ''],
      ['mug', '5', 'y'],
    ]
    expect(rowsOf(records, ['sku', 'price', ''])).toEqual([
      { line: 2, cells: { sku: 'cup' } },
      { line: 4, cells: { sku: 'mug', price: '5' } },
    ])
  })
})

describe('the portions a file is sent in', () => {
  const row = (line: number, address: string) => ({ line, cells: { address } })

  it('never part the rows of one product', () => {
    const rows = [
      ...Array.from({ length: 150 }, (_, n) => row(n + 2, `p${n}`)),
      ...Array.from({ length: 100 }, (_, n) => row(n + 152, 'wide')),
    ]
    expect(portionsOf(rows).portions.map((portion) => portion.length)).toEqual([25, 25, 25, 25, 25, 25, 100])
  })

  it('are small enough for a request, also with long words', () => {
    const rows = Array.from({ length: 25 }, (_, n) => ({
      line: n + 2,
      cells: { address: `p${n}`, 'description.en': 'x'.repeat(40_000) },
    }))
    expect(portionsOf(rows).portions.map((portion) => portion.length)).toEqual([17, 8])
  })

  it('leave out a product with more rows than a request takes, and hold the others', () => {
    const huge = Array.from({ length: 201 }, (_, n) => row(n + 3, 'huge'))
    expect(portionsOf([row(2, 'cup'), ...huge, row(204, 'mug')])).toEqual({
      portions: [[row(2, 'cup'), row(204, 'mug')]],
      tooLarge: [huge],
    })
  })
})

describe('the words of a file', () => {
  it('are UTF-8, or what older spreadsheets write', () => {
    expect(textOf(new TextEncoder().encode('\uFEFFGröße').buffer)).toEqual({ text: 'Größe', guessed: false })
    expect(textOf(Uint8Array.from([0x47, 0x72, 0xf6, 0xdf, 0x65]).buffer)).toEqual({ text: 'Größe', guessed: true })
  })

  it('are not taken where UTF-8 is broken somewhere: every other letter would come in wrong', () => {
    const broken = Uint8Array.from([...new TextEncoder().encode('Größe'), 0xff])
    expect(() => textOf(broken.buffer)).toThrow('UTF-8')
  })
})
