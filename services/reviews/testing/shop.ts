/** reviews on a real database; products and users answer from memory. */
import { Create } from 'typebox/value'
import { OrderConfirmed, OrderDelivered } from '#contracts/events/orders.ts'
import type { Card } from '#contracts/rpc/catalogue.ts'
import { uuidv7 } from '#kit/core/ids.ts'
import type { Principal } from '#kit/core/principal.ts'
import { startService, testUser } from '#kit/testing/service.ts'
import { invariants } from '../invariants.ts'
import { reviews } from '../service.ts'
import { Settings } from '../settings.ts'

export const PRODUCT = '018f0000-0000-7000-8000-0000000000a1'
export const OTHER_PRODUCT = '018f0000-0000-7000-8000-0000000000a2'
export const SELLER = '018f0000-0000-7000-8000-0000000000b1'
export const staff = testUser(
  '018f0000-0000-7000-8000-0000000000c1',
  ['reviews:moderate', 'reviews:reply', 'reviews:configure'],
  ['CATALOG'],
)

export const order = (customerId: string | null, orderId = uuidv7()) => ({
  orderId,
  number: 'ORD-TEST',
  channel: 'web',
  customerId,
  locale: 'en',
  imported: false,
})
export const line = (productId: string) => ({
  lineId: uuidv7(),
  sku: 'MUG',
  productId,
  variantId: uuidv7(),
  quantity: 1,
  total: { amount: 1995, currency: 'EUR' },
})
const total = { amount: 1995, currency: 'EUR' }

const price = { amount: 1995, currency: 'EUR' }
const MUG: Omit<Card, 'id'> = {
  slug: 'blue-mug',
  title: 'Blue mug',
  brand: null,
  image: null,
  price,
  listPrice: price,
  priceVaries: false,
  variantCount: 1,
  inStock: true,
  giftCard: false,
  tags: [],
  publishedAt: '2026-01-01T00:00:00.000Z',
  rating: 0,
  reviewCount: 0,
}

export async function openReviews(settings: Partial<Settings> = {}) {
  const names = new Map<string, string>()
  const shop = await startService(reviews, {
    settings: { ...(Create(Settings) as Settings), ...settings },
    rpc: {
      products: {
        sellerOf: async ({ productId }: { productId: string }) =>
          productId === PRODUCT
            ? { known: true, userId: SELLER, name: 'Clay & Kiln' }
            : { known: productId === OTHER_PRODUCT, userId: null, name: null },
        soldBy: async ({ userId }: { userId: string }) => ({ productIds: userId === SELLER ? [PRODUCT] : [], next: null }),
        cards: async ({ ids }: { ids: string[] }) => ({
          cards: ids.map((id) => ({ productId: id, card: { ...MUG, id } })),
        }),
      },
      users: {
        contact: async ({ userId }: { userId: string }) => ({
          outcome: 'known',
          email: 'x@shop.test',
          fullName: names.get(userId) ?? 'Anna Muster',
          locale: 'en',
          phone: null,
        }),
      },
    },
  })
  const request = shop.request
  return {
    ...shop,
    names,
    /** A buyer of both products who has a shown review of the other one: their next is shown at once. */
    async known(): Promise<Principal & { id: string }> {
      const author = await this.buyer(OTHER_PRODUCT)
      const { body } = await this.write(author, {
        productId: OTHER_PRODUCT,
        text: `Number ${uuidv7()} of other things, and good.`,
      })
      await this.decide(body.id, 'approve')
      return this.buyer(PRODUCT, author as never)
    },
    /** Somebody with a name who has bought the product and got it. */
    async buyer(productId = PRODUCT, customer = testUser(uuidv7())): Promise<Principal & { id: string }> {
      const bought = order(customer.id)
      await shop.deliver(OrderConfirmed({ ...bought, total, lines: [line(productId)] }))
      await shop.deliver(OrderDelivered(bought))
      return customer
    },
    write: (as: Principal, body: object = {}, headers: Record<string, string> = {}) =>
      request('POST', '/api/reviews', {
        as,
        headers,
        body: { productId: PRODUCT, stars: 5, text: 'A mug that sits well in the hand.', ...body },
      }),
    decide: (id: string, decision: 'approve' | 'hide' | 'reject', body: object = {}) =>
      request('POST', `/api/reviews/${id}/${decision}`, { as: staff, body }),
    /** A shown review of a new buyer. */
    async shown(
      stars = 5,
      text = `Number ${uuidv7()} of many mugs, and a good one.`,
    ): Promise<{ id: string; author: Principal & { id: string } }> {
      const author = await this.buyer()
      const { body } = await this.write(author, { stars, text })
      await this.decide(body.id, 'approve')
      return { id: body.id, author }
    },
    async list(query = '', as?: Principal) {
      return (
        await request('GET', `/api/reviews?productId=${PRODUCT}${query}`, {
          ...(as ? { as, headers: { authorization: 'Bearer x' } } : {}),
        })
      ).body.items
    },
    summary: async () => (await request('GET', `/api/reviews/products/${PRODUCT}/summary`)).body,
    /** Violations of every rule that must always hold. */
    async violations() {
      const found = []
      for (const { name, sql } of invariants) if ((await shop.db.sql.unsafe(sql)).length > 0) found.push(name)
      return found
    },
  }
}
export type TestReviews = Awaited<ReturnType<typeof openReviews>>
