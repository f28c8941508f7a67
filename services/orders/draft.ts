import Type, { type Static } from 'typebox'
import { Attributes, ChannelKey, Locale, Nullable, PostalAddress, Quantity, Sku, Timestamp, Uuid } from '#contracts/values.ts'
import { allocate, divideRounded, formatMoney, fromJson, money, MoneyJson } from '#kit/core/money.ts'
import { closed } from '#kit/messaging/event.ts'

/** Why staff asks another price: read by whoever looks at the order later. */
export const Reason = Type.String({ minLength: 3, maxLength: 300 })

/** A price of staff's own needs a reason. */
export const PriceOverride = closed({ unitPrice: MoneyJson, reason: Reason })
export const DraftLine = closed({ sku: Sku, quantity: Quantity, override: Type.Optional(Nullable(PriceOverride)) })
export type DraftLine = Static<typeof DraftLine>

export const ManualDiscount = Type.Union([
  closed({ kind: Type.Literal('percent'), basisPoints: Type.Integer({ minimum: 1, maximum: 10_000 }), reason: Reason }),
  closed({ kind: Type.Literal('fixed'), amount: MoneyJson, reason: Reason }),
])
export type ManualDiscount = Static<typeof ManualDiscount>

/** What a draft is about; kept as one document. */
export const DraftContent = closed({
  lines: Type.Array(DraftLine, { maxItems: 200 }),
  shippingOptionId: Nullable(Type.String({ maxLength: 60 })),
  couponCodes: Type.Array(Type.String({ minLength: 1, maxLength: 40 }), { maxItems: 10 }),
  discount: Nullable(ManualDiscount),
  attributes: Attributes,
})
export type DraftContent = Static<typeof DraftContent>

export const DraftContact = closed({
  email: Nullable(Type.String({ format: 'email', maxLength: 254 })),
  shippingAddress: Nullable(PostalAddress),
  billingAddress: Nullable(PostalAddress),
  /** a saved address of the customer, instead of shippingAddress */
  addressId: Nullable(Uuid),
})
export type DraftContact = Static<typeof DraftContact>

/** Everything staff may set; what is left out stays as it is. */
export const DraftBody = Type.Partial(
  Type.Object({
    customerId: Nullable(Uuid),
    locale: Locale,
    ...DraftContent.properties,
    ...DraftContact.properties,
  }),
  { additionalProperties: false },
)
export type DraftBody = Static<typeof DraftBody>

export const DraftView = closed({
  id: Uuid,
  status: Type.Union([Type.Literal('open'), Type.Literal('placed')]),
  orderId: Nullable(Uuid),
  channel: ChannelKey,
  locale: Locale,
  customerId: Nullable(Uuid),
  ...DraftContent.properties,
  ...DraftContact.properties,
  createdBy: Uuid,
  createdAt: Timestamp,
  updatedAt: Timestamp,
  expiresAt: Timestamp,
  version: Type.Integer(),
})
export type DraftView = Static<typeof DraftView>

export const emptyDraft: DraftContent & DraftContact = {
  lines: [],
  shippingOptionId: null,
  couponCodes: [],
  discount: null,
  attributes: {},
  email: null,
  shippingAddress: null,
  billingAddress: null,
  addressId: null,
}

const moneyText = (value: MoneyJson) => formatMoney(fromJson(value), 'en')

/** What changed about prices between two states of a draft, in words for the timeline. Pure. */
export function decisionsBetween(before: Pick<DraftContent, 'lines' | 'discount'>, after: typeof before): string[] {
  const overrideOf = (lines: readonly DraftLine[], sku: string) => lines.find((line) => line.sku === sku)?.override ?? null
  const skus = [...new Set([...before.lines, ...after.lines].map(({ sku }) => sku))]
  const prices = skus.flatMap((sku) => {
    const [was, is] = [overrideOf(before.lines, sku), overrideOf(after.lines, sku)]
    if (JSON.stringify(was) === JSON.stringify(is)) return []
    return [is ? `price of ${sku} set to ${moneyText(is.unitPrice)}: ${is.reason}` : `price of ${sku} as in the catalogue again`]
  })
  if (JSON.stringify(before.discount) === JSON.stringify(after.discount)) return prices
  if (!after.discount) return [...prices, 'discount taken away']
  const { discount } = after
  const size = discount.kind === 'percent' ? `${discount.basisPoints / 100} %` : moneyText(discount.amount)
  return [...prices, `discount of ${size}: ${discount.reason}`]
}

/**
 * Takes staff's discount off what promotions left of each line (minor units), split by largest remainder. Gift cards are left out
 * by the caller (0n). `undefined`: more than there is.
 */
export function splitDiscount(discount: ManualDiscount, left: readonly bigint[], currency: string): bigint[] | undefined {
  const sum = left.reduce((total, amount) => total + amount, 0n)
  const size =
    discount.kind === 'percent' ? divideRounded(sum * BigInt(discount.basisPoints), 10_000n) : BigInt(discount.amount.amount)
  if (size > sum) return undefined
  if (size === 0n) return left.map(() => 0n)
  return allocate(money(size, currency), [...left]).map(({ amount }) => amount)
}
