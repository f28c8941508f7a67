import type { Static } from 'typebox'
import type { ordersRpc } from '#contracts/rpc/orders.ts'
import { toJsonAmount } from '#kit/core/money.ts'
import { summed } from '../basket.ts'
import { distinctCodes, normalisedCode } from '../codes.ts'
import type { OrdersDeps } from '../deps.ts'
import { priceBasket, quoteOf } from '../pricing.ts'

type Input = Static<typeof ordersRpc.methods.quote.input>
type Output = Static<typeof ordersRpc.methods.quote.output>

/**
 * What a basket would cost, promotions and tax included; nothing is taken or counted. Shipping only where an option and a country
 * were chosen. Every code comes back once, applied or with the reason why not.
 */
export async function quoteBasket(deps: OrdersDeps, input: Input & { readonly email?: string }): Promise<Output> {
  const basket = await priceBasket(deps, {
    channel: input.channel,
    locale: input.locale,
    country: input.country,
    shopper: { customerId: input.userId, email: input.email ?? null },
    lines: summed(input.lines),
    shipping: input.shippingOptionId === undefined ? undefined : { optionId: input.shippingOptionId },
    couponCodes: distinctCodes(input.couponCodes),
  })
  const { totals, promoted, refusedCodes } = quoteOf(basket)
  const given = new Map<string, string>()
  for (const code of input.couponCodes) if (!given.has(normalisedCode(code))) given.set(normalisedCode(code), code)
  return {
    currency: totals.currency,
    lines: totals.lines.map((line) => ({
      sku: line.priced.sku,
      quantity: line.quantity,
      title: line.priced.title,
      unitPrice: line.priced.unitPrice,
      subtotal: toJsonAmount(line.subtotal),
      discount: toJsonAmount(line.discount),
      tax: toJsonAmount(line.tax),
      total: toJsonAmount(line.total),
    })),
    subtotal: toJsonAmount(totals.subtotal),
    discount: toJsonAmount(totals.discount),
    shipping: toJsonAmount(totals.shipping),
    tax: toJsonAmount(totals.tax),
    taxIncluded: totals.taxIncluded,
    total: toJsonAmount(totals.total),
    // in the shopper's order and spelling
    coupons: [...given].map(([code, typed]) => {
      const applied = promoted.applied.find(({ offer }) => offer.coupon?.code === code)
      const refused = refusedCodes.find((refusal) => refusal.code === code)
      return {
        code: typed,
        applied: applied !== undefined,
        discount: toJsonAmount(applied?.amount ?? 0n),
        reason: refused?.reason ?? null,
      }
    }),
  }
}
