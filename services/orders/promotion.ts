import { allocate, divideRounded, money } from '#kit/core/money.ts'
import type { PromotionAction, PromotionConditions } from './promotion-rule.ts'

/**
 * Which promotions apply to a basket and what they take off. Pure: no clock, no I/O; integer minor units; whatever is taken off
 * the order is split over its lines by largest remainder, so the lines always sum to it.
 */
export interface Promotion {
  readonly id: string
  readonly name: string
  readonly active: boolean
  readonly action: PromotionAction
  readonly conditions: PromotionConditions
  readonly exclusive: boolean
  readonly priority: number
  readonly startsAt: Date | null
  readonly endsAt: Date | null
  readonly usageLimit: number | null
  readonly customerLimit: number | null
  readonly used: number
}

/** A promotion that may apply: by itself (`coupon` null), or because the shopper gave a code. */
export interface Offer {
  readonly promotion: Promotion
  readonly coupon: {
    readonly id: string
    readonly code: string
    readonly disabled: boolean
    readonly usageLimit: number | null
    readonly used: number
  } | null
  /** orders of this customer that use it already */
  readonly usedByCustomer: number
}

export interface PromotableLine {
  readonly sku: string
  readonly categoryIds: readonly string[]
  readonly unitPrice: bigint
  readonly quantity: number
  readonly giftCard: boolean
}

export interface PromotableBasket {
  readonly currency: string
  readonly channel: string
  readonly lines: readonly PromotableLine[]
  /** price of the chosen way of shipping; null: not chosen yet */
  readonly shipping: bigint | null
  readonly customerGroups: readonly string[]
  /** null: the customer is not known yet, the benefit of the doubt is theirs */
  readonly firstOrder: boolean | null
  readonly now: Date
}

/** Why a code does not apply. */
export type CouponRefusal =
  | 'unknown'
  | 'disabled'
  | 'not-started'
  | 'expired'
  | 'used-up'
  | 'used-by-you'
  | 'wrong-channel'
  | 'wrong-currency'
  | 'wrong-customer-group'
  | 'first-order-only'
  | 'minimum-not-met'
  | 'no-matching-goods'
  | 'not-combinable'
  | 'already-applied'
  | 'no-effect'

export interface AppliedPromotion {
  readonly offer: Offer
  /** taken off goods and shipping together */
  readonly amount: bigint
}

export interface Promoted {
  /** per line, same order as the basket's lines */
  readonly discounts: readonly bigint[]
  readonly shippingDiscount: bigint
  /** in the order in which they were applied */
  readonly applied: readonly AppliedPromotion[]
  /** of offers with a code only: nobody asked for the automatic ones */
  readonly refused: readonly { readonly code: string; readonly reason: CouponRefusal }[]
}

/** Applies what can be applied, one after another: each works on what the ones before it left. */
export function applyPromotions(basket: PromotableBasket, offers: readonly Offer[]): Promoted {
  const remaining = basket.lines.map((line) => (line.giftCard ? 0n : subtotalOf(line)))
  let shipping = basket.shipping ?? 0n
  const applied: AppliedPromotion[] = []
  const refused: { code: string; reason: CouponRefusal }[] = []
  for (const offer of inOrder(offers)) {
    const { promotion, coupon } = offer
    const refuse = (reason: CouponRefusal) => coupon && refused.push({ code: coupon.code, reason })
    const reason = refusalOf(basket, offer) ?? clash(promotion, applied)
    if (reason) {
      refuse(reason)
      continue
    }
    const freesShipping = promotion.action.kind === 'free-shipping'
    const cuts = freesShipping ? remaining.map(() => 0n) : cutsOf(promotion, basket, remaining)
    const shippingCut = freesShipping ? shipping : 0n
    const amount = cuts.reduce((sum, cut) => sum + cut, shippingCut)
    if (amount === 0n && !(freesShipping && basket.shipping === null)) {
      refuse('no-effect')
      continue
    }
    for (const [index, cut] of cuts.entries()) remaining[index]! -= cut
    shipping -= shippingCut
    applied.push({ offer, amount })
  }
  return {
    discounts: basket.lines.map((line, index) => (line.giftCard ? 0n : subtotalOf(line) - remaining[index]!)),
    shippingDiscount: (basket.shipping ?? 0n) - shipping,
    applied,
    refused,
  }
}

const subtotalOf = (line: PromotableLine): bigint => line.unitPrice * BigInt(line.quantity)

/** Higher priority first; then codes in the order given, then automatic promotions by id, so that the same basket costs the same. */
function inOrder(offers: readonly Offer[]): Offer[] {
  const rank = ({ coupon }: Offer) => (coupon ? 0 : 1)
  return offers
    .map((offer, index) => ({ offer, index }))
    .sort((a, b) => {
      const first = b.offer.promotion.priority - a.offer.promotion.priority || rank(a.offer) - rank(b.offer)
      if (first !== 0) return first
      if (a.offer.coupon) return a.index - b.index
      return a.offer.promotion.id < b.offer.promotion.id ? -1 : a.offer.promotion.id > b.offer.promotion.id ? 1 : 0
    })
    .map(({ offer }) => offer)
}

function clash(promotion: Promotion, applied: readonly AppliedPromotion[]): CouponRefusal | undefined {
  if (applied.some(({ offer }) => offer.promotion.id === promotion.id)) return 'already-applied'
  if (applied.length > 0 && (promotion.exclusive || applied.some(({ offer }) => offer.promotion.exclusive)))
    return 'not-combinable'
  return undefined
}

function refusalOf(basket: PromotableBasket, { promotion, coupon, usedByCustomer }: Offer): CouponRefusal | undefined {
  const { conditions } = promotion
  const asked = <T>(list: readonly T[] | undefined): list is readonly T[] => list !== undefined && list.length > 0
  if (!promotion.active || coupon?.disabled) return 'disabled'
  if (promotion.startsAt && basket.now < promotion.startsAt) return 'not-started'
  if (promotion.endsAt && basket.now >= promotion.endsAt) return 'expired'
  if (promotion.usageLimit !== null && promotion.used >= promotion.usageLimit) return 'used-up'
  if (coupon && coupon.usageLimit !== null && coupon.used >= coupon.usageLimit) return 'used-up'
  if (promotion.customerLimit !== null && usedByCustomer >= promotion.customerLimit) return 'used-by-you'
  if (asked(conditions.channels) && !conditions.channels.includes(basket.channel)) return 'wrong-channel'
  if (conditions.currency !== undefined && conditions.currency !== basket.currency) return 'wrong-currency'
  if (asked(conditions.customerGroups) && !conditions.customerGroups.some((group) => basket.customerGroups.includes(group)))
    return 'wrong-customer-group'
  if (conditions.firstOrderOnly && basket.firstOrder === false) return 'first-order-only'
  const goods = basket.lines.reduce((sum, line) => sum + (line.giftCard ? 0n : subtotalOf(line)), 0n)
  if (goods < BigInt(conditions.minimumSubtotal ?? 0)) return 'minimum-not-met'
  if (!basket.lines.some((line) => matches(conditions, line))) return 'no-matching-goods'
  return undefined
}

function matches(conditions: PromotionConditions, line: PromotableLine): boolean {
  const { skus = [], categoryIds = [] } = conditions
  if (line.giftCard) return false
  if (skus.length === 0 && categoryIds.length === 0) return true
  return skus.includes(line.sku) || line.categoryIds.some((id) => categoryIds.includes(id))
}

/** What an action takes off each line: never negative, never more than what is left of the line. */
function cutsOf({ action, conditions }: Promotion, basket: PromotableBasket, remaining: readonly bigint[]): bigint[] {
  const base = basket.lines.map((line, index) => (matches(conditions, line) ? remaining[index]! : 0n))
  const left = base.reduce((sum, amount) => sum + amount, 0n)
  const spread = (total: bigint) => allocate(money(total, basket.currency), base).map((part) => part.amount)
  switch (action.kind) {
    case 'percent':
      return spread(divideRounded(left * BigInt(action.basisPoints), 10_000n))
    case 'fixed':
      return action.per === 'order'
        ? spread(least(BigInt(action.amount), left))
        : base.map((amount) => least(BigInt(action.amount), amount))
    case 'buy-x-get-y':
      return rewards(action, conditions, basket.lines).map((reward, index) => least(reward, remaining[index]!))
    case 'free-shipping':
      return base.map(() => 0n)
  }
}

const least = (a: bigint, b: bigint): bigint => (a < b ? a : b)

/**
 * Counts units over all matching lines. Without `rewardSkus` every full set of `buy + get` units makes the `get` cheapest ones
 * of the basket reduced; with it, every `buy` units make up to `get` units of those goods reduced.
 */
function rewards(
  action: PromotionAction & { kind: 'buy-x-get-y' },
  conditions: PromotionConditions,
  lines: readonly PromotableLine[],
): bigint[] {
  const isReward = (line: PromotableLine) =>
    !line.giftCard && (action.rewardSkus ? action.rewardSkus.includes(line.sku) : matches(conditions, line))
  const counts = (line: PromotableLine) => matches(conditions, line) && !(action.rewardSkus?.includes(line.sku) ?? false)
  const bought = lines.reduce((sum, line) => sum + (counts(line) ? line.quantity : 0), 0)
  let units = Math.floor(bought / (action.rewardSkus ? action.buy : action.buy + action.get)) * action.get
  const cheapestFirst = lines
    .map((line, index) => ({ line, index }))
    .filter(({ line }) => isReward(line))
    .sort((a, b) => (a.line.unitPrice === b.line.unitPrice ? a.index - b.index : a.line.unitPrice < b.line.unitPrice ? -1 : 1))
  const cuts = lines.map(() => 0n)
  for (const { line, index } of cheapestFirst) {
    const reduced = Math.min(units, line.quantity)
    cuts[index] = divideRounded(BigInt(reduced) * line.unitPrice * BigInt(action.basisPoints), 10_000n)
    units -= reduced
  }
  return cuts
}
