import { describe, expect, it } from 'vitest'
import {
  hasFixedSku,
  keyFrom,
  linesOf,
  type Matrix,
  toggled,
  withOption,
  withoutOption,
  withoutValue,
  withValue,
} from './matrix.ts'

const size = { key: 'size', values: [{ key: 's' }, { key: 'm' }] }
const colour = { key: 'colour', values: [{ key: 'red' }, { key: 'blue' }] }
const variant = (sku: string, options: Record<string, string> = {}) => ({
  sku,
  options,
  barcode: null,
  weightGrams: 200,
  attributes: {},
})
const shirt: Matrix = { options: [size], variants: [variant('shirt-s', { size: 's' })] }

describe('the matrix of variants', () => {
  it('has a line for every combination, sold or not, with a SKU nobody has', () => {
    const lines = linesOf({ options: [size, colour], variants: [variant('x', { size: 's', colour: 'red' })] }, 'shirt', [])
    expect(lines.map(({ sku, variant: sold }) => [sku, sold !== undefined])).toEqual([
      ['x', true],
      ['shirt-s-blue', false],
      ['shirt-m-red', false],
      ['shirt-m-blue', false],
    ])
    const [, taken] = linesOf({ ...shirt, variants: [variant('shirt-m', { size: 's' })] }, 'shirt', [])
    expect(taken?.sku).toBe('shirt-m-2')
  })

  it('offers a combination again under the SKU it had', () => {
    const [, medium] = linesOf(shirt, 'shirt', [{ sku: 'OLD-M', options: { size: 'm' } }])
    expect(medium?.sku).toBe('OLD-M')
    const again = toggled(shirt, medium!)
    expect(again.variants[1]).toMatchObject({ sku: 'OLD-M', options: { size: 'm' }, weightGrams: 200 })
  })

  it('sells a combination no longer when it is taken off', () => {
    const [small] = linesOf(shirt, 'shirt', [])
    expect(toggled(shirt, small!).variants).toEqual([])
  })

  it('has one line without options', () => {
    const plain = { options: [], variants: [variant('cup')] }
    expect(linesOf(plain, 'cup', []).map(({ sku }) => sku)).toEqual(['cup'])
  })

  it('goes on selling what it sold when an option comes in', () => {
    expect(withOption(shirt, colour).variants[0]?.options).toEqual({ size: 's', colour: 'red' })
  })

  it('keeps the first of those that only a removed option told apart', () => {
    const both = { options: [size], variants: [variant('a', { size: 's' }), variant('b', { size: 'm' })] }
    expect(withoutOption(both, 'size')).toEqual({ options: [], variants: [variant('a')] })
  })

  it('takes off what was sold of a value that goes', () => {
    const more = withValue(shirt, 'size', { key: 'l' })
    expect(more.options[0]?.values.map(({ key }) => key)).toEqual(['s', 'm', 'l'])
    expect(withoutValue(more, 'size', 's').variants).toEqual([])
  })

  it('shows only what is sold where the combinations are too many', () => {
    const many = (key: string) => ({ key, values: Array.from({ length: 20 }, (_, n) => ({ key: `v${n}` })) })
    const wide = { options: [many('a'), many('b')], variants: [variant('x', { a: 'v1', b: 'v2' })] }
    expect(linesOf(wide, 'wide', []).map(({ sku }) => sku)).toEqual(['x'])
  })

  it('makes keys that the shop takes', () => {
    expect(['Extra Large', 'Größe 42', ' – '].map((name) => keyFrom(name))).toEqual(['extra-large', 'grosse-42', undefined])
  })

  it('makes different keys for different words, also in other letters and where signs tell them apart', () => {
    expect(['赤', '青', 'Кофе'].map((name) => keyFrom(name))).toEqual(['u8d64', 'u9752', 'u43a43e444435'])
    const c = { key: 'c', titles: { en: 'C' } }
    expect([keyFrom('C++', [c]), keyFrom('−1.00', [{ key: '1-00', titles: { en: '+1.00' } }]), keyFrom('c ', [c])]).toEqual([
      'c-2',
      '1-00-2',
      undefined,
    ])
  })

  it('lets nobody rewrite the SKU of a stored variant, which would lose its stock and prices', () => {
    const stored = [variant('shirt-s', { size: 's' })]
    const typing = { ...shirt, variants: [...shirt.variants, variant('shirt-s', { size: 'm' })] }
    expect([hasFixedSku('shirt-s', shirt, stored), hasFixedSku('shirt-m', shirt, stored)]).toEqual([true, false])
    expect(hasFixedSku('shirt-s', typing, stored)).toBe(false)
  })

  it('sells a stored variant again as it was when it was taken off and put on before saving', () => {
    const stored = [{ ...variant('SHIRT-9', { size: 's' }), barcode: '4006381333931' }]
    const off = { ...shirt, variants: [] }
    const [line] = linesOf(off, 'shirt', stored)
    expect(toggled(off, line!, stored).variants).toEqual(stored)
  })
})
