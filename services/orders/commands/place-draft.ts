import Type, { type Static } from 'typebox'
import { checkout } from '#contracts/processes/checkout.ts'
import { MoneyJson, toJsonAmount } from '#kit/core/money.ts'
import { closed } from '#kit/messaging/event.ts'
import { addressOf, summed } from '../basket.ts'
import { distinctCodes } from '../codes.ts'
import type { OrdersDeps } from '../deps.ts'
import type { DraftView } from '../draft.ts'
import { priceDraft } from '../draft-pricing.ts'
import { errors } from '../errors.ts'
import { drawFrom } from '../gift-card.ts'
import { usableCards } from '../gift-card-store.ts'
import { type NewOrder, type Placement, placementOf } from '../placement.ts'
import { type Beaten, checkOut, type Placed, type PlaceOrder } from './place-order.ts'

export const PlaceDraftBody = closed({
  /** present: pay and confirm now; absent: the order waits for its customer to pay */
  paymentMethodId: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
  giftCardCodes: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 40 }), { maxItems: 5 })),
  /** what staff told the customer; another total is refused with `orders/price-changed` */
  expectedTotal: Type.Optional(MoneyJson),
  /** how long the order waits for its payment, and its stock is held; the setting says how long otherwise */
  payWithinHours: Type.Optional(Type.Integer({ minimum: 1, maximum: 168 })),
})
export type PlaceDraftBody = Static<typeof PlaceDraftBody>

/** Automatic promotions that may turn out to be used up, one after another. */
const ROUNDS = 5

/**
 * Turns a draft into an order, once: by the same rules, prices and checkout as any order, but for what staff decided. Stock is held from
 * here on. Throws the refusals of errors.ts and draft-errors.ts; a refused payment or missing stock is in the result.
 */
export async function placeDraft(
  deps: OrdersDeps,
  input: PlaceOrder,
  draft: DraftView,
  { body, actor }: { body: PlaceDraftBody; actor: string },
): Promise<Placed | Beaten> {
  if (draft.orderId) return { beatenBy: 'source-taken', orderId: draft.orderId }
  const { customerId, email } = draft
  if (customerId === null && email === null)
    throw errors.noEmail({}, { fields: [{ pointer: '/email', message: 'is needed where the customer has no account' }] })
  await deps.attributes.check(draft.attributes)
  const { addressId, shippingAddress } = draft
  const address = await addressOf(
    deps,
    { ...(shippingAddress ? { shippingAddress } : {}), ...(addressId ? { addressId } : {}) },
    customerId,
  )
  const { priced, quote } = await priceDraft(deps, draft, address.country, 'cheapest')
  const cards = await usableCards(deps, body.giftCardCodes ?? [], priced.currency)
  const basket = { cartId: null, channel: draft.channel, locale: draft.locale, lines: summed(draft.lines), couponCodes: [] }
  const without = new Set<string>()
  for (let round = 0; round < ROUNDS; round += 1) {
    const quoted = quote(without)
    refuseCodes(draft, quoted.refusedCodes)
    refuseOtherTotal(body, quoted.totals)
    const paidByCards = drawFrom(cards, quoted.totals.total)
    const order: NewOrder = { input, customerId, email, address, basket, priced, quoted, paidByCards }
    const placement = ofDraft(deps, placementOf(deps, order), draft, body, actor)
    const stored = await deps.store(placement.stored, { late: true })
    if (stored.outcome === 'placed') return await checkOut(deps, order, placement)
    deps.kit.processes.forget(checkout, placement.facts.orderId)
    if (stored.outcome === 'duplicate-request' || stored.outcome === 'source-taken')
      return { beatenBy: stored.outcome, orderId: stored.order_id as string }
    const automatic = quoted.promoted.applied.find(({ offer }) => offer.coupon === null && offer.promotion.id === stored.detail)
    if (!automatic) throw errors.promotionRefused({ reason: stored.outcome, code: stored.detail })
    deps.automatic.forget()
    without.add(automatic.offer.promotion.id)
  }
  throw errors.promotionRefused({ reason: 'coupon-used-up' })
}

/** Says whose work the order is, so that there is one of it, and lets it wait as long as staff promised. */
function ofDraft(deps: OrdersDeps, placement: Placement, draft: DraftView, body: PlaceDraftBody, actor: string): Placement {
  const { facts, lineFacts, total, giftCardPaid, stored } = placement
  const flow = deps.kit.processes.prepare(checkout, facts.orderId, {
    orderId: facts.orderId,
    channel: facts.channel,
    customerId: facts.customerId,
    cartId: null,
    lines: lineFacts.map(({ sku, quantity }) => ({ sku, quantity })),
    amount: { amount: total.amount - toJsonAmount(giftCardPaid), currency: total.currency },
    paymentMethodId: body.paymentMethodId ?? null,
    capture: true,
    shippingOptionId: String(stored.order['shipping_option']),
    importedAt: null,
    holdSeconds: (body.payWithinHours ?? deps.kit.settings.draftPayWithinHours) * 3600,
  })
  const order = { ...stored.order, source: 'draft', source_ref: draft.id }
  return { ...placement, stored: { ...stored, order, actor, flow: [flow] } }
}

function refuseCodes(draft: DraftView, refusedCodes: readonly { code: string; reason: string }[]): void {
  const asked = new Set(distinctCodes(draft.couponCodes))
  const refused = refusedCodes.filter(({ code, reason }) => asked.has(code) && reason !== 'no-effect')
  if (refused.length === 0) return
  const fields = refused.map(({ code, reason }) => ({ pointer: '/couponCodes', message: `${code}: ${reason}` }))
  throw errors.couponRefused({ codes: refused }, { fields })
}

function refuseOtherTotal({ expectedTotal }: PlaceDraftBody, totals: { total: bigint; currency: string }): void {
  const total = { amount: toJsonAmount(totals.total), currency: totals.currency }
  if (expectedTotal && (expectedTotal.amount !== total.amount || expectedTotal.currency !== total.currency))
    throw errors.priceChanged({ total })
}
