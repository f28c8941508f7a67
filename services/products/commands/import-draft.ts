import { Errors } from 'typebox/value'
import type { FieldError } from '#kit/core/errors.ts'
import type { Tx } from '#kit/db/db.ts'
import type { AttributeDefinition, AttributeEntity } from '../attribute.ts'
import { amountOf, attributeOf, cellOf, type CellProblem, cellsOf, type ImportRow, isColumn, listOf } from '../import-row.ts'
import type { Titles } from '../product.ts'
import { isUuid } from '../queries/product-detail.ts'
import { loadProduct, type StoredProduct } from '../queries/load-product.ts'
import { type ProductInput, ProductPatch } from '../shapes.ts'
import { slugify, SLUG_PATTERN } from '../slug.ts'
import { createBrand } from './save-named.ts'

/** What every product of an import is read with. */
export interface Known {
  readonly currency: string
  readonly definitions: readonly AttributeDefinition[]
}

/** A product as the rows about it say; problems: it cannot be written like this. */
export interface Draft {
  readonly stored: StoredProduct | undefined
  readonly title: string
  readonly input: ProductInput & ProductPatch
  readonly problems: readonly CellProblem[]
  /** which line each variant of the input comes from; undefined: it was there before */
  readonly variantLines: readonly (number | undefined)[]
}

type Say = (row: ImportRow, column: string | null, message: string) => void

/** Reads the rows about one product, upon what is stored of it. Brands that are not there yet are made. */
export async function draftOf(tx: Tx, known: Known, rows: readonly ImportRow[]): Promise<Draft> {
  const problems: CellProblem[] = []
  const say: Say = ({ line }, column, message) => problems.push({ line, column, message })
  const [first] = rows as [ImportRow]
  for (const row of rows)
    for (const column of Object.keys(row.cells)) if (!isColumn(column)) say(row, column, 'is no column of a product')
  const address = cellOf(first, 'address')
  if (address !== undefined && !new RegExp(SLUG_PATTERN).test(address))
    say(first, 'address', 'has small letters, digits and single hyphens only')
  const stored = await storedOf(tx, address, cellOf(first, 'sku'))
  const { options, variants, variantLines } = variantsOf(known, rows, stored, say)
  const texts = textsOf(first, stored)
  const title = texts['en']?.title ?? Object.values(texts)[0]?.title ?? address ?? cellOf(first, 'sku') ?? ''
  if (Object.values(texts).some((text) => text.title === '') || Object.keys(texts).length === 0)
    say(first, null, 'a new product or language needs a title: title.en, title.de …')
  const attributes = attributesOf(first, 'attribute', 'product', known, say)
  const status = statusOf(first, say)
  const tags = cellOf(first, 'tags')
  const taxClass = cellOf(first, 'tax-class')
  const categoryIds = await categoriesOf(tx, first, say)
  if ((cellOf(first, 'brand')?.length ?? 0) > 200) say(first, 'brand', 'is longer than 200 letters')
  const brandId = problems.length > 0 ? undefined : await brandOf(tx, first)
  const input = {
    texts,
    ...(stored || address === undefined ? {} : { slug: address }),
    ...(status === undefined ? {} : { status }),
    ...(tags === undefined ? {} : { tags: listOf(tags) }),
    ...(taxClass === undefined ? {} : { taxClass }),
    ...(brandId === undefined ? {} : { brandId }),
    ...(categoryIds === undefined ? {} : { categoryIds }),
    ...(Object.keys(attributes).length > 0 ? { attributes: { ...stored?.product.attributes, ...attributes } } : {}),
    ...(variants.length > 0 ? { options, variants } : {}),
  }
  // what a request could not say either: too many tags, a barcode that is too long
  if (problems.length === 0)
    for (const [pointer, [said]] of Map.groupBy(Errors(ProductPatch, input), (error) => error.instancePath))
      problems.push(problemAt({ pointer, message: said!.message }, first.line, variantLines))
  return { stored, title, input: input as Draft['input'], problems, variantLines }
}

/** What is wrong with a field of the product, told at the row it is about where that can be seen, else at the first. */
export function problemAt({ pointer, message }: FieldError, first: number, variantLines: Draft['variantLines']): CellProblem {
  const [, index] = /^\/variants\/(\d+)/.exec(pointer) ?? []
  const line = (index === undefined ? undefined : variantLines[Number(index)]) ?? first
  return { line, column: null, message: `${pointer} ${message}` }
}

/** By its address, also one it once had; else by a SKU. */
async function storedOf(tx: Tx, address: string | undefined, sku: string | undefined): Promise<StoredProduct | undefined> {
  const [row] =
    address !== undefined
      ? await tx<{ id: string }[]>`select s.product_id as id from slugs s where s.slug = ${address}`
      : sku !== undefined
        ? await tx<{ id: string }[]>`select v.product_id as id from variants v where v.sku = ${sku}`
        : []
  return row ? await loadProduct(tx, row.id, { lock: true }) : undefined
}

function textsOf(row: ImportRow, stored: StoredProduct | undefined): ProductInput['texts'] {
  const texts: ProductInput['texts'] = { ...stored?.product.texts }
  const put = (locale: string, changes: object) => {
    texts[locale] = { ...(texts[locale] ?? { title: '' }), ...changes }
  }
  for (const [locale, title] of Object.entries(cellsOf(row, 'title'))) put(locale, { title })
  for (const [locale, description] of Object.entries(cellsOf(row, 'description'))) put(locale, { description })
  return texts
}

function statusOf(row: ImportRow, say: Say): 'DRAFT' | 'ACTIVE' | undefined {
  const status = cellOf(row, 'status')?.toUpperCase()
  if (status === undefined || status === 'DRAFT' || status === 'ACTIVE') return status
  say(row, 'status', 'must be draft or active')
  return undefined
}

async function categoriesOf(tx: Tx, row: ImportRow, say: Say): Promise<string[] | undefined> {
  const cell = cellOf(row, 'categories')
  if (cell === undefined) return undefined
  const wanted = listOf(cell)
  const rows = await tx<
    { id: string; slug: string }[]
  >`select c.id, c.slug from categories c where c.slug = any (${wanted}) or c.id = any (${wanted.filter(isUuid)}::uuid[])`
  const missing = wanted.filter((one) => !rows.some(({ id, slug }) => one === slug || one.toLowerCase() === id))
  if (missing.length > 0) say(row, 'categories', `there is no category with the address ${missing.join(', ')}`)
  return rows.map(({ id }) => id)
}

/** By name, else by exactly its address; what is alike only in its Latin letters is another brand. */
async function brandOf(tx: Tx, row: ImportRow): Promise<string | undefined> {
  const name = cellOf(row, 'brand')
  if (name === undefined) return undefined
  const [known] = await tx<{ id: string }[]>`
    select b.id from brands b where lower(b.name) = lower(${name}) or b.slug = ${name} order by b.slug = ${name}, b.id limit 1`
  if (known) return known.id
  const wanted = slugify(name).slice(0, 70).replace(/-$/, '')
  const taken = await tx<{ slug: string }[]>`select b.slug from brands b where b.slug = ${wanted} or b.slug like ${`${wanted}-%`}`
  return (await createBrand(tx, { name, slug: freeKey(wanted, new Set(taken.map(({ slug }) => slug))) })).id
}

function attributesOf(row: ImportRow, family: 'attribute' | 'variant', entity: AttributeEntity, known: Known, say: Say) {
  const values: Record<string, string | number | boolean> = {}
  for (const [key, text] of Object.entries(cellsOf(row, family))) {
    const definition = known.definitions.find((one) => one.entity === entity && one.key === key)
    const value = definition && attributeOf(text, definition)
    if (value === undefined)
      say(row, `${family}.${key}`, definition ? `must be a ${definition.type}` : 'is not a defined attribute')
    else values[key] = value
  }
  return values
}

type Variants = NonNullable<ProductInput['variants']>
type Options = { key: string; titles: Titles; values: { key: string; titles: Titles }[] }[]

/** The variants that were there, with what the rows say of them, and then those that are new, in the order of the file. */
function variantsOf(known: Known, rows: readonly ImportRow[], stored: StoredProduct | undefined, say: Say) {
  const options: Options = (stored?.product.options ?? []).map((option) => ({
    ...option,
    values: [...option.values],
  }))
  const variants: Variants = (stored?.product.variants ?? []).map((variant) => ({ ...variant }))
  const variantLines: (number | undefined)[] = variants.map(() => undefined)
  let said = false
  for (const row of rows) {
    const sku = cellOf(row, 'sku')
    if (sku === undefined) {
      if (rows.length > 1 || !stored) say(row, 'sku', 'is needed')
      continue
    }
    said = true
    let at = variants.findIndex((variant) => variant.sku === sku)
    if (at < 0) at = variants.push({ sku }) - 1
    else if (variantLines[at] !== undefined) say(row, 'sku', `stands in line ${variantLines[at]} too`)
    variants[at] = { ...variants[at]!, ...variantOf(known, row, variants[at]!, options, say) }
    variantLines[at] = row.line
  }
  return { options, variants: said ? variants : [], variantLines }
}

function variantOf(
  known: Known,
  row: ImportRow,
  before: Variants[number],
  options: Options,
  say: Say,
): Omit<Variants[number], 'sku'> {
  const price = cellOf(row, 'price')
  const amount = price === undefined ? undefined : amountOf(price, known.currency)
  if (price !== undefined && amount === undefined) say(row, 'price', `must be an amount in ${known.currency}, like 12.50`)
  const weight = cellOf(row, 'weight')
  const grams = weight !== undefined && /^\d+$/.test(weight) ? Number(weight) : undefined
  if (weight !== undefined && grams === undefined) say(row, 'weight', 'must be grams, a whole number')
  const barcode = cellOf(row, 'barcode')
  const chosen = Object.entries(cellsOf(row, 'option')).map(([key, value]) => [key, keyOfValue(options, key, value)] as const)
  const attributes = attributesOf(row, 'variant', 'variant', known, say)
  return {
    ...(chosen.length > 0 ? { options: { ...before.options, ...Object.fromEntries(chosen) } } : {}),
    ...(amount === undefined ? {} : { price: { amount, currency: known.currency } }),
    ...(grams === undefined ? {} : { weightGrams: grams }),
    ...(barcode === undefined ? {} : { barcode }),
    ...(Object.keys(attributes).length > 0 ? { attributes: { ...before.attributes, ...attributes } } : {}),
  }
}

/** Key of the value that is called so, by key or title; a new one is entered into the options. */
function keyOfValue(options: Options, key: string, text: string): string {
  let option = options.find((one) => one.key === key)
  if (!option) {
    option = { key, titles: { en: key }, values: [] }
    options.push(option)
  }
  const wanted = text.toLowerCase()
  const titled = option.values.find((value) => Object.values(value.titles).some((title) => title.toLowerCase() === wanted))
  // a key as it is: `C` is not the value `C++`, whose key is c
  const known = titled ?? option.values.find((value) => value.key === text)
  if (known) return known.key
  const made = freeKey(slugify(text).slice(0, 56).replace(/-$/, ''), new Set(option.values.map((value) => value.key)))
  option.values.push({ key: made, titles: { en: text } })
  return made
}

function freeKey(wanted: string, taken: ReadonlySet<string>): string {
  for (let n = 1; ; n += 1) {
    const key = n === 1 ? wanted : `${wanted}-${n}`
    if (!taken.has(key)) return key
  }
}
