import type { PricedLine } from '#contracts/rpc/products.ts'
import { uuidv7 } from '#kit/core/ids.ts'
import { toJsonAmount } from '#kit/core/money.ts'
import type { OrdersDeps } from './deps.ts'
import { type ItemRow, pricedAsBought, type WantedLine } from './edit.ts'
import { editErrors } from './edit-errors.ts'
import { errors } from './errors.ts'
import { promotionOf, type PromotionRow } from './offers.ts'
import type { OrderView } from './order-view.ts'
import { LARGEST_SUBTOTAL } from './pricing.ts'
import { applyPromotions, type Offer } from './promotion.ts'
import { totalsOf } from './quote.ts'

/** What the order will be. Amounts are minor units of the order's currency. */
export interface PricedEdit {
  readonly items: readonly ItemRow[]
  readonly totals: { readonly subtotal: number; readonly discount: number; readonly tax: number; readonly total: number }
  readonly promotions: readonly { readonly promotion_id: string; readonly amount: number }[]
}

/**
 * Prices the lines of a changed order: kept lines cost what they cost, new ones what they cost now. The promotions of the order stay its
 * promotions, worked out anew; no others join, and none is given back. Shipping stays as agreed. Throws errors.notOnSale,
 * editErrors.editGiftCardLine, .editNeedsShipping, errors.tooMuch.
 */
export async function priceEdit(
  deps: OrdersDeps,
  order: OrderView,
  source: string,
  before: readonly ItemRow[],
  wanted: readonly WantedLine[],
): Promise<PricedEdit> {
  const customerGroups = order.customerId === null ? [] : (await deps.users.customerGroups({ userId: order.customerId })).groups
  const skus = [...new Set([...wanted, ...before].map(({ sku }) => sku))]
  const asked = await deps.products.price({
    channel: order.channel,
    locale: order.locale,
    customerGroups,
    lines: skus.map((sku) => ({ sku, quantity: wanted.find((line) => line.sku === sku)?.quantity ?? 1 })),
    ...(order.shippingAddress ? { country: order.shippingAddress.country } : {}),
  })
  const now = new Map(asked.lines.map((line) => [line.sku, line]))
  const lines = wanted.map((line) => ({ priced: priceOf(order, line, now, asked.currency), quantity: line.quantity }))
  refuseGiftCards(before, wanted, now)
  const subtotal = lines.reduce((sum, { priced, quantity }) => sum + BigInt(priced.unitPrice) * BigInt(quantity), 0n)
  if (subtotal > LARGEST_SUBTOTAL) throw errors.tooMuch()

  const used = await promotionsOf(deps, order.id)
  const promote = (goods: readonly { priced: PricedLine; quantity: number }[]) =>
    applyPromotions(
      {
        currency: order.total.currency,
        channel: order.channel,
        lines: goods.map(({ priced, quantity }) => ({
          sku: priced.sku,
          categoryIds: priced.categoryIds,
          unitPrice: BigInt(priced.unitPrice),
          quantity,
          giftCard: priced.giftCard,
        })),
        shipping: null,
        customerGroups,
        firstOrder: null,
        now: new Date(order.placedAt),
      },
      used.map(({ offer }) => offer),
    )
  const promoted = promote(lines)
  const byStaff = source === 'draft' ? staffDiscounts(before, wanted, now, promote) : undefined
  const totals = totalsOf({
    currency: order.total.currency,
    pricesIncludeTax: order.taxIncluded,
    lines,
    discounts: lines.map(({ priced, quantity }, index) => {
      const most = BigInt(priced.unitPrice) * BigInt(quantity)
      const discount = promoted.discounts[index]! + (byStaff?.get(wanted[index]!.item?.line_id ?? '') ?? 0n)
      return discount > most ? most : discount
    }),
    shipping: BigInt(order.shipping.amount),
  })
  let lineNo = before.reduce((most, { line_no }) => Math.max(most, line_no), 0)
  const items = totals.lines.map((line, index): ItemRow => {
    const { item } = wanted[index]!
    const { priced } = line
    return {
      line_no: item?.line_no ?? ++lineNo,
      line_id: item?.line_id ?? uuidv7(),
      sku: priced.sku,
      product_id: priced.productId,
      variant_id: priced.variantId,
      title: item?.title ?? (priced.variantTitle ? `${priced.title} – ${priced.variantTitle}` : priced.title),
      quantity: line.quantity,
      unit_price: priced.unitPrice,
      subtotal: toJsonAmount(line.subtotal),
      discount: toJsonAmount(line.discount),
      tax_rate_bp: line.taxRateBasisPoints,
      tax: toJsonAmount(line.tax),
      total: toJsonAmount(line.total),
    }
  })
  const promotions = used.map(({ id, shippingOnly, amount, offer }) => ({
    promotion_id: id,
    amount: shippingOnly ? amount : toJsonAmount(promoted.applied.find((one) => one.offer === offer)?.amount ?? 0n),
  }))
  const { subtotal: goods, discount, tax, total } = totals
  return {
    items,
    totals: {
      subtotal: toJsonAmount(goods),
      discount: toJsonAmount(discount),
      tax: toJsonAmount(tax),
      total: toJsonAmount(total),
    },
    promotions,
  }
}

function priceOf(
  order: OrderView,
  { item, sku, quantity }: WantedLine,
  now: ReadonlyMap<string, PricedLine>,
  currency: string,
): PricedLine {
  const known = now.get(sku)
  if (item && (known || quantity <= item.quantity)) return pricedAsBought(item, known)
  if (!known || currency !== order.total.currency) throw errors.notOnSale({ refused: [{ sku, reason: 'not-on-sale' }] })
  if (known.requiresShipping && order.shippingOptionId === 'none') throw editErrors.editNeedsShipping({ sku })
  return known
}

/** Gift cards are issued one by one for what was bought: these lines stay as they are. */
function refuseGiftCards(before: readonly ItemRow[], wanted: readonly WantedLine[], now: ReadonlyMap<string, PricedLine>): void {
  const touched = [
    ...wanted.filter(({ item, quantity }) => item?.quantity !== quantity).map(({ sku }) => sku),
    ...before.filter((item) => !wanted.some((line) => line.item === item)).map(({ sku }) => sku),
  ]
  const sku = touched.find((one) => now.get(one)?.giftCard)
  if (sku !== undefined) throw editErrors.editGiftCardLine({ sku })
}

/** What staff took off each line of a draft, beyond promotions; a line that gets smaller keeps its share. */
function staffDiscounts(
  before: readonly ItemRow[],
  wanted: readonly WantedLine[],
  now: ReadonlyMap<string, PricedLine>,
  promote: (goods: readonly { priced: PricedLine; quantity: number }[]) => { readonly discounts: readonly bigint[] },
): Map<string, bigint> {
  const { discounts } = promote(
    before.map((item) => ({ priced: pricedAsBought(item, now.get(item.sku)), quantity: item.quantity })),
  )
  return new Map(
    before.map((item, index) => {
      const more = BigInt(item.discount) - discounts[index]!
      const left = wanted.find((line) => line.item === item)?.quantity ?? 0
      const units = BigInt(Math.min(left, item.quantity))
      return [item.line_id, more > 0n ? (more * units) / BigInt(item.quantity) : 0n]
    }),
  )
}

interface UsedPromotion {
  readonly id: string
  readonly shippingOnly: boolean
  readonly amount: number
  readonly offer: Offer
}

/** The promotions an order was given, as if they had no dates and limits: those were met. */
async function promotionsOf(deps: OrdersDeps, orderId: string): Promise<UsedPromotion[]> {
  const rows = await deps.kit.db.sql<(PromotionRow & { coupon_id: string | null; code: string | null; amount: bigint })[]>`
    select p.id, p.name, p.active, p.automatic, p.rule, p.starts_at, p.ends_at, p.usage_limit, p.customer_limit, p.used, p.version,
      u.coupon_id, u.code, u.amount
    from promotion_uses u join promotions p on p.id = u.promotion_id where u.order_id = ${orderId} order by u.place`
  return rows.map((row) => {
    const promotion = { ...promotionOf(row), active: true, startsAt: null, endsAt: null, usageLimit: null, customerLimit: null }
    const coupon = row.coupon_id && { id: row.coupon_id, code: row.code ?? '', disabled: false, usageLimit: null, used: 0 }
    return {
      id: row.id,
      shippingOnly: promotion.action.kind === 'free-shipping',
      amount: toJsonAmount(row.amount),
      offer: { promotion, coupon: coupon || null, usedByCustomer: 0 },
    }
  })
}
