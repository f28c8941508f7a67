import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { UserRegistered } from '#contracts/events/users.ts'
import { uuidv7 } from '#kit/core/ids.ts'
import { signWebhook } from '#kit/http/webhook-signature.ts'
import {
  created,
  messagesIn,
  type Notifications,
  reachable,
  receiptsSecret,
  startNotifications,
} from './notifications.fixture.ts'

let shop: Notifications
beforeAll(async () => {
  shop = await startNotifications({ settings: reachable })
})
afterAll(() => shop.close())
beforeEach(() => shop.forgetMessages())

const { log, stateOf } = messagesIn(() => shop)

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
