import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { ShipmentDispatched, ShipmentUpdated } from '#contracts/events/delivery.ts'
import {
  OrderCancelled,
  OrderConfirmed,
  OrderDelivered,
  OrderShipped,
  ReturnCompleted,
  ReturnRejected,
} from '#contracts/events/orders.ts'
import { GiftCardIssued, PaymentFailed, PaymentProcessed, RefundIssued } from '#contracts/events/payments.ts'
import { uuidv7 } from '#kit/core/ids.ts'
import { created, euros, messagesIn, type Notifications, reachable, startNotifications } from './notifications.fixture.ts'

let shop: Notifications
beforeAll(async () => {
  shop = await startNotifications({ settings: reachable })
})
afterAll(() => shop.close())
beforeEach(() => shop.forgetMessages())

const { log, stateOf } = messagesIn(() => shop)
const payment = (orderId: string) => ({
  paymentId: uuidv7(),
  orderId,
  amount: euros(2485),
  method: 'card' as const,
  gateway: 'simulated',
  imported: false,
})
const parcel = (orderId: string) => ({ shipmentId: uuidv7(), orderId, carrier: 'dhl', trackingNumber: 'JD1', imported: false })

describe('an order', () => {
  it('is confirmed by mail once, however often its event arrives', async () => {
    const event = created(shop.order({ customerId: shop.person({ email: 'ada@example.com' }) }))
    await shop.deliver(event)
    await shop.deliver(event)
    await shop.send()
    await shop.deliver(event)
    await shop.send()
    expect(shop.mails).toHaveLength(1)
    expect(shop.mails[0]).toMatchObject({ to: 'ada@example.com', subject: 'Order Placed — ORD-0123456789' })
    expect(shop.mails[0]!.text).toContain('Hello Ada Lovelace,')
    expect(shop.mails[0]!.html).toContain('Mug &lt;blue&gt;')
    expect(await shop.events('NotificationSent.v1')).toMatchObject([{ data: { template: 'order-placed', channel: 'email' } }])
  })

  it('that nobody has paid yet asks for it, and one that is being paid does not', async () => {
    await shop.deliver(created(shop.order({ email: 'guest@example.com', guestToken: 'g', awaitsPayment: true })))
    await shop.deliver(created(shop.order({ email: 'guest@example.com', guestToken: 'g' })))
    await shop.send()
    const asks = shop.mails.map(
      ({ text }) => text!.includes('It still has to be paid') && text!.includes('View and pay your order'),
    )
    expect(asks.sort()).toEqual([false, true])
  })

  it('of a guest goes to the address on it, with a link that opens it', async () => {
    await shop.deliver(created(shop.order({ email: 'guest@example.com', guestToken: 'secret-of-the-guest', locale: 'de' })))
    await shop.send()
    expect(shop.mails[0]).toMatchObject({ to: 'guest@example.com', subject: 'Bestellung eingegangen — ORD-0123456789' })
    expect(shop.mails[0]!.text).toMatch(/\/de\/track\?order=[\w-]+&token=secret-of-the-guest/)
    expect(JSON.stringify(await log())).not.toContain('secret-of-the-guest')
    expect(JSON.stringify(await shop.db.sql`select * from messages`)).not.toContain('secret-of-the-guest')
  })

  it('is told of from its payment to its arrival, and of what went wrong', async () => {
    const order = shop.order({ email: 'guest@example.com' })
    const { orderId } = order
    const returned = { ...order, returnId: uuidv7(), kind: 'return' as const }
    for (const event of [
      OrderConfirmed({ ...order, total: euros(2485), lines: [] }),
      PaymentProcessed(payment(orderId)),
      PaymentFailed({ ...payment(orderId), reason: 'card-declined' }),
      ShipmentDispatched({ ...parcel(orderId), lines: [], remaining: 2 }),
      ShipmentDispatched({ ...parcel(orderId), lines: [], remaining: 0 }),
      ShipmentUpdated({ ...parcel(orderId), status: 'in-transit' }),
      ShipmentUpdated({ ...parcel(orderId), status: 'out-for-delivery' }),
      OrderShipped({ ...order, shipmentId: null }),
      OrderDelivered(order),
      OrderCancelled({ ...order, reason: 'out-of-stock', lines: [] }),
      RefundIssued({ ...payment(orderId), refundId: uuidv7(), refunded: euros(500), reason: 'customer' }),
      ReturnRejected({ ...returned, reason: 'worn' }),
      ReturnCompleted({ ...returned, refund: euros(1990), replacementOrderId: null }),
    ])
      await shop.deliver(event)
    await shop.send()
    expect(shop.mails.map(({ subject }) => subject).sort()).toEqual(
      [
        'Order Confirmed', 'Payment Received ✅', 'Payment Failed', 'A parcel of your order is on its way', 'Your parcel arrives today', 'Order Shipped 🚚', 'Delivered 📦',
        'Order Cancelled', 'Your refund of €5.00', 'About your return', 'Your return has arrived'
      ].sort(),
    ) // biome-ignore format: subjects in rows
  })

  it('from another shop’s history sends nothing', async () => {
    const order = { ...shop.order({ email: 'old@example.com' }), imported: true }
    await shop.deliver(created(order))
    await shop.deliver(PaymentProcessed({ ...payment(order.orderId), imported: true }))
    await shop.deliver(OrderDelivered(order))
    await shop.send()
    expect(shop.mails).toEqual([])
    expect(await log()).toEqual([])
  })
})

it('a gift card goes to whom it is for; its code is in the mail only', async () => {
  const [giftCardId, nobodys] = [uuidv7(), uuidv7()]
  const card = { code: 'GIFT-ABCD-EFGH', value: euros(5000), balance: euros(5000), expiresAt: null, orderId: null, locale: 'de' }
  shop.giftCards.set(giftCardId, { ...card, giftCardId, email: 'friend@example.com' })
  shop.giftCards.set(nobodys, { ...card, giftCardId: nobodys, email: null })
  for (const id of [giftCardId, nobodys])
    await shop.deliver(GiftCardIssued({ giftCardId: id, value: euros(5000), orderId: null }))
  await shop.send()
  expect(shop.mails).toMatchObject([
    { to: 'friend@example.com', subject: 'Ihr Gutschein über 50,00\u00a0€', text: expect.stringContaining('GIFT-ABCD-EFGH') },
  ])
  expect(JSON.stringify(await shop.db.sql`select * from messages`)).not.toContain('GIFT-ABCD')
  expect(await stateOf()).toContainEqual(['suppressed', 'no-address'])
})
