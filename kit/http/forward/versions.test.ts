import { expect, test } from 'vitest'
import { rankVersions } from './versions.ts'

const callers = Array.from({ length: 20_000 }, (_, n) => `caller ${n}`)
const chosen = (weights: Record<string, number>) => callers.map((caller) => rankVersions(caller, weights)[0])
const share = (list: readonly unknown[], version: string) => list.filter((one) => one === version).length / list.length

test('each version gets its share of the callers', () => {
  const list = chosen({ v1: 90, v2: 9, v3: 1 })
  expect(share(list, 'v1')).toBeCloseTo(0.9, 1.8)
  expect(share(list, 'v2')).toBeCloseTo(0.09, 1.8)
  expect(share(list, 'v3')).toBeCloseTo(0.01, 1.8)
})

test('the same caller gets the same version, whatever the order of the weights', () => {
  expect(chosen({ v1: 50, v2: 50 })).toEqual(chosen({ v2: 50, v1: 50 }))
})

test('when the share of a version grows, callers move to it and none moves away', () => {
  const [before, after] = [chosen({ v1: 90, v2: 10 }), chosen({ v1: 90, v2: 30 })]
  const moved = before.flatMap((version, n) => (version === after[n] ? [] : [`${version} to ${after[n]}`]))
  expect(new Set(moved)).toEqual(new Set(['v1 to v2']))
})

test('a version of weight 0 is never chosen, not even as a way out', () => {
  expect(rankVersions('ann', { blue: 0, green: 1 })).toEqual(['green'])
})
