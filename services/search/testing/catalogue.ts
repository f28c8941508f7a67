/** A catalogue for the tests of this service: what products answers, from memory. */
import { createHash } from 'node:crypto'
import { OrderCancelled, OrderConfirmed } from '#contracts/events/orders.ts'
import { ProductDeleted, ProductUpdated } from '#contracts/events/products.ts'
import { ProductRatingChanged, type Rating } from '#contracts/events/reviews.ts'
import type { Card, CatalogueEntry } from '#contracts/rpc/catalogue.ts'
import { startService, testUser, type StartServiceOptions, type TestService } from '#kit/testing/service.ts'
import { service } from '../service.ts'

export const staff = testUser('00000000-0000-7000-8000-00000000aaaa', ['search:write'], ['CATALOG'])
export const shopper = testUser('00000000-0000-7000-8000-00000000bbbb')

export interface Sold {
  readonly title: string
  readonly german?: string
  readonly description?: string
  readonly price?: number
  readonly brand?: string
  /** from the root down */
  readonly categories?: readonly string[]
  readonly options?: Readonly<Record<string, readonly string[]>>
  readonly tags?: readonly string[]
  readonly inStock?: boolean
  readonly publishedAt?: string
  readonly skus?: readonly string[]
}

/** The same name, the same id. */
export function idOf(name: string): string {
  const hex = createHash('sha256').update(name).digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-7${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}
/** An order of a product, as orders would tell it. */
export const order = (title: string, quantity = 1, customerId: string | null = null) =>
  OrderConfirmed({
    orderId: idOf(`order ${Math.random()}`),
    number: 'ORD-1',
    channel: 'web',
    customerId,
    locale: 'en',
    imported: false,
    total: { amount: 1995, currency: 'EUR' },
    lines: [
      {
        lineId: idOf('line'),
        sku: 'x',
        productId: idOf(title),
        variantId: idOf('v'),
        quantity,
        total: { amount: 1995, currency: 'EUR' },
      },
    ],
  })
/** The same order, given up. */
export function cancelled({ data: { total: _, ...facts } }: ReturnType<typeof order>) {
  return OrderCancelled({ ...facts, reason: 'customer' })
}

const slugOf = (name: string) => name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')

export interface TestShop extends TestService {
  /** Puts products on sale and tells it, as the catalogue would. */
  sell(...products: readonly Sold[]): Promise<void>
  /** Changes them in the catalogue without a word to anybody. */
  change(...products: readonly Sold[]): void
  withdraw(...titles: readonly string[]): Promise<void>
  /** Gives a product stars and tells it, as reviews would; or only keeps them, so that nobody hears of it. */
  rate(title: string, average: number, reviews: number, told?: boolean): Promise<void>
  /** Until what was written can be found, by whichever engine. */
  catchUp(): Promise<void>
  /** Titles of the answer, in its order. */
  find(query: string, headers?: Record<string, string>): Promise<string[]>
  // biome-ignore lint/suspicious/noExplicitAny: a test looks at whatever came back
  ask(path: string, headers?: Record<string, string>): Promise<any>
  /** called when the catalogue has looked entries up and has not answered yet */
  onEntries: (ids: readonly string[]) => Promise<void>
}

export async function openTestShop(options: StartServiceOptions = {}): Promise<TestShop> {
  const catalogue = new Map<string, Sold>()
  const changes: string[] = []
  const stars = new Map<string, Rating>()
  const hooks = { onEntries: async (_ids: readonly string[]) => undefined as void }
  const products = {
    entries: async ({ ids }: { ids: string[] }) => {
      const entries = ids.flatMap((id) => (catalogue.has(id) ? [entryOf(catalogue.get(id)!)] : []))
      await hooks.onEntries(ids)
      return { entries }
    },
    entryIds: async ({ after, limit }: { after?: string; limit: number }) => {
      const ids = [...catalogue.keys()].sort().filter((id) => after === undefined || id > after)
      return {
        ids: ids.slice(0, limit),
        next: ids.length >= limit && limit > 0 && ids.length > 0 ? (ids[limit - 1] ?? null) : null,
      }
    },
    cards: async ({ locale, ids, groups = [] }: { locale: string; ids: string[]; groups?: string[] }) => ({
      cards: ids.flatMap((id) =>
        catalogue.has(id) ? [{ productId: id, card: cardOf(id, catalogue.get(id)!, locale, groups) }] : [],
      ),
    }),
    changes: async ({ since }: { since?: string }) => ({
      snapshot: String(changes.length),
      tags: changes.slice(Number(since ?? changes.length)),
      everything: since === undefined,
    }),
  }
  const reviews = {
    ratings: async ({ productIds }: { productIds: string[] }) => ({ ratings: productIds.flatMap((id) => stars.get(id) ?? []) }),
  }
  const copied = options.settings?.['url'] !== undefined
  const settings = { cacheSeconds: 300, url: 'postgres:', replicas: '0-1', ...options.settings }
  const shop = await startService(service, { ...options, settings, rpc: { products, reviews, ...options.rpc } as never })
  const put = (sold: readonly Sold[]) => {
    for (const one of sold) {
      catalogue.set(idOf(one.title), one)
      changes.push(`product:${idOf(one.title)}`)
    }
  }
  const catchUp = async () => {
    await shop.runJob('fold-words')
    if (copied) await shop.runJob('copy-documents')
  }
  const tell = async (titles: readonly string[]) => {
    for (const title of titles) {
      const productId = idOf(title)
      await shop.deliver(
        catalogue.has(productId)
          ? ProductUpdated({ productId, slug: slugOf(title), status: 'ACTIVE', version: 2, skus: [], changed: ['texts'] })
          : ProductDeleted({ productId, skus: [] }),
      )
    }
    await catchUp()
  }
  const ask = async (path: string, headers: Record<string, string> = {}) => {
    const answer = await shop.request('GET', path, { headers })
    if (answer.status !== 200) throw new Error(`${answer.status} ${JSON.stringify(answer.body)}`)
    return answer.body
  }
  const opened = Object.assign(shop, {
    async sell(...sold: readonly Sold[]) {
      put(sold)
      await tell(sold.map(({ title }) => title))
    },
    change: (...sold: readonly Sold[]) => put(sold),
    async withdraw(...titles: readonly string[]) {
      for (const title of titles) catalogue.delete(idOf(title))
      await tell(titles)
    },
    async rate(title: string, average: number, reviews: number, told = true) {
      const productId = idOf(title)
      const rating = { productId, average, reviews, revision: (stars.get(productId)?.revision ?? 0) + 1 }
      stars.set(productId, rating)
      if (!told) return
      await shop.deliver(ProductRatingChanged(rating))
      await catchUp()
    },
    catchUp,
    ask,
    find: async (query: string, headers: Record<string, string> = {}) =>
      ((await ask(`/api/search?${query}`, headers)).items as Card[]).map(({ title }) => title),
  })
  Object.defineProperty(opened, 'onEntries', {
    set(hook) {
      hooks.onEntries = hook
    },
  })
  return opened as TestShop
}

function entryOf(sold: Sold): CatalogueEntry {
  const named = (name: string) => ({ id: idOf(name), slug: slugOf(name), name })
  const face = (locale: string) => ({
    channel: 'web',
    locale,
    currency: 'EUR',
    title: locale === 'de' ? (sold.german ?? sold.title) : sold.title,
    description: sold.description ?? '',
    price: sold.price ?? 1995,
    categories: (sold.categories ?? []).map((title, index, all) => ({
      id: idOf(title),
      parentId: index === 0 ? null : idOf(all[index - 1]!),
      slug: slugOf(title),
      title,
    })),
    options: Object.entries(sold.options ?? {}).map(([key, values]) => ({
      key,
      title: key,
      values: values.map((value) => ({ key: slugOf(value), title: value })),
    })),
  })
  return {
    productId: idOf(sold.title),
    publishedAt: sold.publishedAt ?? '2026-01-01T00:00:00.000Z',
    requiresShipping: true,
    brand: sold.brand ? named(sold.brand) : null,
    seller: null,
    tags: [...(sold.tags ?? [])],
    variants: (sold.skus ?? [`SKU-${slugOf(sold.title)}`.slice(0, 64)]).map((sku) => ({ sku, inStock: sold.inStock ?? true })),
    faces: [face('en'), face('de')],
  }
}

/** Whoever is in a customer group pays half. */
function cardOf(id: string, sold: Sold, locale: string, groups: readonly string[]): Card {
  const regular = sold.price ?? 1995
  const price = { amount: groups.length > 0 ? Math.floor(regular / 2) : regular, currency: 'EUR' }
  return {
    id,
    slug: slugOf(sold.title),
    title: locale === 'de' ? (sold.german ?? sold.title) : sold.title,
    brand: sold.brand ?? null,
    image: null,
    price,
    listPrice: price,
    priceVaries: false,
    variantCount: 1,
    inStock: sold.inStock ?? true,
    giftCard: false,
    tags: [...(sold.tags ?? [])],
    publishedAt: sold.publishedAt ?? '2026-01-01T00:00:00.000Z',
    rating: 0,
    reviewCount: 0,
  }
}
