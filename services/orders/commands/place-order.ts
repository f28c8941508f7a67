import { killpoint } from '#kit/core/killpoint.ts'
import Type, { type Static } from 'typebox'
import { checkout, type CheckoutResult } from '#contracts/processes/checkout.ts'
import { Attributes, Locale, PostalAddress, Quantity, Sku, Uuid } from '#contracts/values.ts'
import { MoneyJson, toJsonAmount } from '#kit/core/money.ts'
import type { Principal } from '#kit/core/principal.ts'
import { closed } from '#kit/messaging/event.ts'
import { addressOf, basketOf } from '../basket.ts'
import { distinctCodes } from '../codes.ts'
import type { OrdersDeps } from '../deps.ts'
import { errors } from '../errors.ts'
import { drawFrom } from '../gift-card.ts'
import { usableCards } from '../gift-card-store.ts'
import { guestTokenOf } from '../guest-token.ts'
import type { PlacedOrderView } from '../order-view.ts'
import { placedViewOf } from '../placed-view.ts'
import { type NewOrder, type Placement, placementOf } from '../placement.ts'
import { priceBasket, quoteOf } from '../pricing.ts'

const Code = Type.String({ minLength: 1, maxLength: 40 })

export const PlaceOrderBody = closed({
  /** order what is in this cart … */
  cartId: Type.Optional(Uuid),
  /** … or these goods */
  items: Type.Optional(Type.Array(closed({ sku: Sku, quantity: Quantity }), { minItems: 1, maxItems: 200 })),
  email: Type.Optional(Type.String({ format: 'email', maxLength: 254 })),
  shippingAddress: Type.Optional(PostalAddress),
  /** a saved address of the customer */
  addressId: Type.Optional(Uuid),
  billingAddress: Type.Optional(PostalAddress),
  shippingOptionId: Type.Optional(Type.String({ maxLength: 60 })),
  /** present: pay and confirm now; absent: the order waits for PUT /api/orders/{id}/confirm */
  paymentMethodId: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
  /** besides those of the cart; one that does not apply refuses the order */
  couponCodes: Type.Optional(Type.Array(Code, { maxItems: 10 })),
  /** pay with these first, in this order */
  giftCardCodes: Type.Optional(Type.Array(Code, { maxItems: 5 })),
  /** what the shopper saw; another total is refused with `orders/price-changed` */
  expectedTotal: Type.Optional(MoneyJson),
  locale: Type.Optional(Locale),
  attributes: Type.Optional(Attributes),
  /** same meaning as the header Idempotency-Key */
  idempotency_key: Type.Optional(Type.String({ minLength: 8, maxLength: 255, pattern: '^[\\x21-\\x7e]+$' })),
})
export type PlaceOrderBody = Static<typeof PlaceOrderBody>

export interface PlaceOrder {
  readonly principal: Principal
  readonly channel: string
  readonly locale: string
  readonly guestToken: string | undefined
  readonly body: PlaceOrderBody
  readonly request: { readonly scope: string; readonly key: string; readonly fingerprint: string } | null
}

export interface Placed {
  readonly orderId: string
  readonly view: PlacedOrderView
  readonly result: CheckoutResult
}

/** Somebody else's order stands in the way: the same key, the same cart, or the same draft, arrived first. */
export interface Beaten {
  readonly beatenBy: 'duplicate-request' | 'cart-taken' | 'source-taken'
  readonly orderId: string
}

/** Automatic promotions that may turn out to be used up, one after another, while one order is being placed. */
const ROUNDS = 5

/**
 * Places an order and runs its checkout as far as it gets now. Prices, discounts and taxes are worked out here, whatever
 * the client showed. Throws the refusals of errors.ts; a refused payment or missing stock is in the result.
 */
export async function placeOrder(deps: OrdersDeps, input: PlaceOrder): Promise<Placed | Beaten> {
  const wanted = await gather(deps, input)
  const without = new Set<string>()
  for (let round = 0; round < ROUNDS; round += 1) {
    const order = decide(wanted, without)
    const placement = placementOf(deps, order)
    const stored = await deps.store(placement.stored, { late: true })
    killpoint('order.after-place')
    if (stored.outcome === 'placed') return await checkOut(deps, order, placement)
    deps.kit.processes.forget(checkout, placement.facts.orderId)
    if (stored.outcome === 'duplicate-request' || stored.outcome === 'cart-taken') {
      return { beatenBy: stored.outcome, orderId: stored.order_id as string }
    }
    const automatic = order.quoted.promoted.applied.find(
      ({ offer }) => offer.coupon === null && offer.promotion.id === stored.detail,
    )
    if (!automatic) throw errors.promotionRefused({ reason: stored.outcome, code: stored.detail })
    // The last use of something the shop gives by itself went to somebody else: the order costs what it costs without.
    deps.automatic.forget()
    without.add(automatic.offer.promotion.id)
  }
  throw errors.promotionRefused({ reason: 'coupon-used-up' })
}

type Wanted = Omit<NewOrder, 'quoted' | 'paidByCards'> & { readonly cards: Awaited<ReturnType<typeof usableCards>> }

/** Who orders what, where it goes and what it costs. */
async function gather(deps: OrdersDeps, input: PlaceOrder): Promise<Wanted> {
  const { body } = input
  const customerId = input.principal.kind === 'user' ? input.principal.id : null
  const email = body.email ?? null
  if (customerId === null && email === null)
    throw errors.noEmail({}, { fields: [{ pointer: '/email', message: 'is needed for a guest’s order' }] })
  await deps.attributes.check(body.attributes ?? {})
  const basket = await basketOf(deps, input, customerId)
  const address = await addressOf(deps, body, customerId)
  const priced = await priceBasket(deps, {
    channel: basket.channel,
    locale: basket.locale,
    country: address.country,
    shopper: { customerId, email },
    lines: basket.lines,
    shipping: body.shippingOptionId === undefined ? 'cheapest' : { optionId: body.shippingOptionId },
    couponCodes: distinctCodes([...(body.couponCodes ?? []), ...basket.couponCodes]),
  })
  const cards = await usableCards(deps, body.giftCardCodes ?? [], priced.currency)
  return { input, customerId, email, address, basket, priced, cards }
}

/** The totals, and how they are paid. Throws errors.couponRefused, errors.priceChanged. */
function decide(wanted: Wanted, without: ReadonlySet<string>): NewOrder {
  const { body } = wanted.input
  const quoted = quoteOf(wanted.priced, without)
  const asked = new Set(distinctCodes(body.couponCodes ?? []))
  const refused = quoted.refusedCodes.filter(({ code, reason }) => asked.has(code) && reason !== 'no-effect')
  if (refused.length > 0)
    throw errors.couponRefused(
      { codes: refused },
      { fields: refused.map(({ code, reason }) => ({ pointer: '/couponCodes', message: `${code}: ${reason}` })) },
    )
  const { totals } = quoted
  const total = { amount: toJsonAmount(totals.total), currency: totals.currency }
  const expected = body.expectedTotal
  if (expected && (expected.amount !== total.amount || expected.currency !== total.currency)) throw errors.priceChanged({ total })
  return { ...wanted, quoted, paidByCards: drawFrom(wanted.cards, totals.total) }
}

/** The order is stored, its checkout with it: run it as far as it gets. */
export async function checkOut(deps: OrdersDeps, order: NewOrder, placement: Placement): Promise<Placed> {
  const { facts, total, lineFacts } = placement
  deps.recent.remember({ facts, total, lines: lineFacts })
  const advanced = await deps.recent.whilePlacing(facts.orderId, order.address, () =>
    deps.kit.processes.advance(checkout, facts.orderId),
  )
  const result = advanced ?? ({ outcome: 'payment-pending' } as const)
  const guestToken = facts.customerId === null ? guestTokenOf(deps.kit.secret('orders/guest-token'), facts.orderId) : null
  return { orderId: facts.orderId, view: placedViewOf(order, placement, result, guestToken), result }
}
