/** The catalogue as others read it: to find products in it, and to show those that were found. */
import Type, { type Static } from 'typebox'
import { ChannelKey, Locale, Nullable, Sku, Timestamp, Uuid } from '#contracts/values.ts'
import { Currency, MinorUnits, MoneyJson } from '#kit/core/money.ts'
import { closed } from '#kit/messaging/event.ts'
import { method } from '#kit/rpc/rpc.ts'

/** A product in one channel and language, ready for lists. */
export const Card = closed({
  id: Uuid,
  slug: Type.String(),
  title: Type.String(),
  brand: Nullable(Type.String()),
  image: Nullable(closed({ url: Type.String(), alt: Type.String() })),
  /** lowest of the variants' prices for one unit, for the customer groups of whoever asks */
  price: MoneyJson,
  listPrice: MoneyJson,
  priceVaries: Type.Boolean(),
  variantCount: Type.Integer(),
  inStock: Type.Boolean(),
  giftCard: Type.Boolean(),
  tags: Type.Array(Type.String()),
  publishedAt: Timestamp,
  /** mean of the stars of the shown reviews; 0 where there is none */
  rating: Type.Number({ minimum: 0, maximum: 5 }),
  reviewCount: Type.Integer({ minimum: 0 }),
})
export type Card = Static<typeof Card>

export const NamedPlace = closed({ id: Uuid, slug: Type.String(), name: Type.String() })
export const CategoryPlace = closed({ id: Uuid, parentId: Nullable(Uuid), slug: Type.String(), title: Type.String() })
export const OptionValues = closed({
  key: Type.String(),
  title: Type.String(),
  values: Type.Array(closed({ key: Type.String(), title: Type.String() })),
})

/** What a product is in one channel and language, as far as it can be found by it. */
export const ProductFace = closed({
  channel: ChannelKey,
  locale: Locale,
  currency: Currency,
  title: Type.String(),
  description: Type.String(),
  price: MinorUnits,
  /** its categories and all above them, from the root down */
  categories: Type.Array(CategoryPlace),
  /** what variants on sale differ in */
  options: Type.Array(OptionValues),
})
export const CatalogueEntry = closed({
  productId: Uuid,
  publishedAt: Nullable(Timestamp),
  requiresShipping: Type.Boolean(),
  brand: Nullable(NamedPlace),
  seller: Nullable(NamedPlace),
  tags: Type.Array(Type.String()),
  /** variants that are kept; `inStock` null: nothing heard of stock yet */
  variants: Type.Array(closed({ sku: Sku, inStock: Nullable(Type.Boolean()) })),
  /** empty: it is not on sale anywhere */
  faces: Type.Array(ProductFace),
})
export type CatalogueEntry = Static<typeof CatalogueEntry>

const Titles = Type.Array(closed({ locale: Locale, title: Type.String({ minLength: 1, maxLength: 300 }) }), {
  minItems: 1,
  maxItems: 40,
})
const Address = Type.String({ minLength: 1, maxLength: 120 })
const Named = closed({ slug: Address, name: Type.String({ minLength: 1, maxLength: 200 }) })
/** A whole product from another system, on sale at once. */
export const ImportedProduct = closed({
  slug: Address,
  at: Timestamp,
  brand: Nullable(Address),
  seller: Nullable(Address),
  categories: Type.Array(Address, { maxItems: 50 }),
  tags: Type.Array(Type.String({ minLength: 1, maxLength: 60 }), { maxItems: 50 }),
  texts: Type.Array(
    closed({
      locale: Locale,
      title: Type.String({ minLength: 1, maxLength: 300 }),
      description: Type.String({ maxLength: 50_000 }),
    }),
    {
      minItems: 1,
      maxItems: 40,
    },
  ),
  options: Type.Array(
    closed({
      key: Type.String({ minLength: 1, maxLength: 60 }),
      titles: Titles,
      values: Type.Array(closed({ key: Type.String({ minLength: 1, maxLength: 60 }), titles: Titles }), { minItems: 1 }),
    }),
    { maxItems: 5 },
  ),
  variants: Type.Array(
    closed({ sku: Sku, amount: MinorUnits, options: Type.Array(closed({ option: Type.String(), value: Type.String() })) }),
    { minItems: 1, maxItems: 250 },
  ),
})

export const CardInChannel = closed({ productId: Uuid, card: Card })

export const catalogueMessages = {
  Card,
  NamedPlace,
  CategoryPlace,
  OptionValues,
  ProductFace,
  CatalogueEntry,
  CardInChannel,
  ImportedProduct,
}

/** Told in the transaction that changes what the page or card of a product says; `changes` below hands it to those who keep answers. */
export const productTag = (id: string): string => `product:${id}`
/** Told when something changes that any answer may show: categories, brands, prices that begin or end. */
export const CATALOGUE = 'catalogue'

export const catalogueMethods = {
  /** These products as they are now; one that does not exist is left out. */
  entries: method(closed({ ids: Type.Array(Uuid, { maxItems: 500 }) }), closed({ entries: Type.Array(CatalogueEntry) }), {
    read: true,
  }),
  /**
   * Brings in whole products with the categories (parents first), brands and sellers they name by address, with prices in the channel's own
   * list. What is there already stays as it is.
   */
  importCatalogue: method(
    closed({
      channel: ChannelKey,
      source: Type.String({ minLength: 1, maxLength: 60 }),
      categories: Type.Array(closed({ slug: Address, parent: Nullable(Address), titles: Titles }), { maxItems: 1000 }),
      brands: Type.Array(Named, { maxItems: 1000 }),
      sellers: Type.Array(Named, { maxItems: 1000 }),
      products: Type.Array(ImportedProduct, { maxItems: 1000 }),
    }),
    closed({ created: Type.Integer(), known: Type.Integer() }),
  ),
  /** Ids of all products that are on sale, in order, page by page. */
  entryIds: method(
    closed({ after: Type.Optional(Uuid), limit: Type.Integer({ minimum: 1, maximum: 500 }) }),
    closed({ ids: Type.Array(Uuid), next: Nullable(Uuid) }),
    { read: true },
  ),
  /** Cards to show now, with the prices of this moment for these customer groups (none: a stranger's); what is not on sale here is left out. */
  cards: method(
    closed({
      channel: ChannelKey,
      locale: Locale,
      ids: Type.Array(Uuid, { maxItems: 200 }),
      groups: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 60 }), { maxItems: 100 })),
    }),
    closed({ cards: Type.Array(CardInChannel) }),
    { read: true },
  ),
  /** Whose stall a product stands on: `userId` is the account that speaks for it. Nulls where it is the shop's own, or there is no such product. */
  sellerOf: method(
    closed({ productId: Uuid }),
    closed({ known: Type.Boolean(), userId: Nullable(Uuid), name: Nullable(Type.String()) }),
    { read: true },
  ),
  /** Ids of the products of the stall that somebody speaks for, the latest first, page by page. */
  soldBy: method(
    closed({ userId: Uuid, before: Type.Optional(Uuid), limit: Type.Integer({ minimum: 1, maximum: 1000 }) }),
    closed({ productIds: Type.Array(Uuid), next: Nullable(Uuid) }),
    { read: true },
  ),
  /** What changed in the catalogue since an earlier look (see kit/cache): for those who keep answers that show it. */
  changes: method(
    closed({ since: Type.Optional(Type.String()) }),
    closed({ snapshot: Type.String(), tags: Type.Array(Type.String()), everything: Type.Boolean() }),
    { read: true },
  ),
}
