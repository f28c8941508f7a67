/** A shop for the tests of this service: what products answers, from memory, and orders as they are told. */
import { createHash } from 'node:crypto'
import { OrderConfirmed } from '#contracts/events/orders.ts'
import { ProductUpdated } from '#contracts/events/products.ts'
import type { Card, CatalogueEntry } from '#contracts/rpc/catalogue.ts'
import { uuidv7 } from '#kit/core/ids.ts'
import { startService, type TestService, testUser } from '#kit/testing/service.ts'
import { service } from '../service.ts'
import { READ_ANY, WRITE } from '../routes/shapes.ts'

export const staff = testUser('00000000-0000-7000-8000-00000000aaaa', [READ_ANY, WRITE], ['CATALOG'])

export interface Sold {
  readonly title: string
  readonly description?: string
  readonly categories?: readonly string[]
  readonly inStock?: boolean
  readonly channels?: readonly string[]
}

/** The same name, the same id. */
export function idOf(name: string): string {
  const hex = createHash('sha256').update(name).digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-7${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}
export const customer = (name: string, permissions: readonly string[] = []) => testUser(idOf(name), permissions)

export interface TestShop extends TestService {
  /** Puts products on sale, or changes them, and tells it. */
  sell(...products: readonly Sold[]): Promise<void>
  /** Changes them in the catalogue without an event. */
  change(...products: readonly Sold[]): void
  withdraw(title: string): Promise<void>
  /** A confirmed order; `null`: a guest. Returns its id. */
  order(name: string | null, titles: readonly string[], options?: { at?: Date; imported?: boolean }): Promise<string>
  /** Titles of a list. */
  titles(path: string, as?: ReturnType<typeof testUser>, headers?: Record<string, string>): Promise<string[]>
  train(): Promise<void>
}

export const settings = { keepDays: 90, trainDays: 400, trainEveryHours: 24, keepModels: 2 }

export async function openTestShop(rpc: object = {}): Promise<TestShop> {
  const catalogue = new Map<string, Sold>()
  const changes: string[] = []
  const products = {
    entries: async ({ ids }: { ids: string[] }) => ({
      entries: ids.flatMap((id) => (catalogue.has(id) ? [entryOf(catalogue.get(id)!)] : [])),
    }),
    entryIds: async () => ({ ids: [...catalogue.keys()].sort(), next: null }),
    cards: async ({ ids, channel, groups = [] }: { ids: string[]; channel: string; groups?: string[] }) => ({
      cards: ids.flatMap((id) => {
        const sold = catalogue.get(id)
        return sold && (sold.channels ?? ['web']).includes(channel) ? [{ productId: id, card: cardOf(id, sold, groups) }] : []
      }),
    }),
    changes: async ({ since }: { since?: string }) => ({
      snapshot: String(changes.length),
      tags: changes.slice(Number(since ?? changes.length)),
      everything: since === undefined,
    }),
  }
  const shop = await startService(service, { settings, rpc: { products, ...rpc } as never })
  const put = (sold: readonly Sold[]) => {
    for (const one of sold) {
      catalogue.set(idOf(one.title), one)
      changes.push(`product:${idOf(one.title)}`)
    }
  }
  const tell = async (titles: readonly string[]) => {
    for (const title of titles)
      await shop.deliver(
        ProductUpdated({ productId: idOf(title), slug: 'a', status: 'ACTIVE', version: 2, skus: [], changed: ['texts'] }),
      )
  }
  return Object.assign(shop, {
    async sell(...sold: readonly Sold[]) {
      put(sold)
      await tell(sold.map(({ title }) => title))
    },
    change: (...sold: readonly Sold[]) => put(sold),
    async withdraw(title: string) {
      catalogue.delete(idOf(title))
      changes.push(`product:${idOf(title)}`)
      await tell([title])
    },
    async order(
      name: string | null,
      titles: readonly string[],
      { at, imported = false }: { at?: Date; imported?: boolean } = {},
    ) {
      const orderId = uuidv7(at)
      await shop.deliver(orderConfirmed(orderId, name, titles, imported))
      return orderId
    },
    async titles(path: string, as?: ReturnType<typeof testUser>, headers: Record<string, string> = {}) {
      const answer = await shop.request('GET', `/api/recommendations/${path}`, { ...(as ? { as } : {}), headers })
      if (answer.status !== 200) throw new Error(`${answer.status} ${JSON.stringify(answer.body)}`)
      return (answer.body.items as Card[]).map(({ title }) => title)
    },
    async train() {
      await shop.request('POST', '/api/recommendations/models', { as: staff })
      await shop.runJob('train')
    },
  })
}

const money = { amount: 1995, currency: 'EUR' }

export function orderLines(titles: readonly string[]) {
  return titles.map((title) => ({
    lineId: uuidv7(),
    sku: `SKU-${title}`,
    productId: idOf(title),
    variantId: idOf(`variant of ${title}`),
    quantity: 1,
    total: money,
  }))
}

export const orderFacts = (orderId: string, name: string | null, imported = false) => ({
  orderId,
  number: 'ORD-0000000000',
  channel: 'web',
  customerId: name === null ? null : idOf(name),
  locale: 'en',
  imported,
})

export function orderConfirmed(orderId: string, name: string | null, titles: readonly string[], imported = false) {
  return OrderConfirmed({ ...orderFacts(orderId, name, imported), total: money, lines: orderLines(titles) })
}

function entryOf({ title, description = '', categories = [], channels = ['web'] }: Sold): CatalogueEntry {
  return {
    productId: idOf(title),
    publishedAt: '2026-01-01T00:00:00.000Z',
    requiresShipping: true,
    brand: null,
    seller: null,
    tags: [],
    variants: [{ sku: `SKU-${title}`, inStock: true }],
    faces: channels.map((channel) => ({
      channel,
      locale: 'en',
      currency: 'EUR',
      title,
      description,
      price: 1995,
      categories: categories.map((name) => ({ id: idOf(name), parentId: null, slug: name.toLowerCase(), title: name })),
      options: [],
    })),
  }
}

/** Whoever is in a customer group pays less. */
function cardOf(id: string, { title, inStock = true }: Sold, groups: readonly string[]): Card {
  const price = groups.length > 0 ? { ...money, amount: 1200 } : money
  return {
    id,
    slug: title.toLowerCase().replaceAll(' ', '-'),
    title,
    brand: null,
    image: null,
    price,
    listPrice: money,
    priceVaries: false,
    variantCount: 1,
    inStock,
    giftCard: false,
    tags: [],
    publishedAt: '2026-01-01T00:00:00.000Z',
    rating: 0,
    reviewCount: 0,
  }
}
