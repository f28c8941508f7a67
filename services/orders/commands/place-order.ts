import Type, { type Static } from 'typebox'
import { OrderCreated } from '#contracts/events/orders.ts'
import { checkout, type CheckoutResult } from '#contracts/processes/checkout.ts'
import type { PricedLine } from '#contracts/rpc/products.ts'
import { Attributes, Locale, type OrderLineFact, PostalAddress, Quantity, Sku, Uuid } from '#contracts/values.ts'
import { newOrderNumber, uuidv7 } from '#kit/core/ids.ts'
import { MoneyJson, toJsonAmount } from '#kit/core/money.ts'
import type { Principal } from '#kit/core/principal.ts'
import { closed } from '#kit/messaging/event.ts'
import type { OrdersDeps } from '../deps.ts'
import { errors } from '../errors.ts'
import { guestTokenOf } from '../guest-token.ts'
import type { OrderFacts } from '../order.ts'
import type { PlacedOrderView } from '../order-view.ts'
import { type QuoteTotals, totalsOf } from '../quote.ts'

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
  couponCodes: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 40 }), { maxItems: 10 })),
  giftCardCodes: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 40 }), { maxItems: 5 })),
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

/** Somebody else's order stands in the way: the same key, or the same cart, arrived first. */
export interface Beaten {
  readonly beatenBy: 'duplicate-request' | 'cart-taken'
  readonly orderId: string
}

/**
 * Places an order and runs its checkout as far as it gets now. Prices, discounts and taxes are worked out here, whatever
 * the client showed. Throws the refusals of errors.ts; a refused payment or missing stock is in the result.
 */
export async function placeOrder(deps: OrdersDeps, input: PlaceOrder): Promise<Placed | Beaten> {
  const { body } = input
  const customerId = input.principal.kind === 'user' ? input.principal.id : null
  const basket = await basketOf(deps, input, customerId)
  const address = await addressOf(deps, body, customerId)
  const email = body.email ?? null
  if (customerId === null && email === null) throw errors.noEmail({}, { fields: [{ pointer: '/email', message: 'is needed for a guest’s order' }] })

  const groups = customerId === null ? [] : (await deps.users.customerGroups({ userId: customerId })).groups
  const priced = await deps.products.price({ channel: basket.channel, locale: basket.locale, country: address.country, customerGroups: groups, lines: basket.lines })
  if (priced.refused.length > 0) throw errors.notOnSale({ refused: priced.refused })
  const lines = basket.lines.map(({ sku, quantity }) => ({ priced: priced.lines.find((line) => line.sku === sku) as PricedLine, quantity }))
  const shipping = await shippingOf(deps, { ...basket, currency: priced.currency, country: address.country, lines, wanted: body.shippingOptionId })
  const totals = totalsOf({
    currency: priced.currency,
    pricesIncludeTax: priced.pricesIncludeTax,
    lines,
    discounts: lines.map(() => 0n),
    shipping: shipping.price,
  })
  const total = { amount: toJsonAmount(totals.total), currency: totals.currency }
  if (body.expectedTotal && (body.expectedTotal.amount !== total.amount || body.expectedTotal.currency !== total.currency)) {
    throw errors.priceChanged({ total })
  }

  const placedAt = new Date()
  const facts: OrderFacts = { orderId: uuidv7(), number: newOrderNumber(), channel: basket.channel, customerId, locale: basket.locale, imported: false }
  const items = itemsOf(totals)
  const lineFacts = items.map((item): OrderLineFact => ({
    lineId: item.line_id,
    sku: item.sku,
    productId: item.product_id,
    variantId: item.variant_id,
    quantity: item.quantity,
    total: { amount: toJsonAmount(item.total), currency: totals.currency },
  }))
  const flow = deps.kit.processes.prepare(checkout, facts.orderId, {
    orderId: facts.orderId,
    channel: facts.channel,
    customerId,
    cartId: basket.cartId,
    lines: basket.lines,
    amount: total,
    paymentMethodId: body.paymentMethodId ?? null,
    capture: true,
    shippingOptionId: shipping.id,
    importedAt: null,
  })
  const created = OrderCreated({ ...facts, placedAt: placedAt.toISOString(), total, lines: lineFacts }, { at: placedAt })
  const stored = await deps.store({
    order: {
      id: facts.orderId,
      number: facts.number,
      channel: facts.channel,
      locale: facts.locale,
      customer_id: customerId,
      currency: totals.currency,
      ...amounts({ subtotal: totals.subtotal, discount: totals.discount, shipping: totals.shipping, tax: totals.tax, total: totals.total }),
      tax_included: totals.taxIncluded,
      gift_card_paid: 0,
      shipping_option: shipping.id,
      payment_method: null,
      cart_id: basket.cartId,
      source: 'shop',
      source_ref: null,
      imported: false,
      attributes: body.attributes ?? {},
      placed_at: placedAt.toISOString(),
    },
    items: items.map((item) => ({ ...item, ...amounts({ unit_price: item.unit_price, subtotal: item.subtotal, discount: item.discount, tax: item.tax, total: item.total }) })),
    contact: { email, shipping: address, billing: body.billingAddress ?? null },
    actor: customerId ? 'customer' : 'guest',
    events: JSON.parse(deps.kit.outbox.encode([created])),
    flow: [flow],
    request: input.request,
    claims: null,
  })
  if (stored.outcome !== 'placed') {
    deps.kit.processes.forget(checkout, facts.orderId)
    if (stored.outcome === 'duplicate-request' || stored.outcome === 'cart-taken') return { beatenBy: stored.outcome, orderId: stored.order_id as string }
    throw errors.promotionRefused({ reason: stored.outcome, code: stored.detail })
  }
  deps.recent.remember({ facts, total, lines: lineFacts, address })

  const result = (await deps.kit.processes.advance(checkout, facts.orderId)) ?? ({ outcome: 'payment-pending' } as const)
  const view = viewOf({ facts, totals, items, email, address, billing: body.billingAddress ?? null, shippingOptionId: shipping.id, attributes: body.attributes ?? {}, placedAt, result })
  const guestToken = customerId === null ? guestTokenOf(deps.kit.secret('orders/guest-token'), facts.orderId) : null
  return { orderId: facts.orderId, view: { ...view, guestToken }, result }
}

interface Basket {
  readonly cartId: string | null
  readonly channel: string
  readonly locale: string
  readonly lines: { sku: string; quantity: number }[]
}

async function basketOf(deps: OrdersDeps, input: PlaceOrder, customerId: string | null): Promise<Basket> {
  const { body } = input
  const locale = body.locale ?? input.locale
  if (body.cartId) {
    const cart = await deps.cart.forCheckout({ cartId: body.cartId, userId: customerId, secret: input.guestToken ?? null })
    if (!cart) throw errors.noCart({ cartId: body.cartId })
    if (cart.lines.length === 0) throw errors.emptyOrder()
    return { cartId: cart.cartId, channel: cart.channel, locale, lines: summed(cart.lines) }
  }
  if (!body.items) throw errors.emptyOrder({}, { fields: [{ pointer: '/items', message: 'send items or a cartId' }] })
  return { cartId: null, channel: input.channel, locale, lines: summed(body.items) }
}

/** One line per SKU, in the order they were first named. */
function summed(lines: readonly { sku: string; quantity: number }[]): { sku: string; quantity: number }[] {
  const quantities = new Map<string, number>()
  for (const { sku, quantity } of lines) quantities.set(sku, (quantities.get(sku) ?? 0) + quantity)
  return [...quantities].map(([sku, quantity]) => ({ sku, quantity }))
}

async function addressOf(deps: OrdersDeps, body: PlaceOrderBody, customerId: string | null): Promise<PostalAddress> {
  if (body.shippingAddress) return body.shippingAddress
  if (customerId !== null) {
    const saved = await deps.users.address({ userId: customerId, ...(body.addressId ? { addressId: body.addressId } : {}) })
    if (saved.outcome === 'known') return saved.address
  }
  throw errors.noAddress({}, { fields: [{ pointer: body.addressId ? '/addressId' : '/shippingAddress', message: 'no such address' }] })
}

async function shippingOf(
  deps: OrdersDeps,
  order: ShippingQuestion,
): Promise<{ id: string; price: bigint }> {
  if (!order.lines.some(({ priced }) => priced.requiresShipping)) return { id: 'none', price: 0n }
  const subtotal = order.lines.reduce((sum, { priced, quantity }) => sum + priced.unitPrice * quantity, 0)
  const weightGrams = order.lines.reduce((sum, { priced, quantity }) => sum + priced.weightGrams * quantity, 0)
  const { channel, currency, country, locale } = order
  const { options } = await deps.delivery.options({ channel, currency, country, weightGrams, subtotal: { amount: subtotal, currency }, locale })
  const option = order.wanted ? options.find(({ id }) => id === order.wanted) : options[0]
  if (!option) throw errors.noSuchShippingOption({ country, offered: options.map(({ id }) => id) })
  return { id: option.id, price: BigInt(option.price.amount) }
}
type ShippingQuestion = Omit<Basket, 'lines'> & { currency: string; country: string; lines: { priced: PricedLine; quantity: number }[]; wanted: string | undefined }

function itemsOf(totals: QuoteTotals) {
  return totals.lines.map((line, index) => ({
    line_no: index + 1,
    line_id: uuidv7(),
    sku: line.priced.sku,
    product_id: line.priced.productId,
    variant_id: line.priced.variantId,
    title: line.priced.variantTitle ? `${line.priced.title} – ${line.priced.variantTitle}` : line.priced.title,
    quantity: line.quantity,
    unit_price: BigInt(line.priced.unitPrice),
    subtotal: line.subtotal,
    discount: line.discount,
    tax_rate_bp: line.taxRateBasisPoints,
    tax: line.tax,
    total: line.total,
  }))
}

/** bigint columns as JSON numbers for jsonb_to_record. */
function amounts<T extends Record<string, bigint>>(values: T): { [K in keyof T]: number } {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, toJsonAmount(value)])) as { [K in keyof T]: number }
}

interface ViewParts {
  facts: OrderFacts
  totals: QuoteTotals
  items: ReturnType<typeof itemsOf>
  email: string | null
  address: PostalAddress
  billing: PostalAddress | null
  shippingOptionId: string
  attributes: Static<typeof Attributes>
  placedAt: Date
  result: CheckoutResult
}

function viewOf({ facts, totals, items, result, ...rest }: ViewParts): Omit<PlacedOrderView, 'guestToken'> {
  const in_ = (amount: bigint) => ({ amount: toJsonAmount(amount), currency: totals.currency })
  const confirmed = result.outcome === 'confirmed'
  const cancelled = result.outcome === 'cancelled'
  return {
    id: facts.orderId,
    number: facts.number,
    status: confirmed ? 'CONFIRMED' : cancelled ? 'CANCELLED' : 'PENDING',
    channel: facts.channel,
    locale: facts.locale,
    customerId: facts.customerId,
    email: rest.email,
    subtotal: in_(totals.subtotal),
    discount: in_(totals.discount),
    shipping: in_(totals.shipping),
    tax: in_(totals.tax),
    taxIncluded: totals.taxIncluded,
    total: in_(totals.total),
    items: items.map((item) => ({
      lineId: item.line_id,
      sku: item.sku,
      productId: item.product_id,
      variantId: item.variant_id,
      title: item.title,
      quantity: item.quantity,
      unitPrice: in_(item.unit_price),
      subtotal: in_(item.subtotal),
      discount: in_(item.discount),
      tax: in_(item.tax),
      total: in_(item.total),
    })),
    shippingAddress: rest.address,
    billingAddress: rest.billing,
    shippingOptionId: rest.shippingOptionId,
    cancelReason: cancelled ? result.reason : null,
    attributes: rest.attributes,
    placedAt: rest.placedAt.toISOString(),
    version: confirmed || cancelled ? 2 : 1,
    payment: {
      outcome: result.outcome === 'cancelled' ? 'payment-pending' : result.outcome,
      challengeUrl: result.outcome === 'challenge' ? result.url : null,
    },
  }
}
