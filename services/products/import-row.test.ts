import { describe, expect, it } from 'vitest'
import { amountOf, amountText, attributeOf, cellOf, cellsOf, groupsOf, isColumn, listOf } from './import-row.ts'

const row = (line: number, cells: Record<string, string>) => ({ line, cells })

describe('a file of products', () => {
  it('knows its columns', () => {
    expect(
      ['sku', 'title.en', 'description.de-AT', 'option.shoe-size', 'attribute.origin', 'variant.length'].every(isColumn),
    ).toBe(true)
    expect(['title', 'title.', 'name', 'option.Shoe Size', 'titles.en', '__proto__'].some(isColumn)).toBe(false)
  })

  it('has prices as people write them, and no others', () => {
    expect(['12.50', '12,5', '12', '0'].map((text) => amountOf(text, 'EUR'))).toEqual([1250, 1250, 1200, 0])
    expect(amountOf('1250', 'JPY')).toBe(1250)
    for (const text of ['1.234,50', '12.505', '-1', '€12', '1e3', '']) expect(amountOf(text, 'EUR')).toBeUndefined()
    expect(amountOf('12.5', 'JPY')).toBeUndefined()
  })

  it('has the same price after it was written and read', () => {
    for (const [amount, currency] of [
      [0, 'EUR'],
      [5, 'EUR'],
      [123_456_789, 'EUR'],
      [1250, 'JPY'],
      [1500, 'KWD'],
    ] as const)
      expect(amountOf(amountText(amount, currency), currency)).toBe(amount)
  })

  it('keeps the rows of a product together', () => {
    const rows = [
      row(2, { address: 'shirt', sku: 'a' }),
      row(3, { address: 'shirt', sku: 'b' }),
      row(4, { address: 'cup', sku: 'c' }),
      row(5, { sku: 'd' }),
      row(6, { sku: 'e' }),
    ]
    expect(groupsOf(rows).map((group) => group.map(({ line }) => line))).toEqual([[2, 3], [4], [5], [6]])
  })

  it('takes empty cells for nothing, and the guard of an export away', () => {
    expect(cellOf(row(2, { sku: '  ' }), 'sku')).toBeUndefined()
    expect(cellsOf(row(2, { 'title.en': "'-20 % cup", 'title.de': ' ', 'option.size': 'M' }), 'title')).toEqual({
      en: '-20 % cup',
    })
    expect(listOf('red, blue,, red ')).toEqual(['red', 'blue'])
  })

  it('reads attributes in their kind', () => {
    expect(attributeOf('1,5', { type: 'number' })).toBe(1.5)
    expect(attributeOf('yes', { type: 'boolean' })).toBe(true)
    expect(attributeOf('maybe', { type: 'boolean' })).toBeUndefined()
    expect(attributeOf('oak', { type: 'enum' })).toBe('oak')
  })
})
