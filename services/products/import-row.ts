import { unguarded } from '#kit/core/csv.ts'
import { minorDigits } from '#kit/core/money.ts'
import type { AttributeDefinition } from './attribute.ts'

/** One line of a file: its cells by the name of their column. An empty cell, as one that is not there, leaves things as they are. */
export interface ImportRow {
  readonly line: number
  readonly cells: Readonly<Record<string, string>>
}

/** What is wrong with a cell; `column` null: with the row as a whole. */
export interface CellProblem {
  readonly line: number
  readonly column: string | null
  readonly message: string
}

/** Columns of a file; with a dot: one for every language, option or attribute (`title.en`, `option.colour`, `attribute.origin`). */
const PLAIN = ['address', 'status', 'brand', 'categories', 'tags', 'tax-class', 'sku', 'price', 'weight', 'barcode'] as const
const FAMILIES = ['title', 'description', 'option', 'attribute', 'variant'] as const
type Plain = (typeof PLAIN)[number]
type Family = (typeof FAMILIES)[number]

const LOCALE = /^[a-zA-Z]{2,3}(-[a-zA-Z0-9]{2,8})*$/
const OPTION = /^[a-z0-9]+([-_][a-z0-9]+)*$/

export function isColumn(name: string): boolean {
  if ((PLAIN as readonly string[]).includes(name)) return true
  const [family, rest = ''] = splitAt(name)
  if (family === 'title' || family === 'description') return LOCALE.test(rest)
  if (family === 'option') return OPTION.test(rest)
  return (FAMILIES as readonly string[]).includes(family) && rest !== ''
}

function splitAt(name: string): [string, string] {
  const dot = name.indexOf('.')
  return dot < 0 ? [name, ''] : [name.slice(0, dot), name.slice(dot + 1)]
}

/** The cell as text; undefined: empty. */
export function cellOf(row: ImportRow, column: Plain): string | undefined {
  const text = unguarded(row.cells[column] ?? '').trim()
  return text === '' ? undefined : text
}

/** The filled cells of a family by what stands behind the dot. */
export function cellsOf(row: ImportRow, family: Family): Readonly<Record<string, string>> {
  const found: Record<string, string> = {}
  for (const [name, text] of Object.entries(row.cells)) {
    const [first, rest] = splitAt(name)
    const value = unguarded(text).trim()
    if (first === family && rest !== '' && value !== '') found[rest] = value
  }
  return found
}

/** A list in one cell: `red, blue`. */
export const listOf = (text: string): string[] => [
  ...new Set(
    text
      .split(',')
      .map((one) => one.trim())
      .filter(Boolean),
  ),
]

/** `12.50` or `12,50` as minor units; undefined: no amount, or finer than the currency. Thousands have no separator: it could be either. */
export function amountOf(text: string, currency: string): number | undefined {
  const match = /^(\d{1,12})(?:[.,](\d{1,4}))?$/.exec(text)
  const digits = minorDigits(currency)
  if (!match || (match[2]?.length ?? 0) > digits) return undefined
  return Number(`${match[1]}${(match[2] ?? '').padEnd(digits, '0')}`)
}

/** Minor units as they stand in a file: 1250 EUR is 12.50. */
export function amountText(amount: number, currency: string): string {
  const digits = minorDigits(currency)
  const text = String(amount).padStart(digits + 1, '0')
  return digits === 0 ? text : `${text.slice(0, -digits)}.${text.slice(-digits)}`
}

/** An attribute in its kind; undefined: the text is not of that kind. What the definition says beyond it is checked with the product. */
export function attributeOf(text: string, { type }: Pick<AttributeDefinition, 'type'>): string | number | boolean | undefined {
  if (type === 'number') return /^-?\d{1,15}([.,]\d{1,10})?$/.test(text) ? Number(text.replace(',', '.')) : undefined
  if (type === 'boolean') return /^(true|yes|1)$/i.test(text) ? true : /^(false|no|0)$/i.test(text) ? false : undefined
  return text
}

/**
 * The rows that are about one product: those that follow each other with the same address. Without an address every row is a product
 * of its own, which its SKU finds.
 */
export function groupsOf(rows: readonly ImportRow[]): ImportRow[][] {
  const groups: ImportRow[][] = []
  let last: string | undefined
  for (const row of rows) {
    const address = cellOf(row, 'address')
    if (address !== undefined && address === last) groups.at(-1)!.push(row)
    else groups.push([row])
    last = address
  }
  return groups
}
