import Type, { type Static } from 'typebox'
import { ChannelKey, CountryCode, Locale, Nullable, Quantity, Sku, Uuid } from '#contracts/values.ts'
import { catalogueMessages, catalogueMethods } from '#contracts/rpc/catalogue.ts'
import { variantsExport } from '#contracts/rpc/exports.ts'
import { Currency, MinorUnits } from '#kit/core/money.ts'
import { closed } from '#kit/messaging/event.ts'
import { defineRpc, method } from '#kit/rpc/rpc.ts'

/** One SKU with everything a cart and an order need to price it. Amounts are minor units of the reply's currency. */
export const PricedLine = closed({
  sku: Sku,
  productId: Uuid,
  variantId: Uuid,
  title: Type.String(),
  variantTitle: Type.String(),
  imageUrl: Nullable(Type.String()),
  /** price of one unit at this quantity, as the channel shows it (with or without tax, see `pricesIncludeTax`) */
  unitPrice: MinorUnits,
  /** before a price list's reduction; equal to unitPrice where there is none */
  listPrice: MinorUnits,
  taxClass: Type.String(),
  taxRateBasisPoints: Type.Integer({ minimum: 0, maximum: 10_000 }),
  weightGrams: Type.Integer({ minimum: 0 }),
  requiresShipping: Type.Boolean(),
  categoryIds: Type.Array(Uuid),
  /** set when the line is a gift card product */
  giftCard: Type.Boolean(),
})
export type PricedLine = Static<typeof PricedLine>

export const Channel = closed({
  key: ChannelKey,
  name: Type.String(),
  currency: Currency,
  locales: Type.Array(Locale, { minItems: 1 }),
  country: CountryCode,
  pricesIncludeTax: Type.Boolean(),
  /** warehouses that serve the channel, first choice first; empty: all */
  warehouses: Type.Array(Type.String()),
})
export type Channel = Static<typeof Channel>

/** A typed field that an operator added. `choices`: allowed values of an enum. */
export const AttributeDefinition = closed({
  key: Type.String(),
  type: Type.Union([
    Type.Literal('text'),
    Type.Literal('number'),
    Type.Literal('boolean'),
    Type.Literal('date'),
    Type.Literal('enum'),
  ]),
  required: Type.Boolean(),
  choices: Type.Array(Type.String()),
})

const Basket = closed({
  channel: ChannelKey,
  locale: Type.Optional(Locale),
  country: Type.Optional(CountryCode),
  customerGroups: Type.Optional(Type.Array(Type.String())),
  lines: Type.Array(closed({ sku: Sku, quantity: Quantity }), { maxItems: 500 }),
})
const PricedBasket = closed({
  currency: Currency,
  pricesIncludeTax: Type.Boolean(),
  lines: Type.Array(PricedLine),
  refused: Type.Array(
    closed({
      sku: Sku,
      reason: Type.Union([Type.Literal('unknown'), Type.Literal('not-on-sale'), Type.Literal('no-price')]),
    }),
  ),
})

export const productsRpc = defineRpc(
  'products',
  {
    /** Prices SKUs for a channel, a customer's groups and a destination. SKUs that are unknown, not on sale or without a price come back in `refused`. */
    price: method(Basket, PricedBasket, { read: true }),
    /** The same for showing only, from memory where nothing changed: never older than a second. What is charged is asked of `price`. */
    shownPrices: method(Basket, PricedBasket, { read: true }),
    /** The custom attributes that were defined for something other services keep. */
    attributes: method(closed({ entity: Type.Literal('order') }), closed({ definitions: Type.Array(AttributeDefinition) }), {
      read: true,
    }),
    channel: method(closed({ key: ChannelKey }), Type.Union([Channel, Type.Null()]), { read: true }),
    /** All sales channels, the default one first, with the host names that lead to them. */
    channels: method(
      closed({}),
      closed({
        channels: Type.Array(
          Type.Object({ ...Channel.properties, hosts: Type.Array(Type.String()) }, { additionalProperties: false }),
        ),
      }),
      { read: true },
    ),
    /** The channel of an import: created as asked when there is none of this key; one that is there stays as it is. `differs`: in another currency. */
    ensureChannel: method(
      closed({
        key: ChannelKey,
        name: Type.String({ minLength: 1, maxLength: 200 }),
        currency: Currency,
        locale: Locale,
        country: CountryCode,
        pricesIncludeTax: Type.Boolean(),
      }),
      closed({ outcome: Type.Union([Type.Literal('created'), Type.Literal('exists'), Type.Literal('differs')]) }),
    ),
    /** Creates or updates products with one variant each from another system, by SKU; idempotent. `at`: historical time. */
    importProducts: method(
      closed({
        channel: ChannelKey,
        source: Type.String(),
        products: Type.Array(closed({ sku: Sku, title: Type.String(), at: Type.String() }), { maxItems: 1000 }),
      }),
      closed({ products: Type.Array(closed({ sku: Sku, productId: Uuid, variantId: Uuid })) }),
    ),
    /** Sets prices in a price list, in historical order; the same price again changes nothing. */
    importPrices: method(
      closed({
        channel: ChannelKey,
        prices: Type.Array(closed({ sku: Sku, amount: MinorUnits, at: Type.String() }), { maxItems: 5000 }),
      }),
      closed({ changed: Type.Integer() }),
    ),
    /** The whole catalogue, page by page. */
    exportVariants: variantsExport,
    ...catalogueMethods,
  },
  { ...catalogueMessages, Channel, Basket, PricedBasket, PricedLine, AttributeDefinition },
)
