import { type Cell, csvLine } from '#kit/core/csv.ts'
import type { Sql } from '#kit/db/db.ts'
import type { AttributeDefinition } from '../attribute.ts'
import { amountText } from '../import-row.ts'
import type { ProductOption, ProductText } from '../product.ts'
import { loadAttributeDefinitions } from './attributes.ts'
import { loadChannels } from './channel.ts'

const PRODUCTS_AT_ONCE = 200

interface Row {
  id: string
  slug: string
  status: string
  texts: Record<string, Pick<ProductText, 'title' | 'description'>> | null
  brand: string | null
  categories: string[]
  tags: string[]
  taxClass: string
  options: readonly ProductOption[]
  attributes: Record<string, Cell>
  sku: string | null
  chosen: Record<string, string> | null
  barcode: string | null
  weightGrams: number | null
  variantAttributes: Record<string, Cell> | null
  amount: bigint | null
  currency: string
}

interface Columns {
  readonly locales: readonly string[]
  readonly options: readonly string[]
  readonly attributes: readonly string[]
  readonly variantAttributes: readonly string[]
}

/**
 * Every product that is not archived as a file of the columns that an import reads: one line a variant, what is about the product in the first
 * of them. Page by page, so its size does not matter; what changes meanwhile may stand in it as it was or as it is.
 */
export async function* exportRows(db: Sql, channel: string): AsyncGenerator<string> {
  const columns = await columnsOf(db)
  // without the mark spreadsheets read UTF-8 as something else
  yield `\uFEFF${csvLine(headOf(columns))}`
  for (let after = '00000000-0000-0000-0000-000000000000'; ; ) {
    const rows = await pageOf(db, channel, after)
    const last = rows.at(-1)
    if (!last) return
    yield rows.map((row, index) => csvLine(lineOf(row, columns, rows[index - 1]?.id !== row.id))).join('')
    after = last.id
  }
}

async function columnsOf(db: Sql): Promise<Columns> {
  const [channels, definitions, options] = await Promise.all([
    loadChannels(db, null),
    loadAttributeDefinitions(db, null),
    db<{ key: string }[]>`
      select distinct o ->> 'key' as key from products p cross join jsonb_array_elements(p.options) o where p.status <> 'ARCHIVED' order by 1`,
  ])
  const keysOf = (entity: AttributeDefinition['entity']) =>
    definitions.filter((one) => one.entity === entity).map(({ key }) => key)
  return {
    locales: [...new Set(channels.flatMap(({ locales }) => locales))],
    options: options.map(({ key }) => key),
    attributes: keysOf('product'),
    variantAttributes: keysOf('variant'),
  }
}

const headOf = ({ locales, options, attributes, variantAttributes }: Columns): string[] => [
  'address',
  'status',
  ...locales.flatMap((locale) => [`title.${locale}`, `description.${locale}`]),
  'brand',
  'categories',
  'tags',
  'tax-class',
  ...attributes.map((key) => `attribute.${key}`),
  'sku',
  ...options.map((key) => `option.${key}`),
  'price',
  'weight',
  'barcode',
  ...variantAttributes.map((key) => `variant.${key}`),
]

async function pageOf(db: Sql, channel: string, after: string): Promise<Row[]> {
  return db<Row[]>`
    with page as (
      select p.* from products p where p.id > ${after}::uuid and p.status <> 'ARCHIVED' order by p.id limit ${PRODUCTS_AT_ONCE}
    )
    select p.id, p.slug, p.status, p.tags, p.tax_class as "taxClass", p.options, p.attributes,
           (select jsonb_object_agg(t.locale, jsonb_build_object('title', t.title, 'description', t.description)) from texts t where t.owner_id = p.id) as texts,
           (select b.name from brands b where b.id = p.brand_id) as brand,
           array(select c.slug from product_categories pc join categories c on c.id = pc.category_id where pc.product_id = p.id order by c.slug) as categories,
           v.sku, v.options as chosen, v.barcode, v.weight_grams as "weightGrams", v.attributes as "variantAttributes", pr.amount, ch.currency
      from page p
      join channels ch on ch.key = ${channel}
      left join variants v on v.product_id = p.id and not v.retired
      left join prices pr on pr.variant_id = v.id and pr.price_list_id = ch.base_price_list and pr.min_quantity = 1
     order by p.id, v.position, v.id`
}

function lineOf(row: Row, { locales, options, attributes, variantAttributes }: Columns, first: boolean): Cell[] {
  const about = (value: Cell): Cell => (first ? value : null)
  const chosen = (key: string): Cell => {
    const value = row.options.find((option) => option.key === key)?.values.find((one) => one.key === row.chosen?.[key])
    return value ? (value.titles['en'] ?? value.key) : null
  }
  return [
    row.slug,
    about(row.status.toLowerCase()),
    ...locales.flatMap((locale) => [about(row.texts?.[locale]?.title ?? null), about(row.texts?.[locale]?.description ?? null)]),
    about(row.brand),
    about(row.categories.join(', ')),
    about(row.tags.join(', ')),
    about(row.taxClass),
    ...attributes.map((key) => about(row.attributes[key] ?? null)),
    row.sku,
    ...options.map(chosen),
    row.amount === null ? null : amountText(Number(row.amount), row.currency),
    row.weightGrams,
    row.barcode,
    ...variantAttributes.map((key) => row.variantAttributes?.[key] ?? null),
  ]
}
