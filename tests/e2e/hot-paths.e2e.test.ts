// topology: its own
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { everythingHandled } from '../../bench/checkout.ts'
import { type BenchShop, openBenchShop } from '../../bench/bench-shop.ts'
import { setTimeout as delay } from 'node:timers/promises'
import { eventually } from '#kit/testing/eventually.ts'
import { client, expectStatus, type Answer } from './client.ts'
import { address } from './stock-the-shop.ts'

const TIMES = 20
/** What costs next to nothing is asked more often: what the clock causes is never quite the same. */
const CHEAP_TIMES = 200
/**
 * And so many at once, each for something else: while it is asked, a process looks at the list of changes six times a second, which on a slow machine
 * would be half a statement for each of those who ask one after the other.
 */
const CHEAP_AT_ONCE = 10
const IDLE_MS = 2000
/** On a busy machine the clock causes more than when nobody asks: what costs too much does so each time. */
const MOST_COUNTS = 3

let shop: BenchShop
beforeAll(async () => {
  // a busy machine would be reason enough to refuse searches; that has tests of its own
  shop = await openBenchShop(100, { MAX_REQUESTS_IN_FLIGHT: '0' })
  // what two hundred changes of a cart set off is done long before it is its turn
  await showCart(200)
}, 240_000)
afterAll(() => shop?.close())

const get = async (path: string) => expectStatus(await shop.guest.get(path), 200)

/** A request, and what it may cost. */
interface Path {
  readonly what: string
  /** statements of all services for one request, with the events it causes */
  readonly statements: number
  /** of the answer's body, in characters of JSON */
  readonly bytes: number
  readonly ask: (n: number) => Promise<Answer>
}

const paths: readonly Path[] = [
  {
    what: 'the list of products',
    statements: 0.5,
    bytes: 10_000,
    ask: (n) => get(`/api/products?limit=${20 - (n % CHEAP_AT_ONCE)}`),
  },
  {
    what: 'a product page',
    statements: 0.5,
    bytes: 2_000,
    ask: (n) => get(`/api/products/${shop.productIds[n % CHEAP_AT_ONCE]}`),
  },
  { what: 'a search that nobody asked before', statements: 8, bytes: 2_000, ask: (n) => get(`/api/search?q=product%20${n}`) },
  { what: 'signing in', statements: 20, bytes: 1_000, ask: signIn },
  { what: 'putting something into a cart', statements: 8, bytes: 500, ask: (n) => putIntoCart(shop.skus[n]!) },
  { what: 'showing a cart', statements: 4, bytes: 1_500, ask: () => showCart(1) },
  { what: 'showing a cart of two hundred lines', statements: 4, bytes: 100_000, ask: () => showCart(200) },
  { what: 'a whole checkout of three lines', statements: 65, bytes: 3_000, ask: buy },
]

describe('a request, with everything it causes', () => {
  it.each(paths)(
    '$what costs at most $statements statements and $bytes bytes',
    async ({ statements, bytes, ask }) => {
      const [times, atOnce] = statements < 1 ? [CHEAP_TIMES, CHEAP_AT_ONCE] : [TIMES, 1]
      let [n, longest, lowest] = [0, 0, Number.POSITIVE_INFINITY]
      const some = async (many: number) => {
        for (const end = n + many; n < end; n += atOnce) {
          const answers = await Promise.all(Array.from({ length: atOnce }, (_, at) => ask(n + at)))
          longest = Math.max(longest, ...answers.map(({ text }) => text.length))
        }
        await eventually(() => everythingHandled(shop), { timeoutMs: 60_000 })
      }
      await some(Math.max(3, atOnce))
      for (let count = 0; count < MOST_COUNTS && lowest > statements; count += 1) {
        const busy = await counted(() => some(times))
        // what the clock causes is no cost of a request
        const idle = await counted(() => delay(IDLE_MS))
        lowest = Math.min(lowest, (busy.statements - (idle.statements * busy.ms) / idle.ms) / times)
      }
      expect(longest).toBeLessThanOrEqual(bytes)
      expect(lowest).toBeLessThanOrEqual(statements)
    },
    180_000,
  )
})

async function counted(work: () => Promise<unknown>): Promise<{ statements: number; ms: number }> {
  const [before, begun] = [await shop.statements(), performance.now()]
  await work()
  return { statements: (await shop.statements()) - before, ms: performance.now() - begun }
}

let registered = false
async function signIn(): Promise<Answer> {
  const account = { email: 'ada@example.com', password: 'nineteen-blue-boats' }
  if (!registered) expectStatus(await shop.guest.post('/api/users/register', { ...account, fullName: 'Ada' }), 201)
  registered = true
  return expectStatus(await shop.guest.post('/api/auth/login', account), 200)
}

async function putIntoCart(sku: string): Promise<Answer> {
  return expectStatus(await shop.guest.post('/api/cart/items', { sku, quantity: 1 }), 200, 201)
}

/** Number of lines → secret of a cart that has them. */
const carts = new Map<number, string>()
async function showCart(lines: number): Promise<Answer> {
  const token = carts.get(lines) ?? ((await putIntoCart(shop.skus[0]!)).body.token as string)
  const guest = client(shop.shop.url, { 'x-guest-token': token })
  if (!carts.has(lines))
    for (const sku of shop.skus.slice(1, lines)) expectStatus(await guest.post('/api/cart/items', { sku, quantity: 1 }), 200)
  carts.set(lines, token)
  return expectStatus(await guest.get('/api/cart'), 200)
}

async function buy(n: number): Promise<Answer> {
  const items = [0, 1, 2].map((line) => ({ sku: shop.skus[3 * n + line], quantity: 1 }))
  const body = { items, email: 'ann@example.com', shippingAddress: address, paymentMethodId: 'tok_approve' }
  return expectStatus(await shop.guest.post('/api/orders', body), 201)
}
