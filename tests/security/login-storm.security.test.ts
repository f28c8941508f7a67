import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { client, expectStatus, signIn } from '../e2e/client.ts'
import { openShop, type Shop } from '../e2e/shop.ts'
import { address, sell } from '../e2e/stock-the-shop.ts'
import { administrator, newCustomer, password, type Person } from './people.ts'
import { startLoginStorm } from './login-storm.ts'

/** More than may wait for a hash (64): some have to be sent away. */
const CALLERS = 120
const SHOPPERS = 3
const ORDERS_EACH = 8

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

describe('S7: a storm of wrong passwords', () => {
  it('keeps nobody from buying, and keeps nobody out who comes from where they came before', async ({ task }) => {
    const storm = startLoginStorm(shop.url, CALLERS)
    const bought: string[] = []
    await Promise.all(
      Array.from({ length: SHOPPERS }, async (_, n) => {
        for (let order = 0; order < ORDERS_EACH; order += 1) bought.push(await checkout(`192.0.2.${n + 1}`))
      }),
    )
    // the customer has signed in from here before
    await signIn(shop.url, regular.email, password)
    await storm.stop()
    expect(bought).toEqual(Array.from({ length: SHOPPERS * ORDERS_EACH }, () => 'CONFIRMED'))
    const { answers } = storm
    // looked at and wrong, told to wait, no room: nothing else, and the storm was one
    expect([...answers.keys()].filter((status) => ![401, 429, 503].includes(status))).toEqual([])
    expect(answers.get(401) ?? 0).toBeGreaterThan(20)
    expect(answers.get(503) ?? 0).toBeGreaterThan(0)
    const guesses = [...answers.values()].reduce((sum, one) => sum + one, 0)
    Object.assign(task.meta, { figures: { guesses, 'hashes computed': answers.get(401), 'orders meanwhile': bought.length } })
  }, 120_000)
})
