import Type from 'typebox'
import { ChannelKey, Nullable, Sku, Uuid } from '#contracts/values.ts'
import { MoneyJson } from '#kit/core/money.ts'
import { closed, defineEvent } from '#kit/messaging/event.ts'

const status = Type.Union([Type.Literal('DRAFT'), Type.Literal('ACTIVE'), Type.Literal('ARCHIVED')])

export const ProductCreated = defineEvent(
  'ProductCreated.v1',
  'product',
  'productId',
  'A product came into the catalogue.',
  closed({ productId: Uuid, slug: Type.String(), status, version: Type.Integer(), skus: Type.Array(Sku) }),
)
export const ProductUpdated = defineEvent(
  'ProductUpdated.v1',
  'product',
  'productId',
  'Texts, variants, media, categories or status of a product changed.',
  closed({
    productId: Uuid,
    slug: Type.String(),
    status,
    version: Type.Integer(),
    skus: Type.Array(Sku),
    changed: Type.Array(Type.String()),
  }),
)
export const ProductDeleted = defineEvent(
  'ProductDeleted.v1',
  'product',
  'productId',
  'A product left the catalogue.',
  closed({ productId: Uuid, skus: Type.Array(Sku) }),
)
export const PriceChanged = defineEvent(
  'PriceChanged.v1',
  'product',
  'productId',
  'The price of one variant in one price list changed.',
  closed({
    productId: Uuid,
    variantId: Uuid,
    sku: Sku,
    priceListId: Uuid,
    channel: Nullable(ChannelKey),
    previous: Nullable(MoneyJson),
    price: Nullable(MoneyJson),
    minQuantity: Type.Integer({ minimum: 1 }),
  }),
)
export const ProductViewed = defineEvent(
  'ProductViewed.v1',
  'product',
  'productId',
  'A shopper opened a product.',
  closed({ productId: Uuid, channel: ChannelKey, userId: Nullable(Uuid) }),
)
