import { Create } from 'typebox/value'
import { OrderCreated } from '#contracts/events/orders.ts'
import { uuidv7 } from '#kit/core/ids.ts'
import type { MailPort } from '#kit/mail/mail.ts'
import { startService, type StartServiceOptions, testUser } from '#kit/testing/service.ts'
import { notifications } from './service.ts'
import { Settings } from './settings.ts'

interface Person {
  email: string
  fullName: string
  locale: string
  phone: string | null
  marketing: boolean
  marketingSince?: string
}

export const receiptsSecret = Buffer.from('a secret for receipts, 32 bytes!')

/** Settings of a shop whose operations can be reached, and whose provider tells what became of a mail. */
export const reachable: Partial<Settings> = {
  operationsEmail: 'ops@example.com',
  operationsPhone: '+4930123456',
  receiptsSecret: `whsec_${receiptsSecret.toString('base64')}`,
}

/** notifications on a real database; users, orders and auth answer from memory. */
export async function startNotifications(
  options: Pick<StartServiceOptions, 'environment' | 'mail'> & { settings?: Partial<Settings> } = {},
) {
  const people = new Map<string, Person>()
  const orders = new Map<string, object>()
  const giftCards = new Map<string, object>()
  const reviews = new Map<string, object>()
  const links = new Map<string, { token: string; expiresAt: string }>()
  const { settings, ...rest } = options
  const shop = await startService(notifications, {
    ...rest,
    settings: { ...(Create(Settings) as Settings), ...settings },
    rpc: {
      users: {
        contact: async ({ userId }: { userId: string }) => {
          const person = people.get(userId)
          return person ? { outcome: 'known', ...person } : { outcome: 'unknown' }
        },
      },
      orders: {
        order: async ({ orderId }: { orderId: string }) => orders.get(orderId) ?? null,
        giftCard: async ({ giftCardId }: { giftCardId: string }) => giftCards.get(giftCardId) ?? null,
      },
      reviews: {
        forAuthor: async ({ reviewId }: { reviewId: string }) => reviews.get(reviewId) ?? null,
      },
      auth: {
        linkToken: async ({ requestId }: { requestId: string }) => links.get(requestId) ?? { token: null, expiresAt: null },
      },
    },
  })
  return {
    ...shop,
    people,
    links,
    orders,
    giftCards,
    reviews,
    staff: testUser(uuidv7(), ['notifications:read', 'notifications:send', 'notifications:write']),
    send: () => shop.runJob('notifications-send'),
    makeDue: () => shop.db.sql`update messages set next_at = now(), leased_until = null where state = 'queued'`,
    async forgetMessages() {
      shop.mails.length = 0
      await shop.db.sql`delete from messages`
      await shop.db.sql`delete from suppressions`
    },
    person(more: Partial<Person> = {}): string {
      const userId = uuidv7()
      people.set(userId, {
        email: `${userId}@example.com`,
        fullName: 'Ada Lovelace',
        locale: 'en',
        phone: null,
        marketing: false,
        ...more,
      })
      return userId
    },
    /** An order in the shop, and what its events say. */
    order(
      more: {
        customerId?: string | null
        email?: string | null
        locale?: string
        guestToken?: string | null
        awaitsPayment?: boolean
      } = {},
    ) {
      const orderId = uuidv7()
      const { customerId = null, locale = 'en' } = more
      const number = 'ORD-0123456789'
      orders.set(orderId, {
        orderId, number, status: 'PENDING', channel: 'web', locale, customerId, email: null, guestToken: null, awaitsPayment: false,
        total: { amount: 2485, currency: 'EUR' }, placedAt: '2026-05-03T10:00:00.000Z',
        address: { name: 'Grace Hopper', line1: 'Harbour Street 1', city: 'London', postalCode: 'E1', country: 'GB' },
        lines: [{ lineId: uuidv7(), sku: 'mug', title: 'Mug <blue>', quantity: 2, unitPrice: 995, total: 1990 }],
        ...more,
      }) // biome-ignore format: facts in rows
      return { orderId, number, channel: 'web', customerId, locale, imported: false }
    },
  }
}

export type Notifications = Awaited<ReturnType<typeof startNotifications>>

/** What became of messages. `started` is asked at each call: a test file starts its shop before all tests. */
export function messagesIn(started: () => Notifications) {
  const log = async () => (await started().request('GET', '/api/notifications', { as: started().staff })).body.items
  const stateOf = async () =>
    (
      await started().db.sql<
        { state: string; reason: string | null }[]
      >`select state, reason from messages order by created_at, id`
    ).map(({ state, reason }) => [state, reason])
  return { log, stateOf }
}

export const euros = (amount: number) => ({ amount, currency: 'EUR' })
/** The event of an order that was placed now. */
export const created = (order: ReturnType<Notifications['order']>, more: object = {}) =>
  OrderCreated({ ...order, placedAt: new Date().toISOString(), total: euros(2485), lines: [], ...more })

/** A mail server that takes the mail only when `says` lets it. */
export function fussyMail(says: (count: number) => Error | undefined): MailPort & { readonly sent: string[] } {
  const sent: string[] = []
  let count = 0
  return {
    sent,
    async send(mail) {
      const error = says(++count)
      if (error) throw error
      sent.push(mail.id)
    },
    async close() {},
  }
}
