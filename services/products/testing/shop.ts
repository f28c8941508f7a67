/** Builders for the tests of this service: they show only what matters. */
import { randomUUID } from 'node:crypto'
import { Create } from 'typebox/value'
import { products } from '../service.ts'
import { Settings } from '../settings.ts'
import { startService, testUser, type StartServiceOptions, type TestService } from '#kit/testing/service.ts'

// biome-ignore lint/suspicious/noExplicitAny: a test looks at whatever came back
export type Json = any

export const staff = testUser('00000000-0000-7000-8000-00000000aaaa', ['products:write', 'channels:write'], ['CATALOG'])
export const shopper = testUser('00000000-0000-7000-8000-00000000bbbb')

/** The search service of these tests finds what they tell it to, by default nothing. */
const findsNothing = { find: async () => ({ productIds: [], next: null }), related: async () => ({ productIds: [] }) }

export const startShop = (options: StartServiceOptions = {}): Promise<TestService> =>
  startService(products, {
    ...options,
    settings: { ...(Create(Settings) as Settings), ...options.settings },
    rpc: { search: findsNothing, ...options.rpc } as never,
  })

/** A product of one variant on sale for 19.95; every call another SKU. */
export function aProduct(more: Record<string, unknown> = {}): Record<string, unknown> & { variants: { sku: string }[] } {
  const sku = `SKU-${randomUUID().slice(0, 8)}`
  return {
    status: 'ACTIVE',
    texts: {
      en: { title: `Mug ${sku}`, description: 'Holds coffee.' },
      de: { title: `Becher ${sku}`, description: 'Hält Kaffee.' },
    },
    variants: [{ sku, weightGrams: 350, price: { amount: 1995, currency: 'EUR' } }],
    ...more,
  } as never
}

/** Creates it and returns what the API answered. */
export async function given(
  shop: TestService,
  product: Record<string, unknown>,
  as = staff,
): Promise<{ id: string; slug: string; version: number }> {
  const answer = await shop.request('POST', '/api/products', { body: product, as })
  if (answer.status !== 201) throw new Error(`${answer.status} ${JSON.stringify(answer.body)}`)
  return answer.body
}
