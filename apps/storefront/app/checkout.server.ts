import type { Client } from '../../../packages/client/src/client.ts'
import type { Answer } from '../../../packages/client/src/client.ts'
import { SoukError } from '../../../packages/client/src/errors.ts'
import { type Cart, isBusy } from './api.server.ts'
import type { LaterWords } from './i18n/en-later.ts'

export type Quote = Answer<'POST /api/orders/quote'>
export type ShippingOption = Answer<'GET /api/delivery/options'>['options'][number]

/** What the form holds; the names are those of the API's address. */
export interface Details {
  readonly email: string
  readonly name: string
  readonly company: string
  readonly line1: string
  readonly line2: string
  readonly postalCode: string
  readonly city: string
  readonly region: string
  readonly country: string
  readonly phone: string
  readonly shippingOptionId: string
  readonly giftCard: string
  readonly paymentMethodId: string
}

const FIELDS: readonly (keyof Details)[] = [
  'email', 'name', 'company', 'line1', 'line2', 'postalCode', 'city', 'region', 'country', 'phone', 'shippingOptionId', 'giftCard', 'paymentMethodId',
] // biome-ignore format: one list

export function detailsOf(form: FormData): Details {
  const text = (name: string) =>
    String(form.get(name) ?? '')
      .trim()
      .slice(0, 300)
  return Object.fromEntries(FIELDS.map((name) => [name, text(name)])) as unknown as Details
}

export interface Offer {
  readonly options: readonly ShippingOption[]
  readonly chosen: string | undefined
  readonly quote: Quote | undefined
}

/** Ways to send the cart to a country, and what it costs with the chosen one, or the cheapest. */
export async function offerFor(api: Client, cart: Cart, country: string, wished: string, email: string): Promise<Offer> {
  const currency = cart.subtotal?.currency ?? cart.total?.currency ?? 'EUR'
  const { options } = await api.call('GET /api/delivery/options', {
    query: { country, currency, ...(cart.subtotal ? { subtotal: cart.subtotal.amount } : {}) },
  })
  const chosen = (options.find(({ id }) => id === wished) ?? options[0])?.id
  if (!chosen || !cart.id) return { options, chosen, quote: undefined }
  const quote = await api.call('POST /api/orders/quote', {
    body: {
      cartId: cart.id,
      country,
      shippingOptionId: chosen,
      couponCodes: cart.coupons.map(({ code }) => code),
      ...(email ? { email } : {}),
    },
  })
  return { options, chosen, quote }
}

export type Placed = Answer<'POST /api/orders'>

/** What the form says is bought: that of the moment it was shown, so that the same form sent twice asks for the same. */
export interface Purchase {
  readonly key: string
  readonly cartId: string
  readonly couponCodes: readonly string[]
  readonly total: number
  readonly currency: string
}

export function purchaseOf(form: FormData): Purchase {
  const text = (name: string) => String(form.get(name) ?? '').slice(0, 100)
  return {
    key: text('key'),
    cartId: text('cart'),
    couponCodes: form.getAll('coupon').map((code) => String(code).slice(0, 100)),
    total: Math.trunc(Number(form.get('total'))) || 0,
    currency: text('currency'),
  }
}

/** The address of the form; what was left empty is no part of it. */
export function addressOf({ name, line1, city, postalCode, country, company, line2, region, phone }: Details) {
  const optional = Object.fromEntries(Object.entries({ company, line2, region, phone }).filter(([, value]) => value !== ''))
  return { name, line1, city, postalCode, country, ...optional }
}

/** The same form was sent a moment before, and the shop still works on it. */
export const inFlight = (error: unknown): boolean => error instanceof SoukError && error.code === 'http/idempotency-in-flight'

/** How long the second of two presses waits for the answer to the first, ms. */
const PATIENCE_MS = 15_000

/**
 * Sent twice, it is the same order and one payment: the key belongs to the form as it was shown. The second of two presses waits for the first, which
 * empties the cart: who did not wait would find an empty cart and hear nothing of the order.
 */
export async function placeOrder(
  api: Client,
  { purchase, details, member }: { purchase: Purchase; details: Details; member: boolean },
): Promise<Placed> {
  const { key, cartId, couponCodes, total, currency } = purchase
  const body = {
    cartId,
    ...(member ? {} : { email: details.email }),
    shippingAddress: addressOf(details),
    shippingOptionId: details.shippingOptionId,
    paymentMethodId: details.paymentMethodId,
    couponCodes: [...couponCodes],
    ...(details.giftCard ? { giftCardCodes: [details.giftCard] } : {}),
    expectedTotal: { amount: total, currency },
  }
  const waited = AbortSignal.timeout(PATIENCE_MS)
  for (;;) {
    try {
      return await api.call('POST /api/orders', { body }, { idempotencyKey: key, timeoutMs: PATIENCE_MS })
    } catch (error) {
      // the client has paused a second, as it was told to, and asked again
      if (!inFlight(error) || waited.aborted) throw error
    }
  }
}

/** Which fields a refusal is about, and the sentence on top. */
export function explain(error: SoukError, words: LaterWords): { message: string; fields: Readonly<Record<string, string>> } {
  const fields = Object.fromEntries(
    (error.problem.errors ?? []).map(({ pointer, message }) => [pointer.split('/').at(-1) ?? pointer, message]),
  )
  const { checkout } = words
  const known: Readonly<Record<string, string>> = {
    'orders/price-changed': checkout.priceChanged,
    'orders/payment-declined': checkout.declined,
    'orders/out-of-stock': checkout.outOfStock,
  }
  if (known[error.code]) return { message: known[error.code] as string, fields }
  if (isBusy(error.status)) return { message: checkout.busy, fields }
  return { message: Object.keys(fields).length > 0 ? checkout.check : error.message, fields }
}
