import Papa from 'papaparse'
import { textOf } from './columns.ts'

export interface Table {
  readonly name: string
  readonly names: readonly string[]
  readonly records: readonly (readonly string[])[]
  /** its letters were guessed: it is not UTF-8 */
  readonly guessed: boolean
}

/** What a browser reads at once without standing still; a larger catalogue comes in several files. */
const MOST_BYTES = 20 * 1024 * 1024
const MOST_RECORDS = 50_000

/** Reads a CSV file: comma, semicolon or tabulator, whichever it uses. Throws RangeError with a sentence for what cannot be read. */
export async function readTable(file: File): Promise<Table> {
  if (file.size > MOST_BYTES) throw new RangeError('The file is larger than 20 MB. Cut it into several.')
  const { text, guessed } = textOf(await file.arrayBuffer())
  const { data, errors } = Papa.parse<string[]>(text, { skipEmptyLines: false })
  const broken = errors.find(({ type }) => type === 'Quotes')
  if (broken) throw new RangeError(`Line ${(broken.row ?? 0) + 1} has a quotation mark that does not end.`)
  const [names, ...records] = data
  // the line break at the end of the file is no record
  if (records.at(-1)?.length === 1 && records.at(-1)?.[0] === '') records.pop()
  if (!names || records.length === 0) throw new RangeError('The file has no rows below the names of its columns.')
  if (records.length > MOST_RECORDS) throw new RangeError(`The file has more than ${MOST_RECORDS} rows. Cut it into several.`)
  return { name: file.name, names, records, guessed }
}
