import type { PricedLine } from '#contracts/rpc/products.ts'
import type { OrdersDeps } from './deps.ts'
import { errors } from './errors.ts'
import { type Offers, offersFor, type Shopper } from './offers.ts'
import { applyPromotions, type CouponRefusal, type PromotableBasket, type Promoted } from './promotion.ts'
import { type QuoteTotals, totalsOf } from './quote.ts'

/** What has to be priced: for an order, or only to show what it would cost. */
export interface BasketQuestion {
  readonly channel: string
  readonly locale: string | undefined
  readonly country: string | undefined
  readonly shopper: Shopper
  /** one line per SKU */
  readonly lines: readonly { readonly sku: string; readonly quantity: number }[]
  /** `cheapest` where the shopper did not choose; undefined: shipping is not asked for yet */
  readonly shipping: { readonly optionId: string } | 'cheapest' | undefined
  /** normalised, each once */
  readonly couponCodes: readonly string[]
}

export interface PricedBasket extends Offers {
  readonly currency: string
  readonly pricesIncludeTax: boolean
  readonly lines: readonly { readonly priced: PricedLine; readonly quantity: number }[]
  readonly shipping: { readonly id: string; readonly price: bigint } | null
  readonly customerGroups: readonly string[]
  readonly channel: string
}

export interface Quoted {
  readonly totals: QuoteTotals
  readonly promoted: Promoted
  readonly refusedCodes: readonly { readonly code: string; readonly reason: CouponRefusal }[]
}

/** Far below what a JSON number carries, so that tax and shipping cannot push a total over it. */
export const LARGEST_SUBTOTAL = 1_000_000_000_000_000n
/** of one order: each gets a code and a mail */
const MOST_GIFT_CARDS = 100

/** Asks everybody who knows something about the price of a basket. Throws errors.notOnSale, errors.noSuchShippingOption, errors.tooMuch. */
export async function priceBasket(deps: OrdersDeps, question: BasketQuestion): Promise<PricedBasket> {
  const { channel, locale, country, shopper } = question
  const customerGroups =
    shopper.customerId === null ? [] : (await deps.users.customerGroups({ userId: shopper.customerId })).groups
  const {
    currency,
    pricesIncludeTax,
    lines: known,
    refused,
  } = await deps.products.price({
    channel,
    customerGroups,
    lines: [...question.lines],
    ...(locale === undefined ? {} : { locale }),
    ...(country === undefined ? {} : { country }),
  })
  if (refused.length > 0) throw errors.notOnSale({ refused })
  const lines = question.lines.map(({ sku, quantity }) => ({
    priced: known.find((line) => line.sku === sku) as PricedLine,
    quantity,
  }))
  const subtotal = lines.reduce((sum, { priced, quantity }) => sum + BigInt(priced.unitPrice) * BigInt(quantity), 0n)
  const giftCards = lines.reduce((sum, { priced, quantity }) => sum + (priced.giftCard ? quantity : 0), 0)
  if (subtotal > LARGEST_SUBTOTAL || giftCards > MOST_GIFT_CARDS) throw errors.tooMuch()
  const [shipping, offers] = await Promise.all([
    question.shipping === undefined ? null : shippingOf(deps, question, currency, lines, Number(subtotal)),
    offersFor(deps, shopper, question.couponCodes),
  ])
  return { ...offers, currency, pricesIncludeTax, lines, shipping, customerGroups, channel }
}

/** The totals of a priced basket. `without`: promotions that turned out to be used up. Pure but for the date of today. */
export function quoteOf(basket: PricedBasket, without: ReadonlySet<string> = new Set(), now = new Date()): Quoted {
  const promotable: PromotableBasket = {
    currency: basket.currency,
    channel: basket.channel,
    lines: basket.lines.map(({ priced, quantity }) => ({
      sku: priced.sku,
      categoryIds: priced.categoryIds,
      unitPrice: BigInt(priced.unitPrice),
      quantity,
      giftCard: priced.giftCard,
    })),
    shipping: basket.shipping?.price ?? null,
    customerGroups: basket.customerGroups,
    firstOrder: basket.firstOrder,
    now,
  }
  const promoted = applyPromotions(
    promotable,
    basket.offers.filter(({ promotion }) => !without.has(promotion.id)),
  )
  const totals = totalsOf({
    currency: basket.currency,
    pricesIncludeTax: basket.pricesIncludeTax,
    lines: basket.lines,
    discounts: promoted.discounts,
    shipping: (basket.shipping?.price ?? 0n) - promoted.shippingDiscount,
  })
  const unknown = basket.unknown.map((code) => ({ code, reason: 'unknown' as const }))
  return { totals, promoted, refusedCodes: [...unknown, ...promoted.refused] }
}

async function shippingOf(
  deps: OrdersDeps,
  { channel, country, locale, shipping }: BasketQuestion,
  currency: string,
  lines: PricedBasket['lines'],
  subtotal: number,
): Promise<{ id: string; price: bigint } | null> {
  if (!lines.some(({ priced }) => priced.requiresShipping)) return { id: 'none', price: 0n }
  if (country === undefined || shipping === undefined) return null
  const weightGrams = lines.reduce((sum, { priced, quantity }) => sum + priced.weightGrams * quantity, 0)
  const { options } = await deps.delivery.options({
    channel,
    currency,
    country,
    weightGrams,
    subtotal: { amount: subtotal, currency },
    ...(locale === undefined ? {} : { locale }),
  })
  const option = shipping === 'cheapest' ? options[0] : options.find(({ id }) => id === shipping.optionId)
  if (!option) throw errors.noSuchShippingOption({ country, offered: options.map(({ id }) => id) })
  return { id: option.id, price: BigInt(option.price.amount) }
}
