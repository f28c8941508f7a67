import type { Attributes } from '#contracts/values.ts'
import type { FieldError } from '#kit/core/errors.ts'

export type ProductStatus = 'DRAFT' | 'ACTIVE' | 'ARCHIVED'
/** A short text by language: `{ en: 'Red', de: 'Rot' }`. */
export type Titles = Record<string, string>

export interface ProductText {
  readonly title: string
  readonly description: string
  readonly seoTitle: string | null
  readonly seoDescription: string | null
}

export interface ProductOption {
  readonly key: string
  readonly titles: Titles
  readonly values: readonly { readonly key: string; readonly titles: Titles }[]
}

export interface Variant {
  readonly sku: string
  /** one value of every option of the product */
  readonly options: Record<string, string>
  readonly barcode: string | null
  readonly weightGrams: number
  readonly attributes: Attributes
}

/** A product as it is written: everything that PUT replaces. Prices live in price lists. */
export interface Product {
  readonly slug: string
  readonly status: ProductStatus
  readonly texts: Record<string, ProductText>
  readonly options: readonly ProductOption[]
  readonly variants: readonly Variant[]
  readonly sellerId: string | null
  readonly brandId: string | null
  readonly taxClass: string
  /** null: every channel */
  readonly channels: readonly string[] | null
  readonly giftCard: boolean
  readonly requiresShipping: boolean
  readonly tags: readonly string[]
  readonly categoryIds: readonly string[]
  readonly relatedIds: readonly string[]
  readonly attributes: Attributes
}

/** What contradicts itself in a product; empty: it may be stored. */
export function problemsOf(product: Product): FieldError[] {
  const problems: FieldError[] = []
  const say = (pointer: string, message: string) => problems.push({ pointer, message })

  if (Object.keys(product.texts).length === 0) say('/texts', 'needs a title in at least one language')
  if (product.status === 'ACTIVE' && product.variants.length === 0)
    say('/variants', 'a product on sale needs at least one variant')
  if (product.options.length === 0 && product.variants.length > 1)
    say('/options', 'several variants need an option that tells them apart')

  for (const [index, option] of product.options.entries()) {
    if (product.options.findIndex((other) => other.key === option.key) !== index) say(`/options/${index}/key`, 'is there twice')
    for (const [at, value] of option.values.entries()) {
      if (option.values.findIndex((other) => other.key === value.key) !== at)
        say(`/options/${index}/values/${at}/key`, 'is there twice')
    }
  }

  const skus = new Set<string>()
  const combinations = new Set<string>()
  for (const [index, variant] of product.variants.entries()) {
    if (skus.has(variant.sku)) say(`/variants/${index}/sku`, 'is there twice')
    skus.add(variant.sku)
    for (const option of product.options) {
      const chosen = variant.options[option.key]
      if (chosen === undefined) say(`/variants/${index}/options`, `says nothing about "${option.key}"`)
      else if (!option.values.some((value) => value.key === chosen))
        say(`/variants/${index}/options/${option.key}`, 'is not a value of the option')
    }
    for (const key of Object.keys(variant.options)) {
      if (!product.options.some((option) => option.key === key))
        say(`/variants/${index}/options/${key}`, 'is not an option of the product')
    }
    const combination = JSON.stringify(product.options.map((option) => variant.options[option.key]))
    if (combinations.has(combination)) say(`/variants/${index}/options`, 'is the same combination as another variant')
    combinations.add(combination)
  }
  return problems
}

/** What a variant is called in every language its options speak: `{ en: 'M / Red', de: 'M / Rot' }`; empty without options. */
export function variantTitles(variant: Pick<Variant, 'options'>, options: readonly ProductOption[]): Titles {
  if (options.length === 0) return {}
  const chosen = options.map((option) => option.values.find((value) => value.key === variant.options[option.key]))
  const locales = new Set(chosen.flatMap((value) => Object.keys(value?.titles ?? {})))
  const titles: Titles = {}
  for (const locale of locales) {
    titles[locale] = chosen
      .map((value) => value?.titles[locale] ?? Object.values(value?.titles ?? {})[0] ?? value?.key ?? '')
      .join(' / ')
  }
  return titles
}

/** The names of the fields two versions differ in, for ProductUpdated. Order of tags, categories and relations counts. */
export function changedFields(before: Product, after: Product): string[] {
  return (Object.keys(after) as (keyof Product)[]).filter((key) => canonical(before[key]) !== canonical(after[key])).sort()
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    part !== null && typeof part === 'object' && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  )
}
