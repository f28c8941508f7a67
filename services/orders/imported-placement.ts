import type { ImportedInvoice } from '#contracts/rpc/order-imports.ts'
import { OrderCreated } from '#contracts/events/orders.ts'
import { checkout } from '#contracts/processes/checkout.ts'
import type { OrderLineFact } from '#contracts/values.ts'
import { newOrderNumber, uuidv7 } from '#kit/core/ids.ts'
import { summed } from './basket.ts'
import type { OrdersDeps } from './deps.ts'
import type { OrderFacts } from './order.ts'
import type { StoredPlacement } from './place-store.ts'
import type { PlacedOrder } from './recent.ts'

/** Where a history comes from and what it is sold in. */
export interface ImportTarget {
  readonly source: string
  readonly channel: string
  readonly currency: string
  readonly locale: string
}

/** What payments note as the method of money that another shop took. */
const PAID_ELSEWHERE = 'imported'

export interface ImportedPlacement {
  readonly order: PlacedOrder
  readonly stored: StoredPlacement
}

/**
 * An order as another shop sold it: its prices, its time (also in its id), no tax, no address, and a checkout that asks
 * nobody for stock or money. Stored by `place_orders` like every other.
 */
export function importedPlacement(
  deps: Pick<OrdersDeps, 'kit'>,
  target: ImportTarget,
  invoice: ImportedInvoice,
): ImportedPlacement {
  const at = new Date(invoice.at)
  const { source, channel, currency, locale } = target
  const { customerId } = invoice
  const facts: OrderFacts = { orderId: uuidv7(at), number: newOrderNumber(), channel, customerId, locale, imported: true }
  const items = invoice.items.map((item, index) => {
    const total = item.unitPrice * item.quantity
    return {
      line_no: index + 1,
      line_id: uuidv7(at),
      sku: item.sku,
      product_id: item.productId,
      variant_id: item.variantId,
      title: item.title,
      quantity: item.quantity,
      unit_price: item.unitPrice,
      subtotal: total,
      discount: 0,
      tax_rate_bp: 0,
      tax: 0,
      total,
    }
  })
  const subtotal = items.reduce((sum, { total }) => sum + total, 0)
  const amount = subtotal + invoice.shipping
  if (!Number.isSafeInteger(amount)) throw new RangeError(`invoice ${invoice.reference} is beyond any amount of money`)
  const total = { amount, currency }
  const lines = items.map(
    (item): OrderLineFact => ({
      lineId: item.line_id,
      sku: item.sku,
      productId: item.product_id,
      variantId: item.variant_id,
      quantity: item.quantity,
      total: { amount: item.total, currency },
    }),
  )
  const flow = deps.kit.processes.prepare(checkout, facts.orderId, {
    orderId: facts.orderId,
    channel,
    customerId,
    cartId: null,
    lines: summed(invoice.items),
    amount: total,
    paymentMethodId: PAID_ELSEWHERE,
    capture: true,
    shippingOptionId: 'none',
    importedAt: at.toISOString(),
  })
  const created = OrderCreated({ ...facts, placedAt: at.toISOString(), total, lines }, { at })
  const stored: StoredPlacement = {
    order: {
      id: facts.orderId,
      number: facts.number,
      channel,
      locale,
      customer_id: customerId,
      currency,
      subtotal,
      discount: 0,
      shipping: invoice.shipping,
      tax: 0,
      tax_included: true,
      total: amount,
      gift_card_paid: 0,
      shipping_option: 'none',
      payment_method: null,
      cart_id: null,
      source,
      source_ref: invoice.reference,
      imported: true,
      attributes: {},
      placed_at: at.toISOString(),
    },
    items,
    contact: { email: null, shipping: null, billing: null },
    actor: 'import',
    events: deps.kit.outbox.rows([created]),
    flow: [flow],
    request: null,
    claims: undefined,
  }
  return { order: { facts, total, lines }, stored }
}
