import { randomBytes } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { eventually } from '#kit/testing/eventually.ts'
import { openTcpProxy, type TcpProxy, type Trouble } from '../chaos/tcp-proxy.ts'
import { type Client, client, expectStatus, signIn } from './client.ts'
import { openShop, type Shop } from './shop.ts'
import { address, sell, type Shelf } from './stock-the-shop.ts'

/** of services/search: how long OpenSearch may think, how many questions in a row it may leave without an answer, and how long it is left alone then */
const QUESTION_MS = 2_000
const FAILURES = 3
const REST_MS = 5_000

const engine = process.env.OPENSEARCH_URL as string
const prefix = `e2e-${randomBytes(6).toString('hex')}`
let line: TcpProxy
let shop: Shop
let staff: Client
let guest: Client

beforeAll(async () => {
  line = await openTcpProxy({ port: Number(new URL(engine).port) })
  shop = await openShop({
    SEARCH_URL: `opensearch+http://127.0.0.1:${line.port}/${prefix}`,
    // every question goes to the engine
    SEARCH_CACHE_SECONDS: '0',
    // a busy machine would be reason enough to refuse searches; that has tests of its own
    MAX_REQUESTS_IN_FLIGHT: '0',
  })
  staff = await signIn(shop.url, shop.administrator.email, shop.administrator.password)
  guest = client(shop.url)
  for (const title of ['Oak table', 'Oak chair', 'Pewter jug']) await sell(staff, skuOf(title), { title })
  await eventually(async () => expect(await copied('oak')).toEqual(['Oak chair', 'Oak table']), { timeoutMs: 60_000 })
}, 120_000)
afterAll(async () => {
  await shop?.remove()
  await line?.close()
  const indices = (await (await fetch(`${engine}/${prefix}-products-*`)).json()) as object
  for (const path of [...Object.keys(indices), `_index_template/${prefix}-products`])
    await fetch(`${engine}/${path}`, { method: 'DELETE' })
})

const skuOf = (title: string) => title.toLowerCase().replaceAll(' ', '-')

/** Titles that OpenSearch itself knows, in any language, asked past the shop and past the line. */
async function copied(word: string): Promise<string[]> {
  const answer = await fetch(`${engine}/${prefix}-products/_search?q=titleText:${word}&size=50`)
  const { hits } = (await answer.json()) as { hits: { hits: { _source: { title: string } }[] } }
  return [...new Set(hits.hits.map(({ _source }) => _source.title))].sort()
}

/** Questions that OpenSearch has answered so far. */
async function answered(): Promise<number> {
  const stats = (await (await fetch(`${engine}/${prefix}-products/_stats/search`)).json()) as {
    _all: { total: { search: { query_total: number } } }
  }
  return stats._all.total.search.query_total
}

/** Throws with the whole answer when it is none. */
async function search(q: string): Promise<{ titles: string[]; milliseconds: number }> {
  const asked = performance.now()
  const { body } = expectStatus(await guest.get(`/api/search?q=${encodeURIComponent(q)}`), 200)
  const milliseconds = performance.now() - asked
  return { titles: (body.items as { title: string }[]).map(({ title }) => title).sort(), milliseconds }
}

interface Health {
  readonly engine: string
  readonly fallback: { readonly open: boolean; readonly fallbacks: number }
}
const health = async (): Promise<Health> => expectStatus(await staff.get('/actuator/health/search'), 200).body.details

/** Somebody buys all the time, one order after the other. */
function buying(sku: string): { stop(): Promise<number[]> } {
  let going = true
  const order = {
    items: [{ sku, quantity: 1 }],
    email: 'ann@example.com',
    shippingAddress: address,
    paymentMethodId: 'tok_approve',
  }
  const statuses = (async () => {
    const all: number[] = []
    while (going) all.push((await guest.post('/api/orders', order)).status)
    return all
  })()
  // a test that failed before it asked
  statuses.catch(() => undefined)
  return {
    stop: () => {
      going = false
      return statuses
    },
  }
}

const rename = async ({ productId }: Shelf, title: string) => {
  const product = expectStatus(await staff.get(`/api/products/${productId}`), 200)
  const change = { texts: { en: { title } } }
  expectStatus(await staff.patch(`/api/products/${productId}`, change, { 'if-match': product.headers.get('etag')! }), 200)
}

describe('a shop that searches with OpenSearch', () => {
  afterEach(() => line.trouble(null))

  /** One question of the shop is one question of OpenSearch. Not at once where a copy takes the place of the one that is asked. */
  const letsItAnswer = (word: string, titles: readonly string[]) =>
    eventually(
      async () => {
        const before = await answered()
        expect(await search(word)).toMatchObject({ titles })
        expect(await answered()).toBe(before + 1)
      },
      { timeoutMs: 15_000 },
    )

  it('lets OpenSearch answer, and says so', async () => {
    await letsItAnswer('oak', ['Oak chair', 'Oak table'])
    expect(await health()).toMatchObject({ engine: 'opensearch', fallback: { open: false } })
  })

  const troubles: [string, Trouble][] = [
    ['is killed', { kind: 'reset' }],
    ['swallows every question', { kind: 'black-hole' }],
  ]
  for (const [name, trouble] of troubles) {
    it(`finds the right products and sells on while OpenSearch ${name}, and OpenSearch learns later what changed`, async () => {
      const wood = trouble.kind === 'reset' ? 'walnut' : 'cedar'
      const renamed = await sell(staff, `${wood}-box`, { title: `${wood} box` })
      await sell(staff, `${wood}-lamp`, { title: `${wood} lamp`, units: 10_000 })
      await eventually(async () => expect(await copied(wood)).toHaveLength(2), { timeoutMs: 20_000 })
      const buyer = buying(`${wood}-lamp`)

      line.trouble(trouble)
      const begun = performance.now()
      const searches = []
      for (let round = 0; round < 10; round += 1)
        searches.push(...(await Promise.all([search('oak'), search('oak table'), search('oka')])))
      const elapsed = performance.now() - begun
      for (const { titles } of searches) expect(titles).toContain('Oak table')
      for (const { titles } of searches) expect(titles).not.toContain('Pewter jug')
      // Nobody waits longer than OpenSearch may think (and PostgreSQL on a busy machine); and only those wait who are asked whether it is back.
      expect(Math.max(...searches.map(({ milliseconds }) => milliseconds))).toBeLessThan(QUESTION_MS + 5_000)
      const waited = searches.filter(({ milliseconds }) => milliseconds > QUESTION_MS - 100)
      expect(waited.length).toBeLessThanOrEqual(FAILURES + Math.ceil(elapsed / REST_MS))
      expect(await health()).toMatchObject({ engine: 'opensearch', fallback: { open: true } })

      await rename(renamed, `${wood} chest`)
      await sell(staff, `${wood}-stool`, { title: `${wood} stool` })
      const all = [`${wood} chest`, `${wood} lamp`, `${wood} stool`]
      await eventually(async () => expect((await search(wood)).titles).toEqual(all), { timeoutMs: 20_000 })
      expect(await copied(wood)).toEqual([`${wood} box`, `${wood} lamp`])

      line.trouble(null)
      await eventually(
        async () => {
          await search('oak')
          expect((await health()).fallback.open).toBe(false)
        },
        { timeoutMs: 30_000, everyMs: 200 },
      )
      await eventually(async () => expect(await copied(wood)).toEqual(all), { timeoutMs: 60_000, everyMs: 200 })
      await letsItAnswer(wood, all)

      const statuses = await buyer.stop()
      expect(statuses.length).toBeGreaterThan(5)
      expect(new Set(statuses)).toEqual(new Set([201]))
    }, 180_000)
  }

  it('broke no rule about stock, money and orders', async () => {
    const { code, lines } = await shop.command('invariants')
    expect(lines.filter((found) => found.violations)).toEqual([])
    expect(code).toBe(0)
  })
})
