import { toJsonAmount } from '#kit/core/money.ts'
import type { Query } from '#kit/db/db.ts'
import type { OrderView } from '../order-view.ts'

type Amounts = 'subtotal' | 'discount' | 'shipping' | 'tax' | 'total' | 'gift_card_paid'
type Item = {
  line_id: string
  sku: string
  product_id: string
  variant_id: string
  title: string
  quantity: number
  unit_price: number
  subtotal: number
  discount: number
  tax: number
  total: number
}
type Row = Record<Amounts, bigint> &
  Pick<OrderView, 'id' | 'number' | 'status' | 'channel' | 'locale' | 'email' | 'attributes'> & {
    customer_id: string | null
    currency: string
    tax_included: boolean
    shipping_option: string
    cancel_reason: OrderView['cancelReason']
    version: bigint
    placed_at: Date
    shipping_address: OrderView['shippingAddress']
    billing_address: OrderView['billingAddress']
    items: Item[]
    promotions: { code: string | null; name: string; amount: number }[] | null
  }

/** Whole orders by id, in one statement; unknown ids are left out, the order of the answer is that of the ids. */
export async function getOrders(sql: Query, ids: readonly string[]): Promise<OrderView[]> {
  const rows = await sql<Row[]>`
    select o.id, o.number, o.status, o.channel, o.locale, o.customer_id, o.currency, o.subtotal, o.discount, o.shipping, o.tax, o.tax_included, o.total, o.gift_card_paid,
      o.shipping_option, o.cancel_reason, o.attributes, o.version, o.placed_at, c.email, c.shipping as shipping_address, c.billing as billing_address,
      (select jsonb_agg(to_jsonb(i) - 'order_id' order by i.line_no) from order_items i where i.order_id = o.id) as items,
      (select jsonb_agg(jsonb_build_object('code', u.code, 'name', u.name, 'amount', u.amount) order by u.place) from promotion_uses u where u.order_id = o.id) as promotions
    from orders o left join order_contacts c on c.order_id = o.id
    where o.id = any(${ids as string[]})
    order by array_position(${ids as string[]}::uuid[], o.id)`
  return rows.map(viewOf)
}

export async function getOrder(sql: Query, id: string): Promise<OrderView | undefined> {
  const [order] = await getOrders(sql, [id])
  return order
}

function viewOf(row: Row): OrderView {
  const amount = (value: bigint | number) => ({
    amount: typeof value === 'bigint' ? toJsonAmount(value) : value,
    currency: row.currency,
  })
  return {
    id: row.id,
    number: row.number,
    status: row.status,
    channel: row.channel,
    locale: row.locale,
    customerId: row.customer_id,
    email: row.email,
    subtotal: amount(row.subtotal),
    discount: amount(row.discount),
    shipping: amount(row.shipping),
    tax: amount(row.tax),
    taxIncluded: row.tax_included,
    total: amount(row.total),
    giftCardPaid: amount(row.gift_card_paid),
    promotions: (row.promotions ?? []).map((promotion) => ({ ...promotion, amount: amount(promotion.amount) })),
    items: (row.items ?? []).map((item) => ({
      lineId: item.line_id,
      sku: item.sku,
      productId: item.product_id,
      variantId: item.variant_id,
      title: item.title,
      quantity: item.quantity,
      unitPrice: amount(item.unit_price),
      subtotal: amount(item.subtotal),
      discount: amount(item.discount),
      tax: amount(item.tax),
      total: amount(item.total),
    })),
    shippingAddress: row.shipping_address,
    billingAddress: row.billing_address,
    shippingOptionId: row.shipping_option,
    cancelReason: row.cancel_reason,
    attributes: row.attributes,
    placedAt: row.placed_at.toISOString(),
    version: Number(row.version),
  }
}
