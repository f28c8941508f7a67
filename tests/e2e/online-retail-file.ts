import { writeFile } from 'node:fs/promises'
import { gzipSync } from 'node:zlib'
import type { Line } from './souk-command.ts'

/** A file of the online-retail format, made up: the same seed makes the same file. */
export interface MadeFile {
  readonly text: string
  readonly lines: number
  /** exact sums of quantity × price in thousandths of a pound, by month of the line */
  readonly months: ReadonlyMap<string, bigint>
  /** numbers of the lines that cannot be taken */
  readonly broken: readonly number[]
}

const HEADER = 'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country'
const COUNTRIES = ['United Kingdom', 'Germany', 'EIRE', 'Unspecified']

function random(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

/** `invoices` from December 2011 on, with all that the format knows: guests, returns, fees, notes, odd quotes; and broken lines if wanted. */
export function onlineRetailFile({
  invoices,
  seed = 1,
  broken = false,
}: {
  invoices: number
  seed?: number
  broken?: boolean
}): MadeFile {
  const below = random(seed)
  const rows: string[] = [HEADER]
  const months = new Map<string, bigint>()
  const brokenLines: number[] = []
  const add = (
    invoice: string,
    code: string,
    title: string,
    quantity: number,
    at: Date,
    thousandths: number,
    customer: string,
    country: string,
  ) => {
    const date = at.toISOString().slice(0, 19).replace('T', ' ')
    const price =
      `${thousandths < 0 ? '-' : ''}${Math.floor(Math.abs(thousandths) / 1000)}.${String(Math.abs(thousandths) % 1000).padStart(3, '0')}`.replace(
        /0{1,2}$/,
        '',
      )
    rows.push(`${invoice},${code},${title},${quantity},${date},${price},${customer},${country}`)
    months.set(date.slice(0, 7), (months.get(date.slice(0, 7)) ?? 0n) + BigInt(quantity) * BigInt(thousandths))
  }
  const junk = (text: string) => {
    rows.push(text)
    brokenLines.push(rows.length)
  }
  for (let index = 0; index < invoices; index += 1) {
    const number = String(580_000 + index)
    const at = new Date(Date.UTC(2011, 11, 1, 8) + index * 3_600_000)
    const customer = below(4) === 0 ? '' : `${12_000 + below(40)}.0`
    const country = COUNTRIES[below(COUNTRIES.length)] as string
    const sold: [string, number, number][] = []
    for (let line = 1 + below(24); line > 0; line -= 1) {
      const item = below(150)
      const code =
        item % 10 === 0 ? `DCGS${1000 + item}` : `${20_000 + item}${item % 7 === 0 ? (below(2) === 0 ? 'a' : 'A') : ''}`
      const title = item % 3 === 0 ? `"THING ""${item}"", LARGE"` : `THING ${item}`
      const price = 10 * (5 + below(900))
      sold.push([code, 1 + below(12), price])
      add(number, code, title, sold.at(-1)![1], new Date(at.getTime() + line * 1000), price, customer, country)
    }
    if (index % 9 === 0) add(number, 'POST', 'POSTAGE', 1, at, 18_000, customer, country)
    if (index % 13 === 0)
      add(
        `C${number}`,
        sold[0]![0],
        'THING BACK',
        -sold[0]![1],
        new Date(at.getTime() + 86_400_000),
        sold[0]![2],
        customer,
        country,
      )
    if (index % 17 === 0) add(`C${700_000 + index}`, below(2) === 0 ? 'D' : 'm', 'Discount', -1, at, 12_340, customer, country)
    if (index % 19 === 0) add(String(800_000 + index), '22222', 'damaged', -5, at, 0, '', country)
    if (index % 101 === 0) add(`A${900_000 + index}`, 'B', 'Adjust bad debt', 1, at, -1_062_060, '', country)
    if (broken && index % 10 === 3) {
      add(number, 'PADS', 'PADS TO MATCH ALL CUSHIONS', 1, at, 1, customer, country)
      brokenLines.push(rows.length)
      junk(`${number},20001,ONLY THREE`)
      junk(`${number},20001,"NEVER CLOSED,1,2011-12-01 08:26:00,1.00,,United Kingdom`)
      junk(',,,,,,,')
    }
  }
  return { text: `${rows.join('\n')}\n`, lines: rows.length - 1, months, broken: brokenLines }
}

/** Thousandths as the report writes them: at least two decimals, no more than needed. */
function amountText(thousandths: bigint): string {
  const size = thousandths < 0n ? -thousandths : thousandths
  const digits = String(size % 1000n).padStart(3, '0')
  return `${thousandths < 0n ? '-' : ''}${size / 1000n}.${digits.endsWith('0') ? digits.slice(0, 2) : digits}`
}

/** Writes it to a path, packed where that ends so. */
export async function saveFile(path: string, { text }: MadeFile): Promise<string> {
  await writeFile(path, path.endsWith('.gz') ? gzipSync(text) : text)
  return path
}

/** What a report of the revenue says of each month, and what it has to say of this file. */
export const sumsOf = (report: Line) =>
  (report.months as { month: string; total: string }[])
    .filter(({ month }) => month !== 'unknown')
    .map(({ month, total }) => [month, total])
export const expectedSums = (file: MadeFile) => [...file.months].sort().map(([month, sum]) => [month, amountText(sum)])
