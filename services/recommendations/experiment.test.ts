import { describe, expect, it } from 'vitest'
import { type Experiment, faultOf, type Variant, variantOf } from './experiment.ts'
import { chiSquareTail, compareProportions, sampleRatioMismatch } from './statistics.ts'

const variant = (key: string, weight: number): Variant => ({ key, weight, strategy: 'collaborative', model: null })
const test = (id: string, ...variants: Variant[]): Experiment => ({ id, key: id, placement: 'feed', variants })
const subjects = Array.from({ length: 4000 }, (_, n) => `subject-${n}`)

describe('who sees what', () => {
  const experiment = test('one', variant('control', 3), variant('other', 1))

  it('stays the same each time somebody looks', () => {
    for (const subject of subjects.slice(0, 50)) expect(variantOf(experiment, subject)).toBe(variantOf(experiment, subject))
  })

  it('follows the weights', () => {
    const others = subjects.filter((subject) => variantOf(experiment, subject).key === 'other').length
    expect(sampleRatioMismatch([subjects.length - others, others], [3, 1])).toBeGreaterThan(0.001)
  })

  it('says nothing of what they see in another experiment', () => {
    const second = test('two', variant('control', 1), variant('other', 1))
    const inOther = subjects.filter((subject) => variantOf(experiment, subject).key === 'other')
    const both = inOther.filter((subject) => variantOf(second, subject).key === 'other').length
    expect(sampleRatioMismatch([inOther.length - both, both], [1, 1])).toBeGreaterThan(0.001)
  })

  it('cannot be told apart where two variants have one name, or a model is named that is not used', () => {
    expect(faultOf([variant('a', 1), variant('a', 1)])).toMatchObject({ at: 1 })
    expect(faultOf([variant('a', 1), { ...variant('b', 1), strategy: 'popular', model: 3 }])).toMatchObject({ at: 1 })
    expect(faultOf([variant('a', 1), { ...variant('b', 1), model: 3 }])).toBeUndefined()
  })
})

describe('whether a difference means something', () => {
  it('agrees with the tables of chi-square', () => {
    // NIST/SEMATECH e-Handbook 1.3.6.7.4
    for (const [value, degrees, tail] of [
      [3.841, 1, 0.05],
      [6.635, 1, 0.01],
      [5.991, 2, 0.05],
      [16.919, 9, 0.05],
      [21.666, 9, 0.01],
    ] as const)
      expect(chiSquareTail(value, degrees)).toBeCloseTo(tail, 4)
    expect(chiSquareTail(0, 3)).toBe(1)
  })

  it('is said by a two-proportion z-test', () => {
    const difference = compareProportions({ hits: 100, of: 1000 }, { hits: 130, of: 1000 })!
    expect(difference.z).toBeCloseTo(2.1027, 4)
    expect(difference.p).toBeCloseTo(0.0355, 4)
    expect([difference.low, difference.high].map((end) => end.toFixed(4))).toEqual(['0.0021', '0.0579'])
  })

  it('cannot be said without anybody, or where all did the same', () => {
    expect(compareProportions({ hits: 0, of: 0 }, { hits: 1, of: 5 })).toBeUndefined()
    expect(compareProportions({ hits: 0, of: 9 }, { hits: 0, of: 8 })).toBeUndefined()
  })

  it('is not asked of a split that chance does not explain', () => {
    expect(sampleRatioMismatch([5000, 5400], [1, 1])).toBeLessThan(0.001)
    expect(sampleRatioMismatch([5000, 5050], [1, 1])).toBeGreaterThan(0.1)
  })
})
