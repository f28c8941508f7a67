import type { Static } from 'typebox'
import { Create } from 'typebox/value'
import { uuidv7 } from '#kit/core/ids.ts'
import { startService, testUser } from '#kit/testing/service.ts'
import { payments } from '../service.ts'
import { Settings } from '../settings.ts'

export const staff = testUser(uuidv7(), [
  'payments:authorize',
  'payments:capture',
  'payments:refund',
  'payments:read-any',
  'payments:report',
])

type Outcome = { outcome: string; paymentId: string; url?: string }

/** The payments service with its routes; `startPayments` (bench.ts) is without. */
export async function openShop(settings: Partial<Static<typeof Settings>> = {}) {
  const shop = await startService(payments, {
    settings: { ...Create(Settings), simulatedMessageDelayMs: 0, recheckAfterMs: 0, ...settings },
  })
  return {
    ...shop,
    pay: (token: string, orderId: string = uuidv7(), customerId: string | null = null, capture = true) =>
      shop.call<Outcome>('authorize', {
        orderId,
        attempt: 1,
        amount: { amount: 1000, currency: 'EUR' },
        paymentMethodId: token,
        capture,
        customerId,
      }),
    eventTypes: async (orderId: string) =>
      (await shop.events()).filter(({ subject }) => subject === orderId).map(({ type }) => type),
  }
}
export type TestShop = Awaited<ReturnType<typeof openShop>>
