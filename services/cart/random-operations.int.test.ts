import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type TestService, testUser } from '#kit/testing/service.ts'
import { closeSound } from './shopping.fixture.ts'
import { startCart } from './testing.ts'

const SKUS = ['mug', 'tea', 'pot']
/** Units of one line at most. */
const MOST = 9999

let service: TestService
beforeAll(async () => {
  const { service: started, shop } = await startCart()
  service = started
  for (const sku of SKUS) shop.stock.set(sku, 10_000_000)
})
afterAll(() => closeSound(service))

type Step =
  | { do: 'add' | 'set'; guest: boolean; sku: string; quantity: number }
  | { do: 'remove'; guest: boolean; sku: string }
  | { do: 'both tabs add'; guest: boolean; sku: string; quantity: number; other: number }
  | { do: 'old tab sets'; sku: string; quantity: number }
  | { do: 'empty' | 'sign in' | 'sign in twice' }

const sku = fc.constantFrom(...SKUS)
const guest = fc.boolean()
const quantity = fc.oneof(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 4000, max: MOST }))
const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constantFrom('add' as const, 'set' as const), guest, sku, quantity }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('remove' as const), guest, sku }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('both tabs add' as const), guest, sku, quantity, other: quantity }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('old tab sets' as const), sku, quantity }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('empty' as const, 'sign in' as const, 'sign in twice' as const) }) },
) as fc.Arbitrary<Step>

type Lines = Map<string, number>

/** What the shopper sees: his own cart, and the one he filled before he signed in. */
class Shopper {
  readonly own: Lines = new Map()
  guest: Lines = new Map()
  readonly as = testUser(randomUUID())
  secret: string | undefined

  lines(ofGuest: boolean): Lines {
    return ofGuest ? this.guest : this.own
  }
  who(ofGuest: boolean) {
    if (!ofGuest) return { as: this.as }
    return this.secret === undefined ? {} : { headers: { 'x-guest-token': this.secret } }
  }
}

describe('whatever a shopper does in two tabs, signed in or not', () => {
  it('leaves in the carts what he put there, within the bounds, and nothing twice', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 30 }), async (steps) => {
        const shopper = new Shopper()
        for (const one of steps) {
          await play(one, shopper)
          expect(await shown(shopper, false)).toEqual(sorted(shopper.own))
          if (shopper.secret !== undefined) expect(await shown(shopper, true)).toEqual(sorted(shopper.guest))
        }
      }),
      { numRuns: 25, endOnFailure: true },
    )
  }, 120_000)
})

async function play(one: Step, shopper: Shopper): Promise<void> {
  switch (one.do) {
    case 'add':
      return await add(shopper, one.guest, one.sku, one.quantity)
    case 'set': {
      if (one.guest && shopper.secret === undefined) return
      const answer = await service.request('PUT', `/api/cart/items/${one.sku}`, {
        body: { quantity: one.quantity },
        ...shopper.who(one.guest),
      })
      expect(answer.status).toBe(200)
      shopper.lines(one.guest).set(one.sku, one.quantity)
      return
    }
    case 'remove': {
      if (one.guest && shopper.secret === undefined) return
      const lines = shopper.lines(one.guest)
      const answer = await service.request('DELETE', `/api/cart/items/${one.sku}`, shopper.who(one.guest))
      expect(answer.status < 300).toBe(lines.delete(one.sku))
      return
    }
    case 'both tabs add': {
      // the first thing of a guest makes two carts in two tabs: each has its own secret
      if (one.guest && shopper.secret === undefined) return
      const before = shopper.lines(one.guest).get(one.sku) ?? 0
      const answers = await Promise.all([one.quantity, one.other].map((units) => put(shopper, one.guest, one.sku, units)))
      const added = [one.quantity, one.other].filter((_, tab) => answers[tab]!.status < 300)
      const after = before + added.reduce((sum, units) => sum + units, 0)
      expect(after).toBeLessThanOrEqual(MOST)
      const fits = [one.quantity, one.other].some((units) => before + units <= MOST)
      expect(added.length > 0).toBe(fits)
      if (added.length > 0) shopper.lines(one.guest).set(one.sku, after)
      return
    }
    case 'old tab sets': {
      const { body } = await service.request('GET', '/api/cart', shopper.who(false))
      if (body.id === null) return
      const old = { 'if-match': `"${body.version}"` }
      await add(shopper, false, 'tea', 1)
      const moved = (await service.request('GET', '/api/cart', shopper.who(false))).body.version !== body.version
      const answer = await service.request('PUT', `/api/cart/items/${one.sku}`, {
        body: { quantity: one.quantity },
        as: shopper.as,
        headers: old,
      })
      expect(answer.status).toBe(moved ? 412 : 200)
      if (!moved) shopper.own.set(one.sku, one.quantity)
      return
    }
    case 'empty':
      if ((await service.request('DELETE', '/api/cart', { as: shopper.as })).status < 300) shopper.own.clear()
      return
    case 'sign in':
    case 'sign in twice': {
      if (shopper.secret === undefined) return
      const headers = { 'x-guest-token': shopper.secret }
      for (let time = 0; time < (one.do === 'sign in' ? 1 : 2); time += 1) {
        expect((await service.request('POST', '/api/cart/merge', { as: shopper.as, headers })).status).toBe(200)
      }
      for (const [line, units] of shopper.guest) shopper.own.set(line, Math.min((shopper.own.get(line) ?? 0) + units, MOST))
      shopper.guest = new Map()
      shopper.secret = undefined
    }
  }
}

const put = (shopper: Shopper, ofGuest: boolean, line: string, units: number) =>
  service.request('POST', '/api/cart/items', { body: { sku: line, quantity: units }, ...shopper.who(ofGuest) })

async function add(shopper: Shopper, ofGuest: boolean, line: string, units: number): Promise<void> {
  const after = (shopper.lines(ofGuest).get(line) ?? 0) + units
  const answer = await put(shopper, ofGuest, line, units)
  expect(answer.status < 300, `${after} of ${line}`).toBe(after <= MOST)
  if (after > MOST) return
  shopper.lines(ofGuest).set(line, after)
  if (ofGuest) shopper.secret ??= answer.body.token
}

async function shown(shopper: Shopper, ofGuest: boolean) {
  const { body } = await service.request('GET', '/api/cart', shopper.who(ofGuest))
  return sorted(new Map(body.lines.map((line: { sku: string; quantity: number }) => [line.sku, line.quantity])))
}

const sorted = (lines: Lines) => [...lines].sort(([a], [b]) => (a < b ? -1 : 1))
