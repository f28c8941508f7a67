import { eventually } from '#kit/testing/eventually.ts'
import { address } from '../tests/e2e/stock-the-shop.ts'
import type { BenchShop } from './bench-shop.ts'
import type { MeasureOptions } from './measure.ts'
import { measureWrites } from './write-flow.ts'

interface Topic {
  readonly topic: string
  readonly groups: readonly { readonly lag: number }[]
}

const OF_A_CHECKOUT = new Set(['order.events', 'payment.events', 'delivery.events'])

/** Three lines from nothing to a paid, confirmed order with its parcel planned; then until every event has been handled. */
export const measure = (options: MeasureOptions) =>
  measureWrites('whole checkout (3 lines)', options, (shop) => {
    let next = 0
    return {
      ask: () => {
        next += 3
        const items = [0, 1, 2].map((line) => ({ sku: shop.skus[(next + line) % shop.skus.length], quantity: 1 }))
        return {
          path: '/api/orders',
          good: 201,
          body: { items, email: 'ann@example.com', shippingAddress: address, paymentMethodId: 'tok_approve' },
        }
      },
      settle: async () => {
        const begun = performance.now()
        const since = () => Math.round(performance.now() - begun)
        await eventually(() => everythingHandled(shop), { timeoutMs: 90_000, everyMs: 100 })
        const lagMs = since()
        await eventually(() => everyMailSent(shop), { timeoutMs: 180_000, everyMs: 200 })
        return { lagMs, mailsMs: since(), note: `all events handled ${lagMs} ms after the last answer` }
      },
    }
  })

async function everythingHandled({ admin, staff }: BenchShop): Promise<void> {
  const [row] = await admin.sql<{ waiting: bigint }[]>`
    select (select count(*) from orders.outbox) + (select count(*) from payments.outbox) + (select count(*) from delivery.outbox) as waiting`
  if (Number(row!.waiting) > 0) throw new Error('events wait in an outbox')
  const { body } = await staff.get('/api/events/topics')
  const lagging = (body.items as Topic[]).filter(
    ({ topic, groups }) => OF_A_CHECKOUT.has(topic) && groups.some(({ lag }) => lag > 0),
  )
  if (lagging.length > 0) throw new Error(`consumers lag behind ${lagging.map(({ topic }) => topic).join(', ')}`)
}

async function everyMailSent({ admin }: BenchShop): Promise<void> {
  const [row] = await admin.sql<
    { waiting: bigint }[]
  >`select count(*) as waiting from notifications.messages where state = 'queued'`
  if (Number(row!.waiting) > 0) throw new Error(`${row!.waiting} mails wait`)
}
