import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { LowStockAlert } from '#contracts/events/inventory.ts'
import { UserRegistered } from '#contracts/events/users.ts'
import { uuidv7 } from '#kit/core/ids.ts'
import { testUser } from '#kit/testing/service.ts'
import { messagesIn, type Notifications, reachable, startNotifications } from './notifications.fixture.ts'

let shop: Notifications
beforeAll(async () => {
  shop = await startNotifications({ settings: reachable })
})
afterAll(() => shop.close())
beforeEach(() => shop.forgetMessages())

const { log } = messagesIn(() => shop)

it('tells operations of low stock by mail and SMS', async () => {
  await shop.deliver(LowStockAlert({ sku: 'mug', available: 2, threshold: 5 }))
  await shop.send()
  expect(shop.mails).toMatchObject([{ to: 'ops@example.com', subject: '⚠ Low Stock Alert' }])
  expect(await shop.db.sql`select channel, recipient, body from mailbox`).toMatchObject([
    { channel: 'sms', recipient: '+4930123456', body: '⚠ Low Stock Alert: mug: 2 left.' },
  ])
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
