import { setTimeout as delay } from 'node:timers/promises'
import { type Client, client, expectStatus } from '../e2e/client.ts'
import type { Random } from './random.ts'

export interface Visitors {
  /** visits that went all the way */
  readonly visits: number
  /** what somebody saw that no visitor should see */
  readonly complaints: readonly string[]
  leave(): Promise<void>
}

export interface VisitorsOptions {
  readonly url: string
  readonly skus: readonly string[]
  readonly random: Random
  /** visitors at the same time */
  readonly crowd: number
}

const password = 'teal-otter-hums-41'
/** Somebody reads what is on the page. */
const LOOK_MS = 60

/** People who register, look around in every corner of the shop, fill a cart and go: nothing they do has a key that would let it be repeated. */
export function sendVisitors({ url, skus, random, crowd }: VisitorsOptions): Visitors {
  const run = random.between(0, 2 ** 31).toString(36)
  const complaints: string[] = []
  const guest = client(url)
  let visits = 0
  let number = 0
  let leaving = false

  const visit = async (): Promise<void> => {
    number += 1
    const email = `visitor-${run}-${number}@example.com`
    const sku = random.pick(skus)
    const { items } = expectStatus(await guest.get('/api/products?limit=20'), 200).body as { items: { id: string }[] }
    const product = random.pick(items).id
    await look([
      () => guest.get('/api/content/home'),
      () => guest.get(`/api/search?q=${sku}`),
      () => guest.get(`/api/products/${product}`),
      () => guest.get(`/api/inventory/${sku}`),
      () => guest.get(`/api/reviews?productId=${product}`),
      () => guest.get('/api/recommendations/trending'),
      () => guest.get('/api/delivery/address-formats/DE'),
      // pages, that ask the shop on their own
      () => guest.get('/products'),
    ])
    expectStatus(await guest.post('/api/users/register', { email, password, fullName: 'A Visitor' }), 200, 201)
    const login = expectStatus(await guest.post('/api/auth/login', { email, password }), 200)
    const me: Client = guest.with({ authorization: `Bearer ${login.body.accessToken}` })
    await look([
      () => me.get('/api/users/me'),
      () => me.post('/api/cart/items', { sku, quantity: 1 }),
      () => me.put(`/api/cart/items/${sku}`, { quantity: 2 }),
      () => me.get('/api/cart'),
      () => me.get('/api/orders?limit=5'),
      () => me.get('/api/payments/methods'),
      () => me.post('/api/auth/logout', { refreshToken: login.body.refreshToken }),
    ])
    visits += 1
  }
  const look = async (steps: readonly (() => ReturnType<Client['get']>)[]): Promise<void> => {
    for (const step of steps) {
      expectStatus(await step(), 200, 201, 204)
      await delay(random.between(0, LOOK_MS))
    }
  }
  const visitor = async (): Promise<void> => {
    while (!leaving) await visit().catch((error: unknown) => complaints.push(String(error)))
  }
  const all = Promise.all(Array.from({ length: crowd }, visitor))
  return {
    get visits() {
      return visits
    },
    complaints,
    async leave() {
      leaving = true
      await all
    },
  }
}
