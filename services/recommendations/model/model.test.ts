import { describe, expect, it } from 'vitest'
import { closeGaps } from '../signals.ts'
import { evaluate, ndcg } from './evaluate.ts'
import { PARAMETERS } from './parameters.ts'
import { boughtAgain, interestsOf, rank } from './rank.ts'
import { popularProducts, type Signal, trainNeighbours } from './train.ts'

const bought = (person: string | null, order: string, at: number, ...products: string[]): Signal[] =>
  products.map((product) => ({ kind: 'purchase', product, person, order, at }))
const named = (list: readonly { product: string }[] | undefined) => list?.map(({ product }) => product)
const train = (signals: readonly Signal[], now = 100) => trainNeighbours(signals, now, PARAMETERS)

/** Customers of six tastes buy from twelve products of their taste, and everybody buys the same two: order by order, the same for the same seed. */
function club(seed: number): Signal[] {
  let state = seed
  const next = (below: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
  const signals: Signal[] = []
  for (let customer = 0; customer < 120; customer += 1) {
    for (let order = 0; order < 6; order += 1) {
      const products = Array.from({ length: 3 }, () => `taste${customer % 6}-${next(12)}`)
      if (next(2) === 0) products.push(`common-${next(2)}`)
      signals.push(...bought(`c${customer}`, `o${customer}-${order}`, order * 20 + next(10), ...new Set(products)))
    }
  }
  return signals
}

describe('what goes together', () => {
  it('is what the same people bought, most of all what they bought lately', async () => {
    const model = await train([
      ...bought('ann', '1', 99, 'tea', 'pot'),
      ...bought('bob', '2', 98, 'tea', 'pot'),
      ...bought('cem', '3', 97, 'tea', 'kite'),
      ...bought('dora', '4', -900, 'tea', 'wig'),
    ])
    expect(named(model.get('tea'))).toEqual(['pot', 'kite', 'wig'])
    expect(named(model.get('pot'))).toEqual(['tea'])
  })

  it('is learnt from the orders of guests as well', async () => {
    expect(named((await train(bought(null, '1', 99, 'tea', 'pot'))).get('pot'))).toEqual(['tea'])
  })

  it('does not take what everybody buys for a neighbour of everything', async () => {
    const everybody = Array.from({ length: 30 }, (_, n) => bought(`p${n}`, `o${n}`, 99, 'bag', `thing${n}`)).flat()
    const model = await train([
      ...everybody,
      ...bought('ann', '1', 99, 'tea', 'pot', 'bag'),
      ...bought('bob', '2', 99, 'tea', 'pot', 'bag'),
    ])
    expect(named(model.get('tea'))![0]).toBe('pot')
  })

  it('counts a view less than a purchase', async () => {
    const view = (person: string, product: string): Signal => ({ kind: 'view', product, person, order: null, at: 99 })
    const model = await train([...bought('ann', '1', 99, 'tea', 'pot'), view('bob', 'tea'), view('bob', 'kite')])
    expect(named(model.get('tea'))).toEqual(['pot', 'kite'])
  })

  it('counts what was put into carts less than a purchase and more than a view', async () => {
    const touched = (kind: 'view' | 'cart', person: string, ...products: string[]): Signal[] =>
      products.map((product) => ({ kind, product, person, order: null, at: 99 }))
    const model = await train([
      ...touched('view', 'bob', 'tea', 'kite'),
      ...touched('cart', 'cem', 'tea', 'cup'),
      ...bought('ann', '1', 99, 'tea', 'pot'),
    ])
    expect(named(model.get('tea'))).toEqual(['pot', 'cup', 'kite'])
  })
})

describe('history', () => {
  it('that was imported from another year fades as if the shop had gone on selling', () => {
    const signals = [...bought('ann', '1', 10.5, 'tea'), ...bought('ann', '2', 12, 'tea'), ...bought('ann', '3', 5000.25, 'tea')]
    expect(closeGaps(signals).map(({ at }) => at)).toEqual([10.5, 12, 42.25])
  })
})

describe('what a customer may like', () => {
  const neighbours = new Map([
    [
      'tea',
      [
        { product: 'pot', score: 0.9 },
        { product: 'cup', score: 0.5 },
      ],
    ],
    ['kite', [{ product: 'string', score: 0.8 }]],
  ])
  const history = [
    { kind: 'purchase' as const, product: 'tea', at: 99 },
    { kind: 'purchase' as const, product: 'kite', at: -300 },
  ]
  const popular = [{ product: 'bag', share: 1 }]

  it('goes with what they bought, the latest first, and says why', () => {
    const list = rank(interestsOf(history, 100, PARAMETERS), neighbours, popular, PARAMETERS, { without: new Set(), limit: 10 })
    expect(list.map(({ product, because }) => [product, because])).toEqual([
      ['pot', 'tea'],
      ['cup', 'tea'],
      ['bag', null],
      ['string', 'kite'],
    ])
  })

  it('is never what is not to be recommended', () => {
    const without = new Set(['pot', 'bag'])
    expect(named(rank(interestsOf(history, 100, PARAMETERS), neighbours, popular, PARAMETERS, { without, limit: 10 }))).toEqual([
      'cup',
      'string',
    ])
  })

  it('is what sells, for somebody without a history', () => {
    expect(named(rank([], neighbours, popular, PARAMETERS, { without: new Set(), limit: 10 }))).toEqual(['bag'])
  })

  it('is bought again where it was bought often and lately', () => {
    const often = [0, 30, 60].map((at) => ({ kind: 'purchase' as const, product: 'milk', at }))
    expect(named(boughtAgain([...history, ...often], 100, PARAMETERS))).toEqual(['milk', 'tea', 'kite'])
  })
})

describe('the measurement', () => {
  it('finds the model better than popularity where customers have tastes', async () => {
    const { discoveries, withRepeats } = await evaluate(club(7), 80, 1000, PARAMETERS)
    expect(discoveries.users).toBeGreaterThan(100)
    expect(discoveries.model.hitRate).toBeGreaterThan(1.5 * discoveries.popularity.hitRate)
    expect(withRepeats.model.hitRate).toBeGreaterThan(1.5 * withRepeats.popularity.hitRate)
  })

  it('lets no ranking see what is bought later', async () => {
    const before = club(7).filter(({ at }) => at < 80)
    const [hidden] = [bought('c1', 'late', 81, 'taste0-1', 'never-seen')]
    const { discoveries, products } = await evaluate([...before, ...hidden], 80, 1000, PARAMETERS)
    expect(discoveries.users).toBe(1)
    // only the customer of another taste bought later, so nothing that was learnt can be right
    expect(discoveries.model.hitRate).toBe(0)
    expect(products).toBe(new Set(before.map(({ product }) => product)).size)
  })

  it('counts a purchase found as its part of what the customer bought', async () => {
    const signals = [
      ...bought('ann', '1', 1, 'tea', 'pot'),
      ...bought('bob', '2', 1, 'tea', 'pot'),
      ...bought('cem', '3', 2, 'tea'),
      ...bought('cem', '4', 50, 'pot', 'wig'),
    ]
    const { discoveries } = await evaluate(signals, 10, 100, PARAMETERS)
    expect(discoveries).toMatchObject({ users: 1, model: { hitRate: 0.5, usersHit: 1 } })
  })

  it('leaves out what was bought before, and counts it beside', async () => {
    const signals = [...bought('ann', '1', 1, 'tea'), ...bought('ann', '2', 50, 'tea')]
    const { discoveries, withRepeats } = await evaluate(signals, 10, 100, PARAMETERS)
    expect([discoveries.users, withRepeats.users, withRepeats.model.hitRate]).toEqual([0, 1, 1])
  })

  it('knows the gain of a list', () => {
    expect(ndcg(['a', 'b'], new Set(['a', 'b']))).toBe(1)
    expect(ndcg(['x', 'a'], new Set(['a']))).toBeCloseTo(1 / Math.log2(3))
    expect(ndcg(['x'], new Set(['a']))).toBe(0)
  })

  it('takes what sells lately for popular, each order once', () => {
    const signals = [...bought('a', '1', 0, 'old'), ...bought('b', '2', 0, 'old'), ...bought('c', '3', 99, 'new')]
    expect(named(popularProducts(signals, 100, 10, 5))).toEqual(['new', 'old'])
    expect(named(popularProducts(signals, 100, Number.POSITIVE_INFINITY, 5))).toEqual(['old', 'new'])
  })
})
