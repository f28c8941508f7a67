import { afterEach, describe, expect, it } from 'vitest'
import { CartAbandoned } from '#contracts/events/cart.ts'
import { PasswordResetRequested, UserRegistered } from '#contracts/events/users.ts'
import { uuidv7 } from '#kit/core/ids.ts'
import { mailErrors } from '#kit/mail/errors.ts'
import { createMailboxMail } from '#kit/mail/mailbox.ts'
import { createSmtpMail } from '#kit/mail/smtp.ts'
import { pauseAfter } from './commands/finish-message.ts'
import { fussyMail, startNotifications } from './notifications.fixture.ts'

let shop: Awaited<ReturnType<typeof startNotifications>>
afterEach(() => shop.close())

const register = (userId = shop.person()) => shop.deliver(UserRegistered({ userId, locale: 'en' }))
const rows = () => shop.db.sql<{ id: string; state: string; reason: string | null; attempts: number; wait: number }[]>`
  select id, state, reason, attempts, extract(epoch from next_at - now())::float8 as wait from messages order by created_at, id`

describe('a mail server that is not well', () => {
  it('is asked again, later and later, until it takes the mail', async () => {
    const mail = fussyMail((count) => (count <= 2 ? mailErrors.unavailable() : undefined))
    shop = await startNotifications({ mail })
    await register()
    await shop.send()
    expect(await rows()).toMatchObject([{ state: 'queued', reason: 'mail/unavailable', attempts: 1 }])
    expect((await rows())[0]!.wait).toBeGreaterThan(0.5)
    await shop.send()
    expect((await rows())[0]!.attempts).toBe(1)
    await shop.makeDue()
    await shop.send()
    await shop.makeDue()
    await shop.send()
    expect(await rows()).toMatchObject([{ state: 'sent', reason: null, attempts: 3 }])
    expect(mail.sent).toHaveLength(1)
    expect([1, 2, 3, 4, 20].map(pauseAfter)).toEqual([1, 2, 4, 8, 900])
  })

  it('is given up some day, and that is told', async () => {
    shop = await startNotifications({
      mail: createSmtpMail({ url: 'smtp://127.0.0.1:1', from: 'shop@example.com', timeoutMs: 200 }),
      settings: { maxAttempts: 3 },
    })
    await register()
    for (let attempt = 0; attempt < 4; attempt += 1) {
      await shop.makeDue()
      await shop.send()
    }
    expect(await rows()).toMatchObject([{ state: 'failed', reason: 'mail/unavailable', attempts: 3 }])
    expect(await shop.events('NotificationFailed.v1')).toMatchObject([
      { data: { template: 'welcome', reason: 'mail/unavailable' } },
    ])
  })

  it('that refuses one mail for good is not asked again, and others go their way', async () => {
    shop = await startNotifications({
      mail: fussyMail((count) => (count === 1 ? mailErrors.refused() : undefined)),
      settings: { concurrency: 1 },
    })
    await register()
    await register()
    await shop.send()
    expect((await rows()).map(({ state }) => state)).toEqual(['failed', 'sent'])
  })
})

describe('a sender that dies', () => {
  it('before the mail left: another one sends it when the lease is over, not before', async () => {
    const mail = fussyMail(() => undefined)
    shop = await startNotifications({ mail })
    await register()
    await shop.db.sql`update messages set attempts = 1, leased_until = now() + interval '90 seconds'`
    await shop.send()
    expect(mail.sent).toEqual([])
    await shop.makeDue()
    await shop.send()
    expect(mail.sent).toHaveLength(1)
  })

  it('after the mail left and before it was noted: it leaves again under the same Message-ID', async () => {
    const mail = fussyMail(() => undefined)
    shop = await startNotifications({ mail })
    await register()
    await shop.send()
    await shop.db.sql`update messages set state = 'queued', finished_at = null, next_at = now()`
    await shop.send()
    expect(mail.sent).toHaveLength(2)
    expect(new Set(mail.sent).size).toBe(1)
  })

  it('and comes back too late changes nothing any more', async () => {
    const mail = fussyMail(() => undefined)
    shop = await startNotifications({
      mail: {
        ...mail,
        // while this one still talks to the server, its lease ends and another one takes the message
        async send(letter) {
          await mail.send(letter)
          await shop.db.sql`update messages set attempts = attempts + 1, leased_until = now() + interval '90 seconds'`
        },
      },
    })
    await register()
    await shop.send()
    expect(await rows()).toMatchObject([{ state: 'queued', attempts: 2 }])
    expect(await shop.events('NotificationSent.v1')).toEqual([])
  })
})

it('several senders at once send every message once', async () => {
  const mail = fussyMail(() => undefined)
  shop = await startNotifications({ mail })
  for (let count = 0; count < 40; count += 1) await register()
  await Promise.all([shop.send(), shop.send(), shop.send()])
  expect(mail.sent).toHaveLength(40)
  expect(new Set(mail.sent).size).toBe(40)
})

it('the link to a new password overtakes mails that have waited for long', async () => {
  const mail = fussyMail(() => undefined)
  shop = await startNotifications({ mail })
  for (let count = 0; count < 20; count += 1) await register()
  await shop.db.sql`update messages set next_at = now() - interval '1 hour'`
  const requestId = uuidv7()
  shop.links.set(requestId, { token: 'token', expiresAt: new Date(Date.now() + 600_000).toISOString() })
  await shop.deliver(PasswordResetRequested({ userId: shop.person(), locale: 'en', requestId }))
  await shop.send()
  expect(mail.sent).toHaveLength(21)
  const [reset] = await shop.db.sql<{ id: string }[]>`select id from messages where template = 'password-reset'`
  // ten of them are sent at once, the others when there is time
  expect(mail.sent.slice(0, 10)).toContain(reset!.id)
})

describe('the mailbox', () => {
  it('shows messages that stayed at home', async () => {
    shop = await startNotifications({ mail: createMailboxMail() })
    await register(shop.person({ email: 'Ada@example.com' }))
    await shop.send()
    const { body } = await shop.request('GET', '/api/mailbox?to=ada@example.com&limit=5')
    expect(body.items).toMatchObject([{ to: 'Ada@example.com', subject: 'Welcome!', channel: 'email' }])
    expect((await shop.request('GET', `/api/mailbox/${body.items[0].id}`)).body.text).toContain('Hello Ada Lovelace')
    const page = await shop.request('GET', `/api/mailbox/${body.items[0].id}/html`)
    expect([page.headers['content-type'], page.raw.toString().slice(0, 15)]).toEqual([
      'text/html; charset=utf-8',
      '<!doctype html>',
    ])
    expect((await shop.request('GET', '/api/mailbox?to=eve@example.com')).body.items).toEqual([])
  })

  it('is not there in production, and previews are for staff', async () => {
    shop = await startNotifications({ mail: createMailboxMail(), environment: 'production' })
    expect((await shop.request('GET', '/api/mailbox', { as: shop.staff })).status).toBe(404)
    expect((await shop.request('GET', '/api/notifications/templates')).status).toBe(401)
    expect((await shop.request('GET', '/api/notifications/templates', { as: shop.staff })).status).toBe(200)
  })

  it('in production an SMS without a provider is not sent, and the log says so', async () => {
    shop = await startNotifications({ environment: 'production' })
    await shop.request('POST', '/api/notifications/send', {
      as: shop.staff,
      body: { channel: 'sms', address: '+4930123456', subject: 'x', text: 'y' },
    })
    await shop.send()
    expect(await rows()).toMatchObject([{ state: 'suppressed', reason: 'no-channel' }])
  })
})

describe('somebody who wanted no more advertising', () => {
  it('gets it again after consenting once more, until unsubscribing once more', async () => {
    shop = await startNotifications()
    const userId = shop.person({ marketing: true, marketingSince: '2026-01-01T00:00:00.000Z' })
    const sent = async () => {
      shop.mails.length = 0
      await shop.deliver(CartAbandoned({ cartId: uuidv7(), channel: 'web', userId, lines: 2 }))
      await shop.send()
      return shop.mails.map(({ unsubscribeUrl }) => unsubscribeUrl!.replace('http://shop.test', ''))
    }
    const [way] = await sent()
    const leave = () => shop.request('POST', way!)
    await leave()
    expect(await sent()).toEqual([])
    const [clock] = await shop.db.sql<{ now: Date }[]>`select clock_timestamp() as now`
    shop.people.get(userId)!.marketingSince = clock!.now.toISOString()
    await shop.db.sql`update suppressions set created_at = created_at - interval '1 second'`
    expect(await sent()).toEqual([way])
    await leave()
    expect(await sent()).toEqual([])
    // who called it spam is left alone, whatever the account says
    await shop.db.sql`update suppressions set reason = 'complained', created_at = created_at - interval '1 day'`
    expect(await sent()).toEqual([])
  })
})
