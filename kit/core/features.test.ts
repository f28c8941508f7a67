import { expect, test } from 'vitest'
import { createFeatures } from './features.ts'

test('a feature is on for everybody, for nobody, or for a share of those who ask, always the same ones', () => {
  let texts = ['gift-wrap', 'new-search=25', 'old=false']
  const features = createFeatures(() => texts)
  expect([
    features.on('gift-wrap'),
    features.on('old', 'ann'),
    features.on('never named', 'ann'),
    features.on('new-search'),
  ]).toEqual([true, false, false, false])
  const people = Array.from({ length: 4_000 }, (_, n) => `person ${n}`)
  const first = people.filter((who) => features.on('new-search', who))
  expect(first.length / people.length).toBeCloseTo(0.25, 1)
  texts = ['new-search=60']
  expect(first.every((who) => features.on('new-search', who))).toBe(true)
  expect(features.on('gift-wrap')).toBe(false)
})
