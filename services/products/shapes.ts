/** Shapes of what comes in and goes out over HTTP. Plain schemas; rules stand in product.ts, price.ts, category.ts. */
import Type, { type Static } from 'typebox'
import { SLUG_PATTERN } from './slug.ts'
import { Attributes, ChannelKey, Locale, Nullable, Sku, Timestamp, Uuid } from '#contracts/values.ts'
import { MinorUnits, MoneyJson } from '#kit/core/money.ts'
import { closed, mapOf } from '#kit/messaging/event.ts'

export const Slug = Type.String({ minLength: 1, maxLength: 120, pattern: SLUG_PATTERN })
export const Key = Type.String({ minLength: 1, maxLength: 60, pattern: '^[a-z0-9]+([-_][a-z0-9]+)*$' })
export const Titles = mapOf(Locale, Type.String({ minLength: 1, maxLength: 200 }), { maxProperties: 40 })
export const Status = Type.Union([Type.Literal('DRAFT'), Type.Literal('ACTIVE'), Type.Literal('ARCHIVED')])
export const Tag = Type.String({ minLength: 1, maxLength: 60, pattern: '^\\S(?:.*\\S)?$' })

export const TextInput = closed({
  title: Type.String({ minLength: 1, maxLength: 300, pattern: '\\S' }),
  description: Type.Optional(Type.String({ maxLength: 50_000 })),
  seoTitle: Type.Optional(Nullable(Type.String({ maxLength: 300 }))),
  seoDescription: Type.Optional(Nullable(Type.String({ maxLength: 1000 }))),
})
export const TextsInput = mapOf(Locale, TextInput, { minProperties: 1, maxProperties: 40 })

const OptionInput = closed({
  key: Key,
  titles: Type.Optional(Titles),
  values: Type.Array(closed({ key: Key, titles: Type.Optional(Titles) }), { minItems: 1, maxItems: 200 }),
})

export const VariantInput = closed({
  sku: Sku,
  options: Type.Optional(mapOf(Key, Key, { maxProperties: 6 })),
  barcode: Type.Optional(Nullable(Type.String({ minLength: 1, maxLength: 64 }))),
  weightGrams: Type.Optional(Type.Integer({ minimum: 0, maximum: 10_000_000 })),
  attributes: Type.Optional(Attributes),
  /** price of one unit in the channel's own price list; left out: prices stay as they are */
  price: Type.Optional(MoneyJson),
})

const fields = {
  slug: Type.Optional(Slug),
  status: Type.Optional(Type.Union([Type.Literal('DRAFT'), Type.Literal('ACTIVE')])),
  options: Type.Optional(Type.Array(OptionInput, { maxItems: 6 })),
  variants: Type.Optional(Type.Array(VariantInput, { maxItems: 200 })),
  sellerId: Type.Optional(Nullable(Uuid)),
  brandId: Type.Optional(Nullable(Uuid)),
  taxClass: Type.Optional(Key),
  channels: Type.Optional(Nullable(Type.Array(ChannelKey, { maxItems: 100, uniqueItems: true }))),
  giftCard: Type.Optional(Type.Boolean()),
  requiresShipping: Type.Optional(Type.Boolean()),
  tags: Type.Optional(Type.Array(Tag, { maxItems: 50, uniqueItems: true })),
  categoryIds: Type.Optional(Type.Array(Uuid, { maxItems: 50, uniqueItems: true })),
  relatedIds: Type.Optional(Type.Array(Uuid, { maxItems: 50, uniqueItems: true })),
  attributes: Type.Optional(Attributes),
}
export const ProductInput = closed({ ...fields, texts: TextsInput })
export type ProductInput = Static<typeof ProductInput>
export const ProductPatch = closed({ ...fields, texts: Type.Optional(TextsInput) })
export type ProductPatch = Static<typeof ProductPatch>

/** A product as it is written: every language, ready to be changed and sent back. */
export const EditView = closed({
  id: Uuid,
  version: Type.Integer(),
  slug: Type.String(),
  status: Status,
  texts: Type.Record(
    Type.String(),
    closed({
      title: Type.String(),
      description: Type.String(),
      seoTitle: Nullable(Type.String()),
      seoDescription: Nullable(Type.String()),
    }),
  ),
  options: Type.Array(OptionInput),
  variants: Type.Array(
    closed({
      sku: Type.String(),
      options: Type.Record(Type.String(), Type.String()),
      barcode: Nullable(Type.String()),
      weightGrams: Type.Integer(),
      attributes: Attributes,
      /** of one unit in the channel's own list, whatever a sale makes of it; left out: it has none there */
      price: Type.Optional(MoneyJson),
    }),
  ),
  /** variants it once had: sent back among `variants`, they are sold again under their SKU */
  retired: Type.Array(closed({ sku: Type.String(), options: Type.Record(Type.String(), Type.String()) })),
  sellerId: Nullable(Uuid),
  brandId: Nullable(Uuid),
  taxClass: Type.String(),
  channels: Nullable(Type.Array(Type.String())),
  giftCard: Type.Boolean(),
  requiresShipping: Type.Boolean(),
  tags: Type.Array(Type.String()),
  categoryIds: Type.Array(Uuid),
  relatedIds: Type.Array(Uuid),
  attributes: Attributes,
})

const Media = closed({
  id: Uuid,
  kind: Type.String(),
  contentType: Type.String(),
  alt: Type.String(),
  renditions: Type.Array(closed({ url: Type.String(), width: Nullable(Type.Integer()), height: Nullable(Type.Integer()) })),
})
const Named = closed({ id: Uuid, slug: Type.String(), name: Type.String() })

export const ProductView = closed({
  id: Uuid,
  slug: Type.String(),
  status: Status,
  version: Type.Integer(),
  channel: ChannelKey,
  locale: Locale,
  title: Type.String(),
  description: Type.String(),
  seo: closed({ title: Type.String(), description: Type.String() }),
  pricesIncludeTax: Type.Boolean(),
  taxClass: Type.String(),
  taxRateBasisPoints: Type.Integer(),
  giftCard: Type.Boolean(),
  requiresShipping: Type.Boolean(),
  brand: Nullable(Named),
  seller: Nullable(Named),
  tags: Type.Array(Type.String()),
  categories: Type.Array(closed({ id: Uuid, slug: Type.String(), title: Type.String() })),
  attributes: Attributes,
  options: Type.Array(
    closed({
      key: Type.String(),
      title: Type.String(),
      values: Type.Array(closed({ key: Type.String(), title: Type.String() })),
    }),
  ),
  variants: Type.Array(
    closed({
      id: Uuid,
      sku: Type.String(),
      title: Type.String(),
      options: Type.Record(Type.String(), Type.String()),
      barcode: Nullable(Type.String()),
      weightGrams: Type.Integer(),
      attributes: Attributes,
      /** null: not for sale in this channel */
      price: Nullable(MoneyJson),
      /** before a reduction */
      listPrice: Nullable(MoneyJson),
      /** price from this many on, for this customer */
      breaks: Type.Array(closed({ minQuantity: Type.Integer(), price: MoneyJson })),
      /** null: inventory has said nothing yet */
      inStock: Nullable(Type.Boolean()),
    }),
  ),
  media: Type.Array(Media),
  publishedAt: Nullable(Timestamp),
  createdAt: Timestamp,
  updatedAt: Timestamp,
})
export type ProductView = Static<typeof ProductView>

export const PriceInput = closed({
  sku: Sku,
  minQuantity: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000 })),
  /** null removes the price */
  amount: Nullable(MinorUnits),
})
