/** What is kept of a product to find it: pure. */
import type { Static } from 'typebox'
import type { CatalogueEntry, ProductFace } from '#contracts/rpc/catalogue.ts'
import { wordsOf, worthKnowing } from './words.ts'

type Face = Static<typeof ProductFace>

/** Something a product can be filtered by; its number is given by the table `terms`. */
export interface Term {
  readonly locale: string
  readonly kind: string
  readonly key: string
  readonly label: string
  readonly slug: string | null
  readonly parent: string | null
}

export interface Document {
  readonly productId: string
  readonly locale: string
  readonly title: string
  readonly description: string
  readonly titleText: string
  readonly aside: string
  /** words of both for the vocabulary */
  readonly spoken: string
  readonly descriptionText: string
  readonly titleWords: number
  readonly terms: readonly Term[]
  readonly samples: readonly number[]
  readonly price: number
  readonly publishedAt: string
  readonly rating: number
  readonly reviews: number
}

export interface Facts {
  /** stock of SKUs that inventory told us of */
  readonly available: ReadonlyMap<string, number>
  readonly rating: { readonly rating: number; readonly reviews: number } | undefined
}

const MOST_SAMPLES = 12

/** Documents of a product, one for each channel and language it is on sale in. */
export function documentsOf(entry: CatalogueEntry, facts: Facts): Document[] {
  const inStock =
    !entry.requiresShipping ||
    entry.variants.some(({ sku, inStock }) => (facts.available.has(sku) ? facts.available.get(sku)! > 0 : inStock === true))
  return entry.faces.map((face) => documentOf(entry, face, inStock, facts.rating))
}

function documentOf(entry: CatalogueEntry, face: Face, inStock: boolean, rated: Facts['rating']): Document {
  const aside = [
    entry.brand?.name ?? '',
    ...face.categories.map(({ title }) => title),
    ...face.options.flatMap(({ values }) => values.map(({ title }) => title)),
    ...entry.tags,
    ...entry.variants.map(({ sku }) => sku),
  ]
  const titleWords = wordsOf(face.title)
  const asideWords = [...new Set(aside.flatMap(wordsOf))]
  return {
    productId: entry.productId,
    locale: face.locale,
    title: face.title,
    description: face.description,
    titleText: titleWords.join(' '),
    aside: asideWords.join(' '),
    spoken: [...new Set([...titleWords, ...asideWords])].filter(worthKnowing).join(' '),
    descriptionText: wordsOf(face.description).join(' '),
    titleWords: Math.min(titleWords.length, 1000),
    terms: termsOf(entry, face, inStock, rated),
    samples: samplesOf(entry.productId),
    price: face.price,
    publishedAt: entry.publishedAt ?? new Date(0).toISOString(),
    rating: rated?.rating ?? 0,
    reviews: rated?.reviews ?? 0,
  }
}

function termsOf(entry: CatalogueEntry, face: Face, inStock: boolean, rated: Facts['rating']): Term[] {
  const { locale } = face
  const term = (kind: string, key: string, label: string, slug: string | null = null, parent: string | null = null): Term => ({
    locale,
    kind,
    key,
    label,
    slug,
    parent,
  })
  return [
    term('shelf', face.channel, face.currency),
    ...face.categories.map(({ id, title, slug, parentId }) => term('category', id, title, slug, parentId)),
    ...(entry.brand ? [term('brand', entry.brand.id, entry.brand.name, entry.brand.slug)] : []),
    ...(entry.seller ? [term('seller', entry.seller.id, entry.seller.name, entry.seller.slug)] : []),
    ...entry.tags.map((tag) => term('tag', tag, tag)),
    ...face.options.flatMap(({ key, title, values }) =>
      values.map((value) => term('option', `${key}:${value.key}`, value.title, null, title)),
    ),
    term('price', priceRange(face.price), face.currency),
    ...(rated && rated.reviews > 0 ? [term('rating', String(Math.floor(rated.rating)), '')] : []),
    ...(inStock ? [term('stock', 'in', '')] : []),
  ]
}

/** The range of prices an amount belongs to: 0-500, 500-1000, 1000-2000, 2000-5000, 5000-10000 …; the upper end belongs to the next. */
export function priceRange(amount: number): string {
  if (amount < 500) return '0-500'
  const power = 10 ** Math.floor(Math.log10(amount))
  const step = [5, 2, 1].find((factor) => amount >= factor * power)! * power
  return `${step}-${step === 2 * power ? 5 * power : step * 2}`
}

/** Samples a product belongs to: every second one to the first, every fourth to the second … By its id, so that a rebuild decides alike. */
export function samplesOf(productId: string): number[] {
  let mixed = 2166136261
  for (const character of productId) mixed = Math.imul(mixed ^ character.charCodeAt(0), 16777619)
  mixed ^= mixed >>> 15
  mixed = Math.imul(mixed, 0x2c1b3c6d)
  mixed ^= mixed >>> 12
  const level = mixed === 0 ? MOST_SAMPLES : Math.min(MOST_SAMPLES, Math.clz32(mixed & -mixed) ^ 31)
  return Array.from({ length: level }, (_, index) => -index - 1)
}
