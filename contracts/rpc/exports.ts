import Type from 'typebox'
import { ChannelKey, CountryCode, Locale, Nullable, Sku, Timestamp, Uuid } from '#contracts/values.ts'
import { Currency, MinorUnits } from '#kit/core/money.ts'
import { closed } from '#kit/messaging/event.ts'
import { method } from '#kit/rpc/rpc.ts'

const Place = Type.String({ maxLength: 128, description: 'where the next page begins, as the page before said' })

/** A list that is read to its end page by page (`souk export`): always the whole, in the order of a key. */
function pages<Row extends Type.TSchema>(row: Row) {
  return method(
    closed({ after: Type.Optional(Place), limit: Type.Integer({ minimum: 1, maximum: 1000 }) }),
    closed({ rows: Type.Array(row), next: Nullable(Place) }),
    { read: true },
  )
}

export const variantsExport = pages(
  closed({
    sku: Sku,
    productId: Uuid,
    variantId: Uuid,
    title: Type.String(),
    variantTitle: Type.String(),
    status: Type.String(),
    brand: Nullable(Type.String()),
    barcode: Nullable(Type.String()),
    /** of the first channel, without groups, for one; null where it is not for sale there */
    price: Nullable(MinorUnits),
    currency: Currency,
    taxClass: Type.String(),
    weightGrams: Type.Integer(),
    createdAt: Timestamp,
  }),
)

export const customersExport = pages(
  closed({
    userId: Uuid,
    email: Nullable(Type.String()),
    fullName: Type.String(),
    locale: Locale,
    phone: Nullable(Type.String()),
    country: Nullable(CountryCode),
    marketingConsent: Type.Boolean(),
    createdAt: Timestamp,
  }),
)

export const ordersExport = pages(
  closed({
    orderId: Uuid,
    number: Type.String(),
    status: Type.String(),
    channel: ChannelKey,
    customerId: Nullable(Uuid),
    email: Nullable(Type.String()),
    country: Nullable(Type.String()),
    items: Type.Integer(),
    currency: Currency,
    subtotal: MinorUnits,
    discount: MinorUnits,
    shipping: MinorUnits,
    tax: MinorUnits,
    total: MinorUnits,
    source: Type.String(),
    placedAt: Timestamp,
  }),
)
