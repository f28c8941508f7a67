import { OrderCreated } from '#contracts/events/orders.ts'
import { checkout } from '#contracts/processes/checkout.ts'
import type { OrderLineFact, PostalAddress } from '#contracts/values.ts'
import { newOrderNumber, uuidv7 } from '#kit/core/ids.ts'
import { type MoneyJson, toJsonAmount } from '#kit/core/money.ts'
import type { Basket } from './basket.ts'
import type { PlaceOrder } from './commands/place-order.ts'
import type { OrdersDeps } from './deps.ts'
import type { UsableCard } from './gift-card.ts'
import type { OrderFacts } from './order.ts'
import type { StoredPlacement } from './place-store.ts'
import type { PricedBasket, Quoted } from './pricing.ts'
import type { QuoteTotals } from './quote.ts'

/** Everything that is decided about an order before it is stored. */
export interface NewOrder {
  readonly input: PlaceOrder
  readonly customerId: string | null
  readonly email: string | null
  readonly address: PostalAddress
  readonly basket: Basket
  readonly priced: PricedBasket
  readonly quoted: Quoted
  readonly paidByCards: readonly { readonly card: UsableCard; readonly amount: bigint }[]
}

/** An order with its ids, ready to be stored. */
export interface Placement {
  readonly facts: OrderFacts
  readonly placedAt: Date
  readonly total: MoneyJson
  readonly items: readonly NewItem[]
  readonly lineFacts: readonly OrderLineFact[]
  readonly giftCardPaid: bigint
  readonly stored: StoredPlacement
}

export type NewItem = ReturnType<typeof itemsOf>[number]

/** Gives the order its ids and writes down the rows, the event and the checkout that are stored together. */
export function placementOf(deps: OrdersDeps, order: NewOrder): Placement {
  const { input, customerId, basket, priced, quoted } = order
  const { totals } = quoted
  const placedAt = new Date()
  const facts: OrderFacts = {
    orderId: uuidv7(),
    number: newOrderNumber(),
    channel: basket.channel,
    customerId,
    locale: basket.locale,
    imported: false,
  }
  const items = itemsOf(totals)
  const lineFacts = items.map(
    (item): OrderLineFact => ({
      lineId: item.line_id,
      sku: item.sku,
      productId: item.product_id,
      variantId: item.variant_id,
      quantity: item.quantity,
      total: { amount: toJsonAmount(item.total), currency: totals.currency },
    }),
  )
  const total = { amount: toJsonAmount(totals.total), currency: totals.currency }
  const giftCardPaid = order.paidByCards.reduce((sum, { amount }) => sum + amount, 0n)
  const shippingOption = priced.shipping?.id ?? 'none'
  const flow = deps.kit.processes.prepare(checkout, facts.orderId, {
    orderId: facts.orderId,
    channel: facts.channel,
    customerId,
    cartId: basket.cartId,
    lines: basket.lines,
    amount: { amount: toJsonAmount(totals.total - giftCardPaid), currency: totals.currency },
    paymentMethodId: input.body.paymentMethodId ?? null,
    capture: true,
    shippingOptionId: shippingOption,
    importedAt: null,
  })
  const created = OrderCreated({ ...facts, placedAt: placedAt.toISOString(), total, lines: lineFacts }, { at: placedAt })
  const stored: StoredPlacement = {
    order: {
      id: facts.orderId,
      number: facts.number,
      channel: facts.channel,
      locale: facts.locale,
      customer_id: customerId,
      currency: totals.currency,
      ...amounts({
        subtotal: totals.subtotal,
        discount: totals.discount,
        shipping: totals.shipping,
        tax: totals.tax,
        total: totals.total,
      }),
      tax_included: totals.taxIncluded,
      gift_card_paid: toJsonAmount(giftCardPaid),
      shipping_option: shippingOption,
      payment_method: null,
      cart_id: basket.cartId,
      source: 'shop',
      source_ref: null,
      imported: false,
      attributes: input.body.attributes ?? {},
      placed_at: placedAt.toISOString(),
    },
    items: items.map((item) => ({
      ...item,
      ...amounts({
        unit_price: item.unit_price,
        subtotal: item.subtotal,
        discount: item.discount,
        tax: item.tax,
        total: item.total,
      }),
    })),
    contact: { email: order.email, shipping: order.address, billing: input.body.billingAddress ?? null },
    actor: customerId ? 'customer' : 'guest',
    events: deps.kit.outbox.rows([created]),
    flow: [flow],
    request: input.request,
    claims: claimsOf(order, facts.orderId),
  }
  return { facts, placedAt, total, items, lineFacts, giftCardPaid, stored }
}

/** What the order takes besides its rows (migration 003); undefined for most orders, which then cost nothing extra. */
function claimsOf({ priced, quoted, paidByCards }: NewOrder, orderId: string): object | undefined {
  const { applied } = quoted.promoted
  const giftLines = quoted.totals.lines.flatMap(({ priced: line, quantity }, index) =>
    line.giftCard && line.unitPrice > 0
      ? [{ line_no: index + 1, quantity, value: line.unitPrice, currency: quoted.totals.currency }]
      : [],
  )
  if (applied.length === 0 && paidByCards.length === 0 && giftLines.length === 0) return undefined
  return {
    customer: priced.customerKey ?? `order:${orderId}`,
    promotions: applied.map(({ offer: { promotion, coupon }, amount }, place) => ({
      promotion: promotion.id,
      coupon: coupon?.id ?? null,
      code: coupon?.code ?? null,
      name: promotion.name,
      place,
      amount: toJsonAmount(amount),
    })),
    giftCards: paidByCards.map(({ card, amount }) => ({ id: card.id, amount: toJsonAmount(amount), mask: card.lastFour })),
    giftLines,
  }
}

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
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, toJsonAmount(value)])) as {
    [K in keyof T]: number
  }
}
