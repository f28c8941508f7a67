import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { type Answer, type Client, client, expectStatus } from '../../e2e/client.ts'
import { sell } from '../../e2e/stock-the-shop.ts'
import { type ChaosShop, openChaosShop } from '../chaos-shop.ts'
import { type ExternalRedis, loseRedis, losses, NO_REDIS, openExternalRedis } from '../external-redis.ts'
import { patiently } from '../patience.ts'
import type { Random } from '../random.ts'
import { type Finding, type Scenario, type ScenarioOptions, wrongs } from '../scenario.ts'

const skus = ['cart-a', 'cart-b', 'cart-c']
const [OPERATIONS, LANES] = [8, 6]
/** So often Redis is lost in each of the ways. */
const ROUNDS = 3

/** Where Redis has copies of carts (kit/memory/README.md). */
const COPIES = [3, 'cart:*'] as const

/**
 * I30: what two tabs put into a cart is in it, once, also when the shop died before it answered; signing in brings it along, once. With Redis
 * nothing of it is lost when all of Redis is: carts are in PostgreSQL, the copy only spares a read (decision 17).
 */
export const scenario: Scenario = {
  summary:
    'two tabs put things into one cart, then its owner signs in, while the shop is killed and all of Redis is lost; trials = carts',
  trials: 120,
  async *run(options) {
    yield* playCarts(options, 'F1')
    const redis = await openExternalRedis()
    if (!redis) return options.note(NO_REDIS)
    try {
      yield* playCarts(options, 'F1 F12', redis)
    } finally {
      await redis.close()
    }
  },
}

async function* playCarts(
  { trials, random, note }: ScenarioOptions,
  fault: string,
  redis?: ExternalRedis,
): AsyncIterable<Finding> {
  const environment: Record<string, string> = redis ? { CACHE_URL: `redis://127.0.0.1:${redis.port}`, HTTP_WORKERS: '2' } : {}
  const shop = await openChaosShop({ environment })
  try {
    const staff = await shop.staff()
    for (const sku of skus) await patiently(() => sell(staff, sku, { units: 1_000_000 }), 5)
    const broken: string[] = []
    const tally: Record<string, number> = { kills: 0 }
    let carts = 0
    let copies = 0
    let strike = 0
    let working = true
    const killer = (async () => {
      for (; working; strike += 1) {
        // Redis in all the ways it can be lost, then the shop; without Redis the shop alone
        const loss = redis && [...losses, undefined][strike % (losses.length + 1)]
        await delay(loss ? random.between(500, 1500) : random.between(2000, 5000))
        if (!working) return
        if (redis && loss) {
          copies = Math.max(copies, await redis.keys(...COPIES))
          await loseRedis(redis, random, loss)
        } else {
          await shop.killMain()
        }
        const what = loss ? `times Redis was ${loss}` : 'kills'
        tally[what] = (tally[what] ?? 0) + 1
      }
    })()
    const lane = async () => {
      // on a fast machine they are soon played: until Redis was lost in every way, again and again
      while (carts < trials || (redis && strike < ROUNDS * (losses.length + 1))) {
        carts += 1
        const wrong = await oneCart(shop, random).catch((error: unknown) => [String(error).slice(0, 300)])
        broken.push(...wrong)
        if (carts % 20 === 0) note(`${carts} of ${trials} carts, ${JSON.stringify(tally)}`)
      }
    }
    await Promise.all(Array.from({ length: LANES }, lane))
    working = false
    await killer
    await shop.healthy()
    const [bounds] = await shop.admin.sql<
      { n: number }[]
    >`select count(*)::int as n from cart.cart_lines where quantity not between 1 and 9999`
    if (bounds!.n > 0) broken.push(`${bounds!.n} lines out of bounds`)
    // A run in which nobody was killed, or Redis had nothing to lose, has shown nothing.
    if (!tally['kills']) broken.push('showed nothing: the shop was never killed')
    if (redis && copies === 0) broken.push('showed nothing: Redis never had a cart')
    if (redis && !tally[`times Redis was ${losses[1]}`]) broken.push('showed nothing: Redis never lost everything')
    const { code, lines } = await shop.shop.command('invariants')
    if (code !== 0) broken.push(...lines.filter((line) => Number(line['violations'] ?? 0) > 0).map((line) => `${line['name']}`))
    yield {
      id: 'I30',
      fault,
      trials: carts,
      ...wrongs(broken),
      tally: { additions: carts * 2 * OPERATIONS, ...tally, ...(redis ? { 'carts in Redis at most': copies } : {}) },
      note: `carts of two tabs that hold what was put into them, once, within their bounds, also after signing in twice at once${
        redis ? '; losing Redis costs a read each, as decision 17 says, and no line' : ''
      }`,
    }
  } finally {
    await shop.close()
  }
}

/** Plays one cart to its end and says what is wrong with it. */
async function oneCart(shop: ChaosShop, random: Random): Promise<string[]> {
  const anybody = client(shop.url)
  const expected = new Map<string, number>()
  const first = await add(anybody, skus[0]!, 1)
  expected.set(skus[0]!, 1)
  const guest = anybody.with({ 'x-guest-token': first.token })
  const tab = async () => {
    for (let step = 0; step < OPERATIONS; step += 1) {
      const sku = random.pick(skus)
      const quantity = random.between(1, 3)
      await add(guest, sku, quantity)
      expected.set(sku, (expected.get(sku) ?? 0) + quantity)
    }
  }
  await Promise.all([tab(), tab()])
  const outOfBounds = [-1, 0, 9_999, 10_000].map(async (quantity) => {
    const { status } = await patiently(async () => notBusy(await guest.post('/api/cart/items', { sku: skus[0], quantity })))
    return status < 400 ? [`${quantity} more were put into a cart that has some`] : []
  })
  const wrong = [...(await Promise.all(outOfBounds)).flat(), ...compare('the guest', expected, await linesOf(guest))]
  const email = `cart-${randomUUID()}@example.com`
  const password = `violet-${randomUUID()}`
  await patiently(async () =>
    expectStatus(await anybody.post('/api/users/register', { email, password, fullName: 'Cart' }), 200, 201),
  )
  const login = await patiently(async () => expectStatus(await anybody.post('/api/auth/login', { email, password }), 200))
  const user = anybody.with({ authorization: `Bearer ${login.body.accessToken}` })
  await add(user, skus[1]!, 2)
  expected.set(skus[1]!, (expected.get(skus[1]!) ?? 0) + 2)
  // the button is pressed twice
  const merge = () =>
    patiently(async () => expectStatus(await user.post('/api/cart/merge', {}, { 'x-guest-token': first.token }), 200, 404))
  await Promise.all([merge(), merge()])
  return [...wrong, ...compare('after signing in', expected, await linesOf(user))]
}

/** Pressed until there is an answer, always under the same key. */
async function add(who: Client, sku: string, quantity: number) {
  const key = { 'idempotency-key': randomUUID() }
  return (await patiently(async () => expectStatus(await who.post('/api/cart/items', { sku, quantity }, key), 200, 201))).body
}
/** Being asked to come back is no answer to what was asked. */
function notBusy(answer: Answer): Answer {
  if (answer.status === 429 || answer.status >= 500) throw new Error(`${answer.status} ${answer.text.slice(0, 100)}`)
  return answer
}
async function linesOf(who: Client): Promise<Map<string, number>> {
  const { body } = await patiently(async () => expectStatus(await who.get('/api/cart'), 200))
  return new Map((body.lines as { sku: string; quantity: number }[]).map(({ sku, quantity }) => [sku, quantity]))
}
function compare(when: string, expected: ReadonlyMap<string, number>, found: ReadonlyMap<string, number>): string[] {
  return skus
    .filter((sku) => (expected.get(sku) ?? 0) !== (found.get(sku) ?? 0))
    .map((sku) => `${when}: ${found.get(sku) ?? 0} of ${sku}, ${expected.get(sku) ?? 0} were put in`)
}
