import { createHash } from 'node:crypto'
import { amountOf, classify, type ClassifiedLine, monthOf, type Refusal } from './classify.ts'
import { type Exact, plus, ZERO } from './exact.ts'
import { type RawLine, readLines } from './read-lines.ts'

/** A customer of the file: the number, the country as written, and when they were first seen. */
export interface SurveyedCustomer {
  readonly reference: string
  readonly country: string
  readonly at: number
}

export interface SurveyedProduct {
  readonly sku: string
  /** the description that most of its lines have */
  readonly title: string
  /** first sale or return */
  readonly at: number
}

export interface SurveyedPrice {
  readonly sku: string
  /** pence */
  readonly amount: bigint
  readonly at: number
}

export interface LineCount {
  lines: number
  amount: Exact
}

export interface RefusedLines extends LineCount {
  /** numbers of the first few */
  readonly firstLines: number[]
}

/** Everything that has to be known of a file before anything of it is imported. */
export interface Survey {
  /** SHA-256 of the records: the same for the plain and the packed file */
  readonly contentHash: string
  readonly lines: number
  readonly kinds: ReadonlyMap<ClassifiedLine['kind'], LineCount>
  /** by month; '' for lines without a readable date */
  readonly months: ReadonlyMap<string, LineCount>
  readonly refused: ReadonlyMap<Refusal, RefusedLines>
  readonly customers: readonly SurveyedCustomer[]
  readonly products: readonly SurveyedProduct[]
  /** in historical order */
  readonly prices: readonly SurveyedPrice[]
  /** how many lines each part of an invoice has, by `partOf` */
  readonly parts: ReadonlyMap<string, number>
  /** the first month of invoices that have lines in several */
  readonly firstMonths: ReadonlyMap<string, string>
}

/** An invoice whose lines fall in two months counts in both, so it comes in two parts. */
export function partOf(invoice: string, at: number): string {
  return `${invoice}@${monthOf(at)}`
}

const SHOWN_LINES = 10

/** Reads and classifies the whole file once. `now` in milliseconds. */
export async function survey(path: string, now: number, onLines: (lines: number) => void = () => undefined): Promise<Survey> {
  const surveyor = createSurveyor(now)
  let lines = 0
  for await (const records of readLines(path)) {
    for (const record of records) surveyor.add(record)
    lines += records.length
    onLines(lines)
  }
  return surveyor.result()
}

export function createSurveyor(now: number): { add(record: RawLine): void; result(): Survey } {
  const hash = createHash('sha256')
  const kinds = new Map<ClassifiedLine['kind'], LineCount>()
  const months = new Map<string, LineCount>()
  const refused = new Map<Refusal, RefusedLines>()
  const customers = new Map<string, SurveyedCustomer>()
  const goods = createGoods()
  const parts = new Map<string, number>()
  const monthsOf = new Map<string, Set<string>>()
  let lines = 0
  /** months are looked up for every line, and most lines have the day of the one before */
  let lastDay = Number.NaN
  let lastMonth = ''

  function monthAt(at: number): string {
    const day = Math.floor(at / 86_400_000)
    if (day !== lastDay) {
      lastDay = day
      lastMonth = monthOf(at)
    }
    return lastMonth
  }

  function notePart(invoice: string, month: string): void {
    const part = `${invoice}@${month}`
    const before = parts.get(part)
    parts.set(part, (before ?? 0) + 1)
    if (before !== undefined) return
    const known = monthsOf.get(invoice)
    if (known) known.add(month)
    else monthsOf.set(invoice, new Set([month]))
  }

  return {
    add(record) {
      hash.update(record.text).update('\n')
      lines += 1
      const line = classify(record, now)
      const amount = amountOf(line)
      const month = line.at === undefined ? '' : monthAt(line.at)
      count(kinds, line.kind, amount)
      count(months, month, amount)
      if (line.invoice !== undefined && line.at !== undefined) notePart(line.invoice, month)
      if (line.kind === 'refused') {
        const known = refused.get(line.reason) ?? { lines: 0, amount: ZERO, firstLines: [] }
        if (known.firstLines.length < SHOWN_LINES) known.firstLines.push(line.line)
        refused.set(line.reason, { lines: known.lines + 1, amount: plus(known.amount, amount), firstLines: known.firstLines })
        return
      }
      const { customer, country, at } = line
      if (customer !== '') {
        const known = customers.get(customer)
        if (!known || at < known.at) customers.set(customer, { reference: customer, country: known?.country ?? country, at })
      }
      if (line.kind === 'sale' || line.kind === 'return') goods.add(line, month)
    },
    result: () => ({
      contentHash: hash.digest('hex'),
      lines,
      kinds,
      months: new Map([...months].sort(([a], [b]) => (a < b ? -1 : 1))),
      refused,
      customers: [...customers.values()],
      products: goods.products(),
      prices: goods.prices(),
      parts,
      firstMonths: new Map(
        [...monthsOf].filter(([, set]) => set.size > 1).map(([invoice, set]) => [invoice, [...set].sort()[0] as string]),
      ),
    }),
  }
}

function count<K>(map: Map<K, LineCount>, key: K, amount: Exact): void {
  const known = map.get(key)
  if (!known) map.set(key, { lines: 1, amount })
  else {
    known.lines += 1
    known.amount = plus(known.amount, amount)
  }
}

/** month → price → lines and first time */
type PricesOfMonths = Map<string, Map<bigint, { lines: number; at: number }>>
type Goods = Extract<ClassifiedLine, { kind: 'sale' | 'return' }>

/** Titles and prices of codes: the file has several of each for the same code, so the most frequent one counts. */
function createGoods() {
  const products = new Map<string, { at: number; titles: Map<string, number> }>()
  /** by SKU */
  const prices = new Map<string, PricesOfMonths>()

  return {
    add(line: Goods, month: string): void {
      let product = products.get(line.code)
      if (!product) {
        product = { at: line.at, titles: new Map() }
        products.set(line.code, product)
      }
      if (line.at < product.at) product.at = line.at
      if (line.description !== '') product.titles.set(line.description, (product.titles.get(line.description) ?? 0) + 1)
      if (line.kind !== 'sale') return
      const months: PricesOfMonths = prices.get(line.code) ?? new Map()
      prices.set(line.code, months)
      const asked = months.get(month) ?? new Map<bigint, { lines: number; at: number }>()
      months.set(month, asked)
      const known = asked.get(line.price)
      if (!known) asked.set(line.price, { lines: 1, at: line.at })
      else {
        known.lines += 1
        if (line.at < known.at) known.at = line.at
      }
    },
    products: (): SurveyedProduct[] =>
      [...products].map(([sku, { at, titles }]) => ({ sku, at, title: most(titles, (lines) => lines)?.[0] ?? sku })),
    /** For each month the price that most lines of a product had, where it differs from the month before. */
    prices(): SurveyedPrice[] {
      const list: SurveyedPrice[] = []
      for (const [sku, months] of prices) {
        let before: bigint | undefined
        for (const [, asked] of [...months].sort(([a], [b]) => (a < b ? -1 : 1))) {
          const [amount, { at }] = most(asked, ({ lines }) => lines)!
          if (amount !== before) list.push({ sku, amount, at })
          before = amount
        }
      }
      return list.sort((a, b) => a.at - b.at)
    },
  }
}

/** The entry with the most; the first of equals. */
function most<K, V>(map: ReadonlyMap<K, V>, of: (value: V) => number): [K, V] | undefined {
  let best: [K, V] | undefined
  for (const entry of map) if (!best || of(entry[1]) > of(best[1])) best = entry
  return best
}
