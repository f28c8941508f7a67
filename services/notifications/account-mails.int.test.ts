import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { CartAbandoned } from '#contracts/events/cart.ts'
import { ReviewPublished, ReviewRejected, ReviewReplied } from '#contracts/events/reviews.ts'
import { EmailVerificationRequested, PasswordResetRequested, UserDeleted, UserRegistered } from '#contracts/events/users.ts'
import { withContext } from '#kit/core/context.ts'
import { uuidv7 } from '#kit/core/ids.ts'
import { created, messagesIn, type Notifications, reachable, startNotifications } from './notifications.fixture.ts'

let shop: Notifications
beforeAll(async () => {
  shop = await startNotifications({ settings: reachable })
})
afterAll(() => shop.close())
beforeEach(() => shop.forgetMessages())

const { stateOf } = messagesIn(() => shop)

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
