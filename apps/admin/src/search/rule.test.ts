import { describe, expect, it } from 'vitest'
import { addressOf, compared, counts, inOrder, moved, queryIn } from './rule.ts'

const pins = (places: Readonly<Record<string, number>>) => Object.entries(places).map(([id, position]) => ({ id, position }))
const placesAfter = (before: Readonly<Record<string, number>>, id: string, to: number) => {
  const all = pins(before)
  const changed = new Map(moved(all, id, to).map((one) => [one.id, one.position]))
  return Object.fromEntries(all.map((one) => [one.id, changed.get(one.id) ?? one.position]))
}

describe('a pinned product that goes to another place', () => {
  it('changes nothing else where that place is free', () => {
    expect(moved(pins({ sofa: 2, chair: 5 }), 'chair', 4)).toEqual([{ id: 'chair', position: 4 }])
  })
  it('moves those in its way towards the place it leaves, and no further', () => {
    expect(placesAfter({ a: 1, b: 2, c: 3, d: 4 }, 'c', 1)).toEqual({ a: 2, b: 3, c: 1, d: 4 })
    expect(placesAfter({ a: 1, b: 2, c: 3, d: 4 }, 'a', 3)).toEqual({ a: 3, b: 1, c: 2, d: 4 })
    expect(placesAfter({ a: 1, b: 4, c: 5 }, 'c', 1)).toEqual({ a: 2, b: 4, c: 1 })
  })
  it('leaves no two on one place, also where there were two before', () => {
    expect(placesAfter({ a: 1, b: 1, c: 1 }, 'c', 2)).toEqual({ a: 3, b: 1, c: 2 })
  })
  it('stays within the places there are', () => {
    expect(moved(pins({ a: 1 }), 'a', 0)).toEqual([])
    expect(moved(pins({ a: 100 }), 'a', 101)).toEqual([])
    expect(placesAfter({ a: 1, b: 1 }, 'b', 2)).toEqual({ a: 1, b: 2 })
    expect(placesAfter({ a: 99, b: 100, c: 100 }, 'a', 100)).toEqual({ a: 100, b: 98, c: 99 })
  })
  it('stays where it is when nothing of that name is pinned', () => {
    expect(moved(pins({ a: 1 }), 'other', 2)).toEqual([])
  })
})

it('pinned products stand in the order of their places', () => {
  expect(inOrder(pins({ late: 7, early: 2, first: 1 })).map(({ id }) => id)).toEqual(['first', 'early', 'late'])
})

it('two answers are compared place by place: who moved, who is new, who is gone', () => {
  const of = (...ids: string[]) => ids.map((id) => ({ id, title: id }))
  const { now, gone } = compared(of('sofa', 'chair', 'table'), of('table', 'sofa', 'lamp'))
  expect(now.map(({ item, place, was }) => [item.id, place, was])).toEqual([
    ['table', 1, 3],
    ['sofa', 2, 1],
    ['lamp', 3, undefined],
  ])
  expect(gone.map(({ item, was }) => [item.id, was])).toEqual([['chair', 2]])
})

it('a rule counts in its channel and language, or everywhere', () => {
  const shown = { channel: 'web', locale: 'en' }
  expect(counts({ channel: null, locale: null }, shown)).toBe(true)
  expect(counts({ channel: 'web', locale: 'en' }, shown)).toBe(true)
  expect(counts({ channel: 'app', locale: null }, shown)).toBe(false)
  expect(counts({ channel: null, locale: 'de' }, shown)).toBe(false)
})

it('the rules of a question have an address, also those that count for every question', () => {
  for (const query of ['sofa', 'a & b = 50 %', '']) {
    const named = new URL(`https://shop.example${addressOf(query)}`).searchParams.get('query')
    expect(queryIn(named ?? 'lost')).toBe(query)
  }
})
