import type { CheckoutResult } from '#contracts/processes/checkout.ts'
import { toJsonAmount } from '#kit/core/money.ts'
import type { PlacedOrderView } from './order-view.ts'
import type { NewOrder, Placement } from './placement.ts'

/** The answer to placing an order, from what is in memory: the order as it is the moment its checkout has answered. */
export function placedViewOf(
  order: NewOrder,
  placement: Placement,
  result: CheckoutResult,
  guestToken: string | null,
): PlacedOrderView {
  const { totals, promoted } = order.quoted
  const { facts, items } = placement
  const inCurrency = (amount: bigint) => ({ amount: toJsonAmount(amount), currency: totals.currency })
  const confirmed = result.outcome === 'confirmed'
  const cancelled = result.outcome === 'cancelled'
  return {
    id: facts.orderId,
    number: facts.number,
    status: confirmed ? 'CONFIRMED' : cancelled ? 'CANCELLED' : 'PENDING',
    channel: facts.channel,
    locale: facts.locale,
    customerId: facts.customerId,
    email: order.email,
    subtotal: inCurrency(totals.subtotal),
    discount: inCurrency(totals.discount),
    shipping: inCurrency(totals.shipping),
    tax: inCurrency(totals.tax),
    taxIncluded: totals.taxIncluded,
    total: inCurrency(totals.total),
    giftCardPaid: inCurrency(placement.giftCardPaid),
    promotions: promoted.applied.map(({ offer: { promotion, coupon }, amount }) => ({
      code: coupon?.code ?? null,
      name: promotion.name,
      amount: inCurrency(amount),
    })),
    items: items.map((item) => ({
      lineId: item.line_id,
      sku: item.sku,
      productId: item.product_id,
      variantId: item.variant_id,
      title: item.title,
      quantity: item.quantity,
      unitPrice: inCurrency(item.unit_price),
      subtotal: inCurrency(item.subtotal),
      discount: inCurrency(item.discount),
      tax: inCurrency(item.tax),
      total: inCurrency(item.total),
    })),
    shippingAddress: order.address,
    billingAddress: order.input.body.billingAddress ?? null,
    shippingOptionId: order.priced.shipping?.id ?? 'none',
    cancelReason: cancelled ? result.reason : null,
    attributes: order.input.body.attributes ?? {},
    placedAt: placement.placedAt.toISOString(),
    version: confirmed || cancelled ? 2 : 1,
    payment: paymentOf(result),
    guestToken,
  }
}

/** What the shopper has to do next, if anything. */
export function paymentOf(result: CheckoutResult): PlacedOrderView['payment'] {
  return {
    outcome: result.outcome === 'cancelled' ? 'payment-pending' : result.outcome,
    challengeUrl: result.outcome === 'challenge' ? result.url : null,
  }
}
