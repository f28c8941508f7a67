import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually } from '#kit/testing/eventually.ts'
import { freePort } from '../chaos/chaos-shop.ts'
import { type Client, client, expectStatus, signIn } from './client.ts'
import { quick } from './shared-shop.ts'
import { openShop, type Shop } from './shop.ts'
import { sell } from './stock-the-shop.ts'
import { chosen } from './topology.ts'

/** Nothing is shown for longer than this after it was changed, whichever process answers. */
const OLDEST_MS = 1000
const READERS = 4
const CHANGES = 12

let shop: Shop
let staff: Client
let guest: Client

beforeAll(async () => {
  // two processes answer; of a split shop several have copies of the same product in any case
  shop = await openShop(chosen === 'together' ? { HTTP_WORKERS: '2', PORT: String(await freePort()) } : quick)
  staff = await signIn(shop.url, shop.administrator.email, shop.administrator.password)
  // a connection of its own for every request: the workers take turns
  guest = client(shop.url, { connection: 'close' })
}, 240_000)
afterAll(() => shop?.remove())

/** The answer; undefined where the shop has more to do than it can at the moment, and says so. */
async function shown(path: string) {
  const answer = await guest.get(path)
  return answer.status === 503 ? undefined : expectStatus(answer, 200).body
}

interface Seen<T> {
  readonly value: T
  readonly asked: number
}

/**
 * Readers ask without a pause while values are changed one after another, some quickly, some after more than a second of reading. Answers what was
 * seen too late: a value that had been replaced for more than a second when it was asked for. Every value is used once.
 */
async function tooOld<T>(values: readonly T[], change: (value: T) => Promise<void>, read: () => Promise<T[]>) {
  const replacedAt = new Map<T, number>()
  const seen: Seen<T>[] = []
  let done = false
  const reading = Promise.all(
    Array.from({ length: READERS }, async () => {
      while (!done) {
        const asked = performance.now()
        for (const value of await read()) seen.push({ value, asked })
      }
    }),
  )
  const readUntil = async (enough: () => boolean) => {
    while (!enough()) await Promise.race([reading, guest.get('/actuator/health/liveness')])
  }
  try {
    for (const [at, value] of values.entries()) {
      // A shop that has too much to do says so; whoever changes something tries again.
      await eventually(() => change(value), { timeoutMs: 20_000 })
      const changed = performance.now()
      if (at > 0) replacedAt.set(values[at - 1]!, changed)
      const before = seen.length
      await readUntil(() => (at % 3 === 2 ? seen.some(({ asked }) => asked > changed + OLDEST_MS) : seen.length > before + 8))
    }
  } finally {
    done = true
  }
  await reading
  const late = seen.filter(({ value, asked }) => asked - (replacedAt.get(value) ?? Number.POSITIVE_INFINITY) > OLDEST_MS)
  return { late, seen, values: new Set(seen.map(({ value }) => value)).size }
}

describe('what somebody changed is seen by everybody within a second', () => {
  it('a price, on the page, in the list and in the search', async () => {
    const { productId, sku } = await sell(staff, 'kettle', { price: 900, title: 'Enamel kettle' })
    const lists = expectStatus(await staff.get('/api/price-lists'), 200).body.items as { id: string; key: string }[]
    const list = lists.find(({ key }) => key === 'web')!.id
    const priceIn = (list: { items: { id: string; price: { amount: number } }[] } | undefined) =>
      (list?.items ?? []).filter(({ id }) => id === productId).map(({ price }) => price.amount)
    const { late, seen, values } = await tooOld(
      Array.from({ length: CHANGES }, (_, index) => 1000 + index),
      async (amount) => {
        expectStatus(await staff.put(`/api/price-lists/${list}/prices`, { prices: [{ sku, amount }] }), 200)
      },
      async () => {
        const [page, products, found] = await Promise.all([
          shown(`/api/products/${productId}`),
          shown('/api/products?sort=newest&limit=5'),
          shown('/api/search?q=kettle'),
        ])
        return [...(page ? [page.variants[0].price.amount as number] : []), ...priceIn(products), ...priceIn(found)]
      },
    )
    expect(late).toEqual([])
    expect(seen.length).toBeGreaterThan(CHANGES * 8)
    expect(values).toBeGreaterThan(CHANGES / 2)
  }, 120_000)

  it('a product that operators pin for a question', async () => {
    const products = []
    for (let index = 0; index < CHANGES; index += 1)
      products.push((await sell(staff, `pot-${index}`, { title: `Copper pot ${index}` })).productId)
    const rule = { query: 'enamel kettle', kind: 'pin', position: 1 }
    const { id } = expectStatus(await staff.post('/api/search/rules', { ...rule, productId: products[0]! }), 201).body
    const { late, values } = await tooOld(
      products,
      async (productId) => {
        expectStatus(await staff.put(`/api/search/rules/${id}`, { ...rule, productId }), 200)
      },
      async () => {
        const found = await shown('/api/search?q=enamel%20kettle')
        return found?.items[0]?.pinned ? [found.items[0].id as string] : []
      },
    )
    expect(late).toEqual([])
    expect(values).toBeGreaterThan(CHANGES / 2)
  }, 120_000)

  it('words that mean the same', async () => {
    await sell(staff, 'tureen', { title: 'Soup tureen' })
    await eventually(async () => expect((await shown('/api/search?q=tureen'))?.items).toHaveLength(1), { timeoutMs: 20_000 })
    const words = Array.from({ length: CHANGES }, (_, index) => `alias${'abcdefghijklmnop'[index]}`)
    const { id } = expectStatus(
      await staff.post('/api/search/synonyms', { locale: 'en', words: ['tureen', words[0]!], finds: [] }),
      201,
    ).body
    let latest = 0
    const { late, values } = await tooOld(
      words,
      async (word) => {
        latest = words.indexOf(word)
        expectStatus(await staff.put(`/api/search/synonyms/${id}`, { locale: 'en', words: ['tureen', word], finds: [] }), 200)
      },
      async () => {
        const asked = words.slice(Math.max(0, latest - 1), latest + 1)
        const found = await Promise.all(asked.map((word) => shown(`/api/search?facets=false&q=${word}`)))
        return asked.filter((_, at) => found[at]?.items.length > 0)
      },
    )
    expect(late).toEqual([])
    expect(values).toBeGreaterThan(CHANGES / 2)
  }, 120_000)
})
