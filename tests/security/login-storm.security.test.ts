import { request } from 'undici'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { client, expectStatus, signIn } from '../e2e/client.ts'
import { openShop, type Shop } from '../e2e/shop.ts'
import { address, sell } from '../e2e/stock-the-shop.ts'
import { administrator, newCustomer, password, type Person } from './people.ts'
import { type Storm, startLoginStorm } from './login-storm.ts'
import { eventually } from '#kit/testing/eventually.ts'
import { patiently } from '../chaos/patience.ts'

/** More than may wait for a hash (64): some have to be sent away. */
const CALLERS = 120
const SHOPPERS = 3
const ORDERS_EACH = 8
const ORDERS_BESIDE_FORMS = 3

let shop: Shop
let regular: Person
beforeAll(async () => {
  shop = await openShop({ TRUST_PROXY: 'loopback', DELIVERY_SIMULATED_DISPATCH_MS: '600000' })
  const admin = await administrator(shop)
  await sell(admin.client, 'storm-mug', { units: 1000 })
  regular = await newCustomer(shop)
}, 90_000)
afterAll(async () => await shop?.remove())

/** From an empty cart to a paid order. */
async function checkout(shopper: string): Promise<string> {
  const guest = client(shop.url, { 'x-forwarded-for': shopper })
  const line = expectStatus(await guest.post('/api/cart/items', { sku: 'storm-mug', quantity: 1 }), 200, 201)
  const mine = guest.with({ 'x-guest-token': line.body.token })
  expectStatus(await mine.get('/api/cart'), 200)
  const order = {
    cartId: line.body.cartId,
    email: 'ann@example.com',
    shippingAddress: address,
    paymentMethodId: 'tok_approve',
  }
  return expectStatus(await mine.post('/api/orders', order), 201).body.status
}

/** Orders of all shoppers, one after the other each, from when the storm has begun: somebody was sent away, and nobody waits for the first answer. */
async function buyIn(each: number, begun: () => void, tries = 1): Promise<string[]> {
  await eventually(begun, { timeoutMs: 60_000 })
  const bought: string[] = []
  await Promise.all(
    Array.from({ length: SHOPPERS }, async (_, n) => {
      for (let order = 0; order < each; order += 1) bought.push(await patiently(() => checkout(`192.0.2.${n + 1}`), tries))
    }),
  )
  return bought
}
/** A storm that a test left behind would keep the shop from stopping. */
const during = <T>(storm: Storm, work: () => Promise<T>): Promise<T> => work().finally(() => storm.stop())
const confirmed = (each: number) => Array.from({ length: SHOPPERS * each }, () => 'CONFIRMED')
const answersOf = ({ answers }: Storm) => [...answers.values()].reduce((sum, one) => sum + one, 0)

describe('S7: a storm of wrong passwords', () => {
  it('keeps nobody from buying, and keeps nobody out who comes from where they came before', async ({ task }) => {
    const storm = startLoginStorm(shop.url, CALLERS)
    const bought = await during(storm, async () => {
      const bought = await buyIn(ORDERS_EACH, () => expect(storm.answers.get(503) ?? 0).toBeGreaterThan(0))
      // The customer has signed in from here before: there may be no room at once, but whoever asks again gets in.
      await patiently(() => signIn(shop.url, regular.email, password), 40)
      return bought
    })
    expect(bought).toEqual(confirmed(ORDERS_EACH))
    const { answers } = storm
    // looked at and wrong, told to wait, no room: nothing else, and the storm was one
    expect([...answers.keys()].filter((status) => ![401, 429, 503].includes(status))).toEqual([])
    expect(answers.get(401) ?? 0).toBeGreaterThan(20)
    Object.assign(task.meta, {
      figures: { guesses: answersOf(storm), 'hashes computed': answers.get(401), 'orders meanwhile': bought.length },
    })
  }, 120_000)

  it('by the form of the storefront keeps nobody from buying, and those who look around get through', async ({ task }) => {
    const page = async (path: string) => {
      const { statusCode, body } = await request(`${shop.url}${path}`)
      await body.dump()
      return statusCode
    }
    // the first page may have to be built
    await eventually(async () => expect(await page('/sign-in')).toBe(200), { timeoutMs: 120_000, everyMs: 500 })
    const storm = startLoginStorm(shop.url, CALLERS, 'form')
    const bought = await during(storm, async () => {
      const bought = await buyIn(ORDERS_BESIDE_FORMS, () => expect(answersOf(storm)).toBeGreaterThan(CALLERS), 20)
      await eventually(async () => expect(await page('/products')).toBe(200), { timeoutMs: 30_000, everyMs: 500 })
      return bought
    })
    expect(bought).toEqual(confirmed(ORDERS_BESIDE_FORMS))
    // The form again with a word about it, or no room: no broken connection, and a broken page only for those whom a slow machine has no answer for
    // in eight seconds.
    expect([...storm.answers.keys()].filter((status) => ![200, 500, 503].includes(status))).toEqual([])
    expect(storm.answers.get(500) ?? 0).toBeLessThan(answersOf(storm) / 10)
    expect(storm.answers.get(200) ?? 0).toBeGreaterThan(0)
    Object.assign(task.meta, {
      figures: {
        'forms sent': answersOf(storm),
        'forms answered with the form again': storm.answers.get(200),
        'orders beside forms': bought.length,
      },
    })
  }, 240_000)
})
