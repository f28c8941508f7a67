import { summed } from './basket.ts'
import { distinctCodes } from './codes.ts'
import type { OrdersDeps } from './deps.ts'
import { type DraftView, splitDiscount } from './draft.ts'
import { draftErrors } from './draft-errors.ts'
import { errors } from './errors.ts'
import { LARGEST_SUBTOTAL, priceBasket, type PricedBasket, type Quoted, quoteOf } from './pricing.ts'
import { totalsOf } from './quote.ts'

/** A draft as placing and quoting see it: goods at the prices staff set, everything else as for any order. */
export interface PricedDraft {
  readonly priced: PricedBasket
  /** unit prices of the catalogue (minor units), by SKU */
  readonly catalogue: ReadonlyMap<string, number>
  /** without promotions that turned out to be used up */
  quote(without?: ReadonlySet<string>): Quoted
}

/**
 * Asks what the goods of a draft cost now. Throws errors.emptyOrder, errors.notOnSale, errors.noSuchShippingOption,
 * draftErrors.wrongCurrency, draftErrors.giftCardPrice.
 */
export async function priceDraft(
  deps: OrdersDeps,
  draft: DraftView,
  country: string | undefined,
  shipping: 'cheapest' | undefined,
): Promise<PricedDraft> {
  if (draft.lines.length === 0) throw errors.emptyOrder({}, { fields: [{ pointer: '/lines', message: 'add a line first' }] })
  const basket = await priceBasket(deps, {
    channel: draft.channel,
    locale: draft.locale,
    country,
    shopper: { customerId: draft.customerId, email: draft.email },
    lines: summed(draft.lines),
    shipping: draft.shippingOptionId === null ? shipping : { optionId: draft.shippingOptionId },
    couponCodes: distinctCodes(draft.couponCodes),
  })
  const catalogue = new Map(basket.lines.map(({ priced }) => [priced.sku, priced.unitPrice]))
  const lines = basket.lines.map(({ priced, quantity }) => {
    const index = draft.lines.findIndex(({ sku }) => sku === priced.sku)
    const override = draft.lines[index]?.override
    if (!override) return { priced, quantity }
    const field = { pointer: `/lines/${index}/override/unitPrice`, message: `must be in ${basket.currency}` }
    if (override.unitPrice.currency !== basket.currency) throw draftErrors.wrongCurrency({}, { fields: [field] })
    if (priced.giftCard) throw draftErrors.giftCardPrice({ sku: priced.sku })
    return { priced: { ...priced, unitPrice: override.unitPrice.amount }, quantity }
  })
  const subtotal = lines.reduce((sum, { priced, quantity }) => sum + BigInt(priced.unitPrice) * BigInt(quantity), 0n)
  if (subtotal > LARGEST_SUBTOTAL) throw errors.tooMuch()
  const priced = { ...basket, lines }
  return { priced, catalogue, quote: (without) => discounted(draft, priced, quoteOf(priced, without)) }
}

/** Staff's discount comes after all promotions and is never on gift cards. Throws draftErrors.discountTooLarge, draftErrors.wrongCurrency. */
function discounted({ discount }: DraftView, basket: PricedBasket, quoted: Quoted): Quoted {
  if (!discount) return quoted
  const { totals } = quoted
  if (discount.kind === 'fixed' && discount.amount.currency !== totals.currency)
    throw draftErrors.wrongCurrency({}, { fields: [{ pointer: '/discount/amount', message: `must be in ${totals.currency}` }] })
  const left = totals.lines.map((line) => (line.priced.giftCard ? 0n : line.subtotal - line.discount))
  const parts = splitDiscount(discount, left, totals.currency)
  if (!parts)
    throw draftErrors.discountTooLarge({}, { fields: [{ pointer: '/discount', message: 'is more than the goods cost' }] })
  return {
    ...quoted,
    totals: totalsOf({
      currency: totals.currency,
      pricesIncludeTax: totals.taxIncluded,
      lines: basket.lines,
      discounts: totals.lines.map((line, index) => line.discount + parts[index]!),
      shipping: totals.shipping,
    }),
  }
}
