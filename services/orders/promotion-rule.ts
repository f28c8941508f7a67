import Type, { type Static } from 'typebox'
import { ChannelKey, Nullable, Sku, Timestamp, Uuid } from '#contracts/values.ts'
import { Currency, MinorUnits } from '#kit/core/money.ts'
import { closed } from '#kit/messaging/event.ts'

const amount = Type.Integer({ minimum: 1, maximum: 9_007_199_254_740_991, description: 'integer minor units (cents)' })
const share = Type.Integer({ minimum: 1, maximum: 10_000, description: 'basis points: 1 % = 100' })
const units = Type.Integer({ minimum: 1, maximum: 1000 })

/** What a promotion does. It only ever touches goods that its conditions name (all, if they name none), and never gift cards. */
export const PromotionAction = Type.Union([
  closed({ kind: Type.Literal('percent'), basisPoints: share }),
  /** an amount off the order, or off each line */
  closed({ kind: Type.Literal('fixed'), amount, per: Type.Union([Type.Literal('order'), Type.Literal('line')]) }),
  closed({ kind: Type.Literal('free-shipping') }),
  /** buy `buy`, and `get` more (the cheapest, or those of `rewardSkus`) are reduced by `basisPoints`; 10000: they are free */
  closed({
    kind: Type.Literal('buy-x-get-y'),
    buy: units,
    get: units,
    basisPoints: share,
    rewardSkus: Type.Optional(Type.Array(Sku, { minItems: 1, maxItems: 200 })),
  }),
])
export type PromotionAction = Static<typeof PromotionAction>

/** When a promotion applies. An empty or absent list asks for nothing. */
export const PromotionConditions = closed({
  currency: Type.Optional(Currency),
  /** of all goods but gift cards, before any discount; needs `currency` */
  minimumSubtotal: Type.Optional(MinorUnits),
  channels: Type.Optional(Type.Array(ChannelKey, { maxItems: 50 })),
  /** goods in one of these categories … */
  categoryIds: Type.Optional(Type.Array(Uuid, { maxItems: 200 })),
  /** … or with one of these SKUs */
  skus: Type.Optional(Type.Array(Sku, { maxItems: 500 })),
  customerGroups: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 60 }), { maxItems: 50 })),
  /** the customer has no other order that was not cancelled; counts once per customer */
  firstOrderOnly: Type.Optional(Type.Boolean()),
})
export type PromotionConditions = Static<typeof PromotionConditions>

export const PromotionRule = closed({
  action: PromotionAction,
  conditions: PromotionConditions,
  /** applies alone: not together with any other promotion */
  exclusive: Type.Boolean(),
  /** higher is looked at first; among equals, codes before automatic promotions */
  priority: Type.Integer({ minimum: -1000, maximum: 1000 }),
})
export type PromotionRule = Static<typeof PromotionRule>

/** What staff writes. */
export const PromotionBody = closed({
  name: Type.String({ minLength: 1, maxLength: 120 }),
  active: Type.Boolean({ default: true }),
  automatic: Type.Boolean({ default: false }),
  action: PromotionAction,
  conditions: Type.Object(PromotionConditions.properties, { additionalProperties: false, default: {} }),
  exclusive: Type.Boolean({ default: false }),
  priority: Type.Integer({ minimum: -1000, maximum: 1000, default: 0 }),
  startsAt: Type.Optional(Nullable(Timestamp)),
  endsAt: Type.Optional(Nullable(Timestamp)),
  /** orders that may use it in all, counted from the moment the limit is set */
  usageLimit: Type.Optional(Nullable(Type.Integer({ minimum: 1, maximum: 2_000_000_000 }))),
  /** orders of one customer that may use it */
  customerLimit: Type.Optional(Nullable(Type.Integer({ minimum: 1, maximum: 1000 }))),
})
export type PromotionBody = Static<typeof PromotionBody>

export const PromotionView = closed({
  id: Uuid,
  name: Type.String(),
  active: Type.Boolean(),
  automatic: Type.Boolean(),
  action: PromotionAction,
  conditions: PromotionConditions,
  exclusive: Type.Boolean(),
  priority: Type.Integer(),
  startsAt: Nullable(Timestamp),
  endsAt: Nullable(Timestamp),
  usageLimit: Nullable(Type.Integer()),
  customerLimit: Nullable(Type.Integer()),
  used: Type.Integer({ description: 'uses counted while there was a limit' }),
  version: Type.Integer(),
})
export type PromotionView = Static<typeof PromotionView>
