import Type, { type Static } from 'typebox'
import { Nullable, Quantity, Sku } from '#contracts/values.ts'
import { Currency, MinorUnits, toJsonAmount } from '#kit/core/money.ts'
import { closed } from '#kit/messaging/event.ts'
import { addressOf } from '../basket.ts'
import type { OrdersDeps } from '../deps.ts'
import type { DraftView } from '../draft.ts'
import { priceDraft } from '../draft-pricing.ts'

/** What the draft would cost if it were placed now; minor units of `currency`. */
export const DraftQuote = closed({
  currency: Currency,
  lines: Type.Array(
    closed({
      sku: Sku,
      title: Type.String(),
      quantity: Quantity,
      /** what the goods cost without staff's price */
      catalogueUnitPrice: MinorUnits,
      unitPrice: MinorUnits,
      subtotal: MinorUnits,
      discount: MinorUnits,
      tax: MinorUnits,
      total: MinorUnits,
    }),
  ),
  subtotal: MinorUnits,
  discount: MinorUnits,
  /** null: there is no address yet */
  shipping: Nullable(MinorUnits),
  shippingOptionId: Nullable(Type.String()),
  tax: MinorUnits,
  taxIncluded: Type.Boolean(),
  total: MinorUnits,
  refusedCodes: Type.Array(closed({ code: Type.String(), reason: Type.String() })),
})

/** Shipping only where there is an address; codes that do not apply are listed instead of refused. */
export async function quoteDraft(deps: OrdersDeps, draft: DraftView): Promise<Static<typeof DraftQuote>> {
  const { shippingAddress, addressId, customerId } = draft
  const known = shippingAddress !== null || customerId !== null
  const address = known
    ? await addressOf(
        deps,
        { ...(shippingAddress ? { shippingAddress } : {}), ...(addressId ? { addressId } : {}) },
        customerId,
      ).catch(() => undefined)
    : undefined
  const { priced, catalogue, quote } = await priceDraft(deps, draft, address?.country, address ? 'cheapest' : undefined)
  const { totals, refusedCodes } = quote()
  return {
    currency: totals.currency,
    lines: totals.lines.map((line) => ({
      sku: line.priced.sku,
      title: line.priced.variantTitle ? `${line.priced.title} – ${line.priced.variantTitle}` : line.priced.title,
      quantity: line.quantity,
      catalogueUnitPrice: catalogue.get(line.priced.sku)!,
      unitPrice: line.priced.unitPrice,
      subtotal: toJsonAmount(line.subtotal),
      discount: toJsonAmount(line.discount),
      tax: toJsonAmount(line.tax),
      total: toJsonAmount(line.total),
    })),
    subtotal: toJsonAmount(totals.subtotal),
    discount: toJsonAmount(totals.discount),
    shipping: priced.shipping ? toJsonAmount(totals.shipping) : null,
    shippingOptionId: priced.shipping?.id ?? null,
    tax: toJsonAmount(totals.tax),
    taxIncluded: totals.taxIncluded,
    total: toJsonAmount(totals.total),
    refusedCodes: refusedCodes.map(({ code, reason }) => ({ code, reason })),
  }
}
