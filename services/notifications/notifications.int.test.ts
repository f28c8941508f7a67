import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { CartAbandoned } from '#contracts/events/cart.ts'
import { ShipmentDispatched, ShipmentUpdated } from '#contracts/events/delivery.ts'
import { LowStockAlert } from '#contracts/events/inventory.ts'
import {
  OrderCancelled,
  OrderConfirmed,
  OrderCreated,
  OrderDelivered,
  OrderShipped,
  ReturnCompleted,
  ReturnRejected,
} from '#contracts/events/orders.ts'
import { GiftCardIssued, PaymentFailed, PaymentProcessed, RefundIssued } from '#contracts/events/payments.ts'
import { ReviewPublished, ReviewRejected, ReviewReplied } from '#contracts/events/reviews.ts'
import { EmailVerificationRequested, PasswordResetRequested, UserDeleted, UserRegistered } from '#contracts/events/users.ts'
import { withContext } from '#kit/core/context.ts'
import { uuidv7 } from '#kit/core/ids.ts'
import { signWebhook } from '#kit/http/webhook-signature.ts'
import { testUser } from '#kit/testing/service.ts'
import { startNotifications } from './notifications.fixture.ts'

const receiptsSecret = Buffer.from('a secret for receipts, 32 bytes!')
let shop: Awaited<ReturnType<typeof startNotifications>>
beforeAll(async () => {
  shop = await startNotifications({
    settings: {
      operationsEmail: 'ops@example.com',
      operationsPhone: '+4930123456',
      receiptsSecret: `whsec_${receiptsSecret.toString('base64')}`,
    },
  })
})
afterAll(() => shop.close())
beforeEach(async () => {
  shop.mails.length = 0
  await shop.db.sql`delete from messages`
  await shop.db.sql`delete from suppressions`
})

const euros = (amount: number) => ({ amount, currency: 'EUR' })
const created = (order: ReturnType<typeof shop.order>, more: object = {}) =>
  OrderCreated({ ...order, placedAt: new Date().toISOString(), total: euros(2485), lines: [], ...more })
const payment = (orderId: string) => ({
  paymentId: uuidv7(),
  orderId,
  amount: euros(2485),
  method: 'card' as const,
  gateway: 'simulated',
  imported: false,
})
const parcel = (orderId: string) => ({ shipmentId: uuidv7(), orderId, carrier: 'dhl', trackingNumber: 'JD1', imported: false })
const log = async () => (await shop.request('GET', '/api/notifications', { as: shop.staff })).body.items
const stateOf = async () =>
  (await shop.db.sql<{ state: string; reason: string | null }[]>`select state, reason from messages order by created_at, id`).map(
    ({ state, reason }) => [state, reason],
  )

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

it('the sending of a mail is found in the trace of what caused it', async () => {
  const story = { traceId: 'a'.repeat(32), correlationId: 'the-story' }
  const event = UserRegistered({ userId: shop.person(), locale: 'en' })
  await withContext(story, () => shop.deliver(event))
  await shop.send()
  const sent = (await shop.events('NotificationSent.v1')).at(-1)
  expect(sent).toMatchObject({ traceid: story.traceId, correlationid: 'the-story', causationid: event.id })
})

describe('an account', () => {
  it('is welcomed, verified and given a new password; links are only in the mail', async () => {
    const userId = shop.person()
    const [verify, reset, used] = [uuidv7(), uuidv7(), uuidv7()]
    for (const requestId of [verify, reset])
      shop.links.set(requestId, { token: `token-${requestId}`, expiresAt: '2026-05-03T10:00:00.000Z' })
    await shop.deliver(UserRegistered({ userId, locale: 'en' }))
    await shop.deliver(EmailVerificationRequested({ userId, requestId: verify, locale: 'en' }))
    await shop.deliver(PasswordResetRequested({ userId, requestId: reset, locale: 'en' }))
    await shop.deliver(PasswordResetRequested({ userId, requestId: used, locale: 'en' }))
    await shop.send()
    expect(shop.mails.map(({ subject }) => subject).sort()).toEqual([
      'Choose a new password',
      'Please confirm your e-mail address',
      'Welcome!',
    ])
    expect(shop.mails.find(({ subject }) => subject.startsWith('Please'))!.text).toContain(
      `http://shop.test/verify-email?token=token-${verify}`,
    )
    expect(JSON.stringify(await shop.db.sql`select * from messages`)).not.toContain('token-')
    expect(await stateOf()).toContainEqual(['suppressed', 'link-expired'])
  })

  it('whose profile is written a moment later still gets its mail', async () => {
    const userId = uuidv7()
    await shop.deliver(UserRegistered({ userId, locale: 'en' }))
    await shop.send()
    expect(await stateOf()).toEqual([['queued', 'notifications/not-yet']])
    shop.people.set(userId, { email: 'late@example.com', fullName: 'Late', locale: 'en', phone: null, marketing: false })
    await shop.makeDue()
    await shop.send()
    expect(shop.mails).toMatchObject([{ to: 'late@example.com' }])
  })

  it('that nobody knows is given up quietly', async () => {
    await shop.deliver(UserRegistered({ userId: uuidv7(), locale: 'en' }))
    for (let attempt = 0; attempt < 5; attempt += 1) {
      await shop.makeDue()
      await shop.send()
    }
    expect(await stateOf()).toEqual([['suppressed', 'unknown-recipient']])
  })

  it('gets advertising only with consent, with a way out that works without signing in', async () => {
    const [no, yes] = [shop.person(), shop.person({ marketing: true, email: 'Yes@example.com' })]
    const abandoned = (userId: string | null) => CartAbandoned({ cartId: uuidv7(), channel: 'web', userId, lines: 2 })
    for (const userId of [no, yes, null]) await shop.deliver(abandoned(userId))
    await shop.send()
    expect(shop.mails).toMatchObject([{ to: 'Yes@example.com', subject: 'Your basket is waiting' }])
    const { text, unsubscribeUrl } = shop.mails[0]!
    expect(text).toMatch(/http:\/\/shop\.test\/unsubscribe\?token=[\w-]+/)
    const url = unsubscribeUrl!.replace('http://shop.test', '')
    expect((await shop.request('GET', url)).raw.toString()).toContain('<button>')
    expect(await shop.db.sql`select 1 from suppressions`).toHaveLength(0)
    expect(
      (
        await shop.request('POST', url, {
          raw: Buffer.from('List-Unsubscribe=One-Click'),
          headers: { 'content-type': 'application/x-www-form-urlencoded' },
        })
      ).status,
    ).toBe(200)
    expect((await shop.request('POST', `${url.slice(0, -3)}xyz`)).status).toBe(404)
    shop.mails.length = 0
    await shop.deliver(abandoned(yes))
    await shop.deliver(UserRegistered({ userId: yes, locale: 'en' }))
    await shop.send()
    expect(shop.mails).toMatchObject([{ subject: 'Welcome!' }])
  })

  it('that was erased is not written to, and forgotten', async () => {
    const userId = shop.person()
    await shop.deliver(created(shop.order({ customerId: userId })))
    await shop.send()
    await shop.deliver(UserRegistered({ userId, locale: 'en' }))
    await shop.deliver(UserDeleted({ userId }))
    await shop.makeDue()
    await shop.send()
    expect(shop.mails).toHaveLength(1)
    expect(await shop.db.sql`select address, state, data from messages order by created_at`).toEqual([
      { address: null, state: 'sent', data: {} },
      { address: null, state: 'suppressed', data: {} },
    ])
  })
})

it('tells operations of low stock by mail and SMS', async () => {
  await shop.deliver(LowStockAlert({ sku: 'mug', available: 2, threshold: 5 }))
  await shop.send()
  expect(shop.mails).toMatchObject([{ to: 'ops@example.com', subject: '⚠ Low Stock Alert' }])
  expect(await shop.db.sql`select channel, recipient, body from mailbox`).toMatchObject([
    { channel: 'sms', recipient: '+4930123456', body: '⚠ Low Stock Alert: mug: 2 left.' },
  ])
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

describe('receipts', () => {
  const receipt = (body: object, secret = receiptsSecret) => {
    const raw = Buffer.from(JSON.stringify(body))
    return shop.request('POST', '/api/notifications/receipts', {
      raw,
      headers: { 'content-type': 'application/json', ...signWebhook([secret], uuidv7(), raw, new Date()) },
    })
  }

  it('of an address that does not exist keep us from writing to it again, until staff lift that', async () => {
    const userId = shop.person({ email: 'Gone@Example.com' })
    await shop.deliver(UserRegistered({ userId, locale: 'en' }))
    await shop.send()
    expect((await receipt({ messageId: shop.mails[0]!.id, outcome: 'bounced' })).status).toBe(204)
    expect((await receipt({ messageId: shop.mails[0]!.id, outcome: 'delivered' })).status).toBe(204)
    expect(await log()).toMatchObject([{ state: 'sent', receipt: 'bounced' }])
    const again = async () => {
      await shop.deliver(created(shop.order({ email: 'gone@example.com' })))
      await shop.send()
    }
    await again()
    expect(shop.mails).toHaveLength(1)
    expect(await stateOf()).toContainEqual(['suppressed', 'bounced'])
    expect(
      (
        await shop.request('POST', '/api/notifications/suppressions/lift', {
          as: shop.staff,
          body: { address: 'GONE@example.com' },
        })
      ).status,
    ).toBe(204)
    await again()
    expect(shop.mails).toHaveLength(2)
  })

  it('must be signed, and make sense', async () => {
    expect((await receipt({ messageId: uuidv7(), outcome: 'bounced' }, Buffer.from('another secret'))).status).toBe(401)
    expect((await receipt({ messageId: uuidv7(), outcome: 'exploded' })).status).toBe(400)
    expect((await receipt({ messageId: 'x', outcome: 'bounced' })).status).toBe(400)
    expect((await receipt({ messageId: uuidv7(), outcome: 'bounced' })).status).toBe(204)
  })
})

describe('staff', () => {
  const send = (body: object) => shop.request('POST', '/api/notifications/send', { as: shop.staff, body })

  it('send words of their own, templates about orders, and SMS', async () => {
    const userId = shop.person({ phone: '+4915112345678' })
    const { orderId } = shop.order({ email: 'guest@example.com' })
    expect((await send({ userId, subject: 'About your question', text: 'Yes.\n\nKind regards' })).status).toBe(202)
    expect((await send({ orderId, template: 'order-shipped' })).status).toBe(202)
    expect((await send({ userId, channel: 'sms', subject: 'Code', text: 'Your code is ready.' })).status).toBe(202)
    expect((await send({ address: 'somebody@example.com', subject: 'Hello', text: 'There' })).status).toBe(202)
    await shop.send()
    expect(shop.mails.map(({ subject }) => subject).sort()).toEqual(['About your question', 'Hello', 'Order Shipped 🚚'])
    const [sms] = await shop.db.sql`select recipient, body from mailbox where recipient like '+49151%'`
    expect(sms).toMatchObject({ recipient: '+4915112345678', body: 'Your code is ready.' })
  })

  it.each([
    [{ subject: 'x', text: 'y' }, 400],
    [{ userId: uuidv7(), address: 'a@b.de', subject: 'x', text: 'y' }, 400],
    [{ userId: uuidv7() }, 400],
    [{ userId: uuidv7(), template: 'welcome', subject: 'x', text: 'y' }, 400],
    [{ userId: uuidv7(), template: 'payment-received' }, 422],
    [{ userId: uuidv7(), template: 'order-placed' }, 422],
    [{ userId: uuidv7(), template: 'nonsense' }, 404],
    [{ address: 'a@b.de', subject: 'x\r\nBcc: all@example.com', text: 'y' }, 400],
    [{ address: 'a@b.de,c@d.de', subject: 'x', text: 'y' }, 400],
  ])('cannot send %j', async (body, status) => {
    expect((await send(body)).status).toBe(status)
  })

  it('see the log, filter it, count it, and send again', async () => {
    const userId = shop.person()
    await shop.deliver(UserRegistered({ userId, locale: 'en' }))
    const [queued] = await log()
    expect((await shop.request('POST', `/api/notifications/${queued.id}/resend`, { as: shop.staff })).status).toBe(409)
    await shop.send()
    const again = await shop.request('POST', `/api/notifications/${queued.id}/resend`, { as: shop.staff })
    expect(again.body).toMatchObject({ state: 'queued', resendOf: queued.id, template: 'welcome' })
    await shop.send()
    expect(shop.mails).toHaveLength(2)
    expect(
      (await shop.request('GET', `/api/notifications?userId=${userId}&state=sent&limit=1`, { as: shop.staff })).body,
    ).toMatchObject({ items: [{ userId }], next: expect.any(String) })
    expect((await shop.request('GET', `/api/notifications?orderId=${uuidv7()}`, { as: shop.staff })).body.items).toEqual([])
    expect((await shop.request('GET', '/api/notifications/stats', { as: shop.staff })).body).toMatchObject({
      sent: 2,
      failed: 0,
      templates: [{ template: 'welcome', sent: 2 }],
    })
    expect((await shop.request('GET', '/api/notifications', { as: testUser(uuidv7()) })).status).toBe(403)
    expect(
      (await shop.request('POST', '/api/notifications/send', { as: testUser(uuidv7(), ['notifications:read']), body: {} }))
        .status,
    ).toBe(403)
  })

  it('look at templates and put their own words into them', async () => {
    const preview = async (query: string) =>
      (await shop.request('GET', `/api/notifications/templates/welcome/preview?${query}`)).raw.toString()
    expect(await preview('locale=de')).toContain('Willkommen bei Souk')
    expect(await preview('format=text')).toMatch(/^Welcome!\n\nWelcome to Souk\n====/)
    const words = (body: object) =>
      shop.request('PUT', '/api/notifications/templates/welcome/overrides/en', { as: shop.staff, body })
    expect((await words({ subject: 'Ahoy {{name}}', body: 'Nice, {{nonsense}}' })).body.errors).toEqual([
      { pointer: '/body', message: 'has {{nonsense}}, which this template does not know' },
    ])
    expect((await words({ subject: 'Ahoy {{name}}', body: 'Good to see you.' })).status).toBe(200)
    await shop.deliver(UserRegistered({ userId: shop.person(), locale: 'en' }))
    await shop.send()
    expect(shop.mails).toMatchObject([{ subject: 'Ahoy Ada Lovelace' }])
    expect((await shop.request('DELETE', '/api/notifications/templates/welcome/overrides/en', { as: shop.staff })).status).toBe(
      204,
    )
    expect((await shop.request('GET', '/api/notifications/templates', {})).body.templates.length).toBeGreaterThan(15)
  })
})

describe('a review', () => {
  const told = (authorId: string) => ({ reviewId: uuidv7(), productId: uuidv7(), authorId, stars: 4, verified: true })
  const kept = (authorId: string, more: object = {}) => ({
    authorId, productTitle: 'Mug <blue>', productSlug: 'mug-blue', channel: 'web', locale: 'en', stars: 4, title: '', text: 'Fine.',
    rejection: null, reply: null, ...more,
  }) // biome-ignore format: facts in rows

  it('that staff refuse is told to its author with the reason, in their language', async () => {
    const ada = shop.person({ locale: 'de' })
    const review = told(ada)
    shop.reviews.set(review.reviewId, kept(ada, { rejection: { reason: 'advertising', note: 'Bitte ohne Adresse.' } }))
    await shop.deliver(ReviewRejected({ ...review, reason: 'advertising' }))
    await shop.send()
    expect(shop.mails).toHaveLength(1)
    expect(shop.mails[0]!.subject).toBe('Zu Ihrer Bewertung')
    expect(shop.mails[0]!.text).toContain('Bitte ohne Adresse.')
    expect(shop.mails[0]!.text).toContain('/p/mug-blue/review')
    expect(shop.mails[0]!.html).not.toContain('<blue>')
  })

  it('that is shown or answered is told too, and one that is gone is not', async () => {
    const ada = shop.person()
    const review = told(ada)
    shop.reviews.set(review.reviewId, kept(ada, { reply: { text: 'Thank you!', name: 'Souk' } }))
    await shop.deliver(ReviewPublished(review))
    await shop.deliver(ReviewReplied({ ...review, by: 'shop' }))
    await shop.deliver(ReviewPublished(told(ada)))
    await shop.send()
    expect(shop.mails.map(({ subject }) => subject).sort()).toEqual(['An answer to your review', 'Your review is online'])
    expect(await stateOf()).toContainEqual(['suppressed', 'unknown-review'])
  })
})
