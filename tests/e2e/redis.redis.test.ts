import { randomBytes } from 'node:crypto'
import { createClient } from '@redis/client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually } from '#kit/testing/eventually.ts'
import { freePort } from '../chaos/chaos-shop.ts'
import { openTcpProxy, type TcpProxy, type Trouble } from '../chaos/tcp-proxy.ts'
import { type Client, client, expectStatus, signIn } from './client.ts'
import { openShop, type Shop } from './shop.ts'
import { orderOf, sell } from './stock-the-shop.ts'

const prefix = `e2e-${randomBytes(6).toString('hex')}:`
const redis = createClient({ url: process.env.REDIS_URL as string })
let line: TcpProxy
let shop: Shop
let staff: Client
let guest: Client

beforeAll(async () => {
  await redis.connect()
  line = await openTcpProxy({ port: Number(new URL(process.env.REDIS_URL as string).port) })
  shop = await openShop({
    CACHE_URL: `redis://127.0.0.1:${line.port}?prefix=${prefix}`,
    HTTP_WORKERS: '2',
    TRUST_PROXY: 'loopback',
    PORT: String(await freePort()),
    RATE_LIMIT_PER_MINUTE: '1000000',
    // a busy machine would be reason enough to refuse searches; that has tests of its own
    MAX_REQUESTS_IN_FLIGHT: '0',
  })
  staff = await signIn(shop.url, shop.administrator.email, shop.administrator.password)
  // a connection of its own for every request: the workers take turns
  guest = client(shop.url, { connection: 'close' })
}, 90_000)
afterAll(async () => {
  await shop?.remove()
  await line?.close()
  redis.destroy()
})

/** Everything this shop keeps in Redis is gone, as after FLUSHALL. */
async function loseEverything(): Promise<void> {
  for (const database of [0, 1, 2, 3]) {
    await redis.select(database)
    const keys = await redis.keys(`${prefix}*`)
    if (keys.length > 0) await redis.del(keys)
  }
}

async function keysOf(database: number): Promise<string[]> {
  await redis.select(database)
  return (await redis.keys(`${prefix}*`)).map((key) => key.slice(prefix.length))
}

const available = async (sku: string) => (await guest.get(`/api/inventory/${sku}`)).body.available as number
const memory = async () => (await guest.get('/actuator/health/cache')).body.details.memory as { up: boolean }

describe('a shop of two HTTP workers with Redis', () => {
  it('counts a client once for both workers', async () => {
    let tries = 0
    // a worker that Redis does not answer in time counts for itself
    await eventually(
      async () => {
        tries += 1
        const someone = guest.with({ 'x-forwarded-for': `203.0.113.${tries}` })
        const answers = []
        for (let n = 0; n < 14; n += 1) answers.push(await someone.post('/api/gift-cards/balance', { code: 'NOT-A-CARD' }))
        expect(answers.filter(({ status }) => status !== 429)).toHaveLength(10)
        expect(Number(answers.at(-1)!.headers.get('retry-after'))).toBeGreaterThan(0)
      },
      { timeoutMs: 15_000, everyMs: 200 },
    )
  })

  it('refuses the token of a session that ended, whichever worker is asked', async () => {
    const someone = await signIn(shop.url, shop.administrator.email, shop.administrator.password)
    const anywhere = someone.with({ connection: 'close' })
    expectStatus(await anywhere.get('/api/auth/sessions'), 200)
    expectStatus(await someone.post('/api/auth/logout'), 204)
    // a worker that Redis does not tell in time learns it within five seconds
    await eventually(
      async () => {
        for (let n = 0; n < 8; n += 1) expectStatus(await anywhere.get('/api/auth/sessions'), 401)
      },
      { timeoutMs: 10_000 },
    )
    expect(await keysOf(0)).toContain('notices:ended-sessions')
  })

  it('shows a new price everywhere within a second, though the old page lies in Redis', async () => {
    const { productId } = await sell(staff, 'jug', { price: 1000 })
    const page = () => guest.get(`/api/products/${productId}`)
    const before = expectStatus(await page(), 200)
    // a page that was begun before the last change is not kept
    await eventually(async () => {
      await page()
      expect((await keysOf(3)).some((key) => key.startsWith('answer:products'))).toBe(true)
    })
    const product = expectStatus(await staff.get(`/api/products/${productId}/edit`), 200)
    const variants = [{ ...product.body.variants[0], price: { amount: 1500, currency: 'EUR' } }]
    const change = { texts: { en: { title: 'A better jug' } }, variants }
    expectStatus(await staff.patch(`/api/products/${productId}`, change, { 'if-match': product.headers.get('etag')! }), 200)
    const changed = performance.now()
    expect(before.body).toMatchObject({ title: 'Product jug', variants: [{ price: { amount: 1000 } }] })
    const late: string[] = []
    await eventually(
      async () => {
        const shown = new Set<string>()
        for (let n = 0; n < 6; n += 1) {
          const asked = performance.now()
          const { title, variants } = (await page()).body
          const seen = `${title}: ${variants[0].price.amount}`
          shown.add(seen)
          if (asked > changed + 1_000 && seen !== 'A better jug: 1500') late.push(`${seen}, ${asked - changed} ms later`)
        }
        expect(shown).toEqual(new Set(['A better jug: 1500']))
      },
      { timeoutMs: 10_000 },
    )
    expect(late).toEqual([])
    await eventually(async () => {
      const { items } = expectStatus(await guest.get('/api/products?limit=100'), 200).body
      expect(items.find(({ id }: { id: string }) => id === productId)).toMatchObject({ price: { amount: 1500 } })
    })
  })

  it('keeps the lines of a cart there for every worker, and no cart is lost with them', async () => {
    await sell(staff, 'bowl')
    const cart = expectStatus(await guest.post('/api/cart/items', { sku: 'bowl', quantity: 3 }), 200, 201)
    const ann = guest.with({ 'x-guest-token': cart.body.token })
    for (let n = 0; n < 4; n += 1) expect((await ann.get('/api/cart')).body.units).toBe(3)
    await eventually(async () => {
      await ann.get('/api/cart')
      expect((await keysOf(3)).some((key) => key.startsWith('cart:'))).toBe(true)
    })
    await loseEverything()
    for (let n = 0; n < 4; n += 1) expect((await ann.get('/api/cart')).body.units).toBe(3)
  })

  const troubles: [string, Trouble | 'empty'][] = [
    ['forgets everything', 'empty'],
    ['is killed', { kind: 'reset' }],
    ['swallows every word', { kind: 'black-hole' }],
  ]
  for (const [name, trouble] of troubles) {
    it(`sells on while Redis ${name}: every order is taken, no unit twice, and every search is answered`, async () => {
      const sku = `lamp-${name.length}`
      const { productId } = await sell(staff, sku, { units: 12 })
      const finds = async (limit = 20) => {
        const { body } = expectStatus(await guest.get(`/api/search?q=${sku}&limit=${limit}`), 200)
        expect((body.items as { id: string }[]).map(({ id }) => id)).toContain(productId)
      }
      // either worker may have kept for a moment that nothing was found
      await eventually(
        async () => {
          for (let n = 0; n < 4; n += 1) await finds()
        },
        { timeoutMs: 15_000 },
      )
      const buy = () => guest.post('/api/orders', orderOf(sku))
      const first = await Promise.all([buy(), buy(), buy()])
      if (trouble === 'empty') await loseEverything()
      else line.trouble(trouble)
      const answers = [...first]
      for (let n = 0; n < 4; n += 1) {
        answers.push(...(await Promise.all([buy(), buy(), buy()])))
        await finds()
        // what nobody has asked for yet: no answer is kept
        await finds(n + 1)
      }
      line.trouble(null)
      const statuses = answers.map(({ status }) => status).sort()
      expect(statuses).toEqual([...Array<number>(12).fill(201), ...Array<number>(3).fill(409)])
      expect(await available(sku)).toBe(0)
      await eventually(async () => expect((await memory()).up).toBe(true), { timeoutMs: 15_000, everyMs: 200 })
    })
  }

  it('still slows down whoever guesses passwords while Redis is gone, still counts clients, and says so', async () => {
    line.trouble({ kind: 'reset' })
    const statuses = []
    for (let n = 0; n < 12; n += 1)
      statuses.push((await guest.post('/api/auth/login', { email: 'ann@example.com', password: 'wrong-guess' })).status)
    expect(statuses.filter((status) => status === 401)).toHaveLength(8)
    expect(statuses.slice(-4)).toEqual([429, 429, 429, 429])
    const limited = []
    for (let n = 0; n < 30; n += 1) limited.push((await guest.post('/api/gift-cards/balance', { code: 'NOT-A-CARD' })).status)
    expect(limited).toContain(429)
    await eventually(async () => expect(await memory()).toMatchObject({ driver: 'redis', up: false }))
    expect(expectStatus(await guest.get('/actuator/health'), 200).body.status).toBe('UP')
    const { code, lines } = await shop.command('doctor')
    expect(code).toBe(0)
    expect(lines).toContainEqual(expect.objectContaining({ check: 'cache', state: 'warning' }))
    line.trouble(null)
  })

  it('broke no rule about stock, money and orders', async () => {
    const { code, lines } = await shop.command('invariants')
    expect(lines.filter((found) => found.violations)).toEqual([])
    expect(code).toBe(0)
  })
})
