import { ProductCreated, ProductDeleted, ProductUpdated } from '#contracts/events/products.ts'
import { uuidv7 } from '#kit/core/ids.ts'
import { may, type Principal } from '#kit/core/principal.ts'
import type { Query } from '#kit/db/db.ts'
import type { NewEvent } from '#kit/messaging/event.ts'
import { writePrices } from './write-prices.ts'
import { attributeProblems } from '#kit/core/attributes.ts'
import type { ProductsDeps } from '../deps.ts'
import { errors } from '../errors.ts'
import { changedFields, type Product, problemsOf } from '../product.ts'
import { loadAttributeDefinitions } from '../queries/attributes.ts'
import { loadProduct, type StoredProduct } from '../queries/load-product.ts'
import type { ProductInput, ProductPatch } from '../shapes.ts'
import { slugify } from '../slug.ts'
import { claimSlug, freeSlug, refreshCards, writeProduct } from '../store.ts'

/** Who writes, and in which channel's price list a variant's `price` belongs. */
export interface Writer {
  readonly principal: Principal
  readonly channel: string
}

export interface SavedProduct {
  readonly id: string
  readonly slug: string
  readonly status: Product['status']
  readonly version: number
}

/** Creates a product. Without a slug the address is made from the first title. Sellers get their own shop entered as seller. */
export async function createProduct(deps: ProductsDeps, tx: Query, writer: Writer, input: ProductInput): Promise<SavedProduct> {
  const title = Object.values(input.texts)[0]?.title ?? ''
  const slug = input.slug ?? (await freeSlug(tx, slugify(title)))
  const product = await asWriter(tx, writer.principal, merge(empty(slug), input), undefined)
  await check(tx, product)
  const id = uuidv7()
  const version = await writeProduct(tx, id, product, 0)
  await claimSlug(tx, id, slug)
  const skus = product.variants.map((variant) => variant.sku)
  const created = ProductCreated({ productId: id, slug, status: product.status, version, skus })
  await finish(deps, tx, id, writer.channel, input, [created])
  return { id, slug, status: product.status, version }
}

/**
 * Changes a product. `replace` (PUT): what the input leaves out goes back to its default; else (PATCH) it stays. `expected`:
 * version from If-Match; another one throws version-conflict. The same content again makes no new version.
 */
export async function updateProduct(
  deps: ProductsDeps,
  tx: Query,
  writer: Writer,
  id: string,
  input: ProductPatch,
  { replace, expected }: { replace: boolean; expected: number | undefined },
): Promise<SavedProduct> {
  const stored = await writable(tx, writer.principal, id, expected)
  const slug = input.slug ?? stored.product.slug
  const base = replace ? { ...empty(slug), sellerId: stored.product.sellerId } : stored.product
  const product = await asWriter(tx, writer.principal, merge(base, input), stored)
  await check(tx, product)
  const changed = changedFields(stored.product, product)
  const skus = product.variants.map((variant) => variant.sku)
  let version = stored.version
  const events: NewEvent[] = []
  if (changed.length > 0) {
    if (changed.includes('slug')) await claimSlug(tx, id, slug)
    version = await writeProduct(tx, id, product, stored.version)
    events.push(ProductUpdated({ productId: id, slug, status: product.status, version, skus, changed }))
  }
  await finish(deps, tx, id, writer.channel, input, events)
  return { id, slug, status: product.status, version }
}

/** Takes a product out of the catalogue for good: it becomes ARCHIVED, carts and old orders still know it. Again: no change. */
export async function archiveProduct(
  deps: ProductsDeps,
  tx: Query,
  principal: Principal,
  id: string,
  expected: number | undefined,
): Promise<void> {
  const [row] = await tx<{ status: string }[]>`select p.status from products p where p.id = ${id}`
  const stored = row?.status === 'ARCHIVED' ? undefined : await writable(tx, principal, id, expected)
  if (!stored) {
    await mustMayWrite(principal, await loadProduct(tx, id))
    return
  }
  await tx`update products set status = 'ARCHIVED', version = version + 1, updated_at = now() where id = ${id}`
  await refreshCards(tx, [id])
  await deps.kit.outbox.append(tx, [
    ProductDeleted({ productId: id, skus: stored.product.variants.map((variant) => variant.sku) }),
  ])
}

/** The product, locked, if this principal may write it and it is the version expected. */
export async function writable(
  tx: Query,
  principal: Principal,
  id: string,
  expected: number | undefined,
): Promise<StoredProduct> {
  const stored = await loadProduct(tx, id, { lock: true })
  await mustMayWrite(principal, stored)
  if (!stored) throw errors.notFound()
  if (expected !== undefined && expected !== stored.version) throw errors.versionConflict({ expected, actual: stored.version })
  if (stored.product.status === 'ARCHIVED') throw errors.archived()
  return stored
}

/** Staff, and the seller whose product it is. */
export const mayWrite = (principal: Principal, { sellerUserId }: Pick<StoredProduct, 'sellerUserId'>): boolean =>
  may(principal, 'products:write') ||
  (sellerUserId !== null && may(principal, 'products:write-own') && sellerUserId === principal.id)

async function mustMayWrite(principal: Principal, stored: StoredProduct | undefined): Promise<void> {
  if (!stored) throw errors.notFound()
  if (mayWrite(principal, stored)) return
  // Everybody can see what is on sale; of everything else only its seller and staff know that it exists.
  throw stored.product.status === 'ACTIVE' ? errors.notYourProduct() : errors.notFound()
}

/** A seller's products are theirs, whatever the body says; staff may enter anybody. */
async function asWriter(tx: Query, principal: Principal, product: Product, stored: StoredProduct | undefined): Promise<Product> {
  if (may(principal, 'products:write')) return product
  if (!may(principal, 'products:write-own')) throw errors.notYourProduct()
  const [seller] = await tx<
    { id: string }[]
  >`select s.id from sellers s where s.user_id = ${principal.id} and s.status = 'ACTIVE'`
  if (!seller || (product.sellerId !== null && product.sellerId !== seller.id)) throw errors.notYourProduct()
  if (stored && stored.product.sellerId !== seller.id) throw errors.notYourProduct()
  return { ...product, sellerId: seller.id }
}

async function check(tx: Query, product: Product): Promise<void> {
  const problems = problemsOf(product)
  if (problems.length > 0) throw errors.invalidProduct({}, { fields: problems })
  // a draft may still want what it must have when it is sold
  const definitions = (await loadAttributeDefinitions(tx, null)).map((one) => ({
    ...one,
    required: one.required && product.status === 'ACTIVE',
  }))
  const wrong = [
    ...attributeProblems(
      definitions.filter((one) => one.entity === 'product'),
      product.attributes,
      '/attributes',
    ),
    ...product.variants.flatMap((variant, index) =>
      attributeProblems(
        definitions.filter((one) => one.entity === 'variant'),
        variant.attributes,
        `/variants/${index}/attributes`,
      ),
    ),
  ]
  if (wrong.length > 0) throw errors.invalidAttributes({}, { fields: wrong })
  if (product.channels && product.channels.length > 0) {
    const [known] = await tx<
      { count: number }[]
    >`select count(*)::integer as count from channels where key = any (${product.channels as string[]})`
    if (known?.count !== product.channels.length) throw errors.unknownReference({ field: 'channels' })
  }
}

/** Prices that came with the variants, cards, events: the same end for every write. */
async function finish(
  deps: ProductsDeps,
  tx: Query,
  id: string,
  channel: string,
  input: ProductPatch,
  events: NewEvent[],
): Promise<void> {
  const prices = (input.variants ?? []).flatMap((variant) => (variant.price ? [{ sku: variant.sku, price: variant.price }] : []))
  let priceEvents: NewEvent[] = []
  if (prices.length > 0) {
    const [list] = await tx<{ id: string; currency: string }[]>`
      select l.id, l.currency from channels ch join price_lists l on l.id = ch.base_price_list where ch.key = ${channel}`
    if (!list) throw errors.noSuchChannel({ channel })
    const foreign = prices.find(({ price }) => price.currency !== list.currency)
    if (foreign) throw errors.invalidPrice({ sku: foreign.sku, currency: list.currency })
    const ids = await tx<{ id: string; sku: string }[]>`select v.id, v.sku from variants v where v.product_id = ${id}`
    const bySku = new Map(ids.map((variant) => [variant.sku, variant.id]))
    const entries = prices.map(({ sku, price }) => ({ variantId: bySku.get(sku)!, minQuantity: 1, amount: price.amount }))
    priceEvents = (await writePrices(tx, list.id, entries)).events
  }
  if (events.length + priceEvents.length === 0) return
  await refreshCards(tx, [id])
  await deps.kit.outbox.append(tx, [...events, ...priceEvents])
}

const empty = (slug: string): Product => ({
  slug,
  status: 'DRAFT',
  texts: {},
  options: [],
  variants: [],
  sellerId: null,
  brandId: null,
  taxClass: 'standard',
  channels: null,
  giftCard: false,
  requiresShipping: true,
  tags: [],
  categoryIds: [],
  relatedIds: [],
  attributes: {},
})

/** The product with what the input names; defaults filled in. */
function merge(base: Product, input: ProductPatch): Product {
  const given = Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined)) as ProductPatch
  const merged = { ...base, ...given } as Product
  return {
    ...merged,
    texts: given.texts
      ? Object.fromEntries(
          Object.entries(given.texts).map(([locale, text]) => [
            locale,
            {
              title: text.title.trim(),
              description: text.description ?? '',
              seoTitle: text.seoTitle ?? null,
              seoDescription: text.seoDescription ?? null,
            },
          ]),
        )
      : base.texts,
    options: given.options
      ? given.options.map((option) => ({
          ...option,
          titles: option.titles ?? {},
          values: option.values.map((value) => ({ ...value, titles: value.titles ?? {} })),
        }))
      : base.options,
    variants: given.variants
      ? given.variants.map(({ sku, options, barcode, weightGrams, attributes }) => ({
          sku,
          options: options ?? {},
          barcode: barcode ?? null,
          weightGrams: weightGrams ?? 0,
          attributes: attributes ?? {},
        }))
      : base.variants,
    categoryIds: [...merged.categoryIds].sort(),
  }
}
