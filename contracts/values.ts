/** Words and shapes that several contracts share. Plain data, no logic. */
import Type, { type Static } from 'typebox'
import { MoneyJson } from '#kit/core/money.ts'
import { closed, mapOf } from '#kit/messaging/event.ts'

export const Uuid = Type.String({ format: 'uuid' })
export const Timestamp = Type.String({ format: 'date-time' })
/** Stock keeping unit: what is sold, counted and shipped. */
export const Sku = Type.String({
  minLength: 1,
  maxLength: 64,
  pattern: '^[^\\s\\u0000-\\u001f](?:[^\\u0000-\\u001f]*[^\\s\\u0000-\\u001f])?$',
})
export const Quantity = Type.Integer({ minimum: 1, maximum: 1_000_000 })
/** Key of a sales channel: `web`, `de`, `wholesale`. */
export const ChannelKey = Type.String({ minLength: 1, maxLength: 40, pattern: '^[a-z0-9][a-z0-9-]*$' })
/** BCP 47 language tag: `en`, `de`, `de-AT`. */
export const Locale = Type.String({ minLength: 2, maxLength: 16, pattern: '^[a-zA-Z]{2,3}(-[a-zA-Z0-9]{2,8})*$' })
export const CountryCode = Type.String({ pattern: '^[A-Z]{2}$', description: 'ISO 3166-1 alpha-2' })
export const Nullable = <S extends Type.TSchema>(schema: S) => Type.Union([schema, Type.Null()])

/** A postal address as a customer writes it. Personal data: never in an event, never in a table that CDC publishes. */
export const PostalAddress = closed({
  name: Type.String({ minLength: 1, maxLength: 120 }),
  company: Type.Optional(Type.String({ maxLength: 120 })),
  line1: Type.String({ minLength: 1, maxLength: 200 }),
  line2: Type.Optional(Type.String({ maxLength: 200 })),
  city: Type.String({ minLength: 1, maxLength: 120 }),
  region: Type.Optional(Type.String({ maxLength: 120 })),
  postalCode: Type.String({ minLength: 1, maxLength: 20 }),
  country: CountryCode,
  phone: Type.Optional(Type.String({ maxLength: 40 })),
})
export type PostalAddress = Static<typeof PostalAddress>

/** One line of an order as other services need to know it. */
export const OrderLineFact = closed({
  lineId: Uuid,
  sku: Sku,
  productId: Uuid,
  variantId: Uuid,
  quantity: Quantity,
  /** what the line costs the customer, discounts and tax included */
  total: MoneyJson,
})
export type OrderLineFact = Static<typeof OrderLineFact>

export const StockLine = closed({ sku: Sku, quantity: Quantity })
export type StockLine = Static<typeof StockLine>

/** Free typed attributes an operator defined (see CustomAttribute definitions of the owning service). */
export const Attributes = mapOf(
  Type.String({ minLength: 1, maxLength: 60 }),
  Type.Union([Type.String({ maxLength: 2000 }), Type.Number(), Type.Boolean(), Type.Null()]),
  { maxProperties: 100 },
)
export type Attributes = Static<typeof Attributes>
