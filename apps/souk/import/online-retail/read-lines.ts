import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { pipeline, type Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { CommandError } from '../../command.ts'

export const COLUMNS = [
  'InvoiceNo',
  'StockCode',
  'Description',
  'Quantity',
  'InvoiceDate',
  'UnitPrice',
  'CustomerID',
  'Country',
] as const
export type Column = (typeof COLUMNS)[number]

/** One record of the file. `line` is the number of its first line, the header being line 1. */
export interface RawLine {
  readonly line: number
  /** as it stands in the file */
  readonly text: string
  /** values in the order of COLUMNS, or why the line cannot be read */
  readonly fields: readonly string[] | { readonly problem: 'wrong-columns' | 'unclosed-quote' | 'broken-quotes' }
}

/** Lines a quoted text may run over. A quote that nobody closes must not swallow the rest of the file. */
const LONGEST_RECORD = 10

/**
 * The records of a CSV file, gzip or plain, a chunk of the file at a time. A line that cannot be read is a record with a
 * problem, and the next line is read as if nothing had happened. Throws CommandError for what makes the whole file unreadable.
 */
export async function* readLines(path: string): AsyncGenerator<RawLine[]> {
  const reader = createRecordReader()
  const decoder = new TextDecoder('utf-8')
  try {
    for await (const chunk of await openFile(path)) yield reader.push(decoder.decode(chunk as Buffer, { stream: true }))
  } catch (error) {
    throw explainFile(path, error)
  }
  yield reader.end(decoder.decode())
}

async function openFile(path: string): Promise<Readable> {
  const file = await open(path).catch((error: unknown) => {
    throw explainFile(path, error)
  })
  const start = Buffer.alloc(2)
  try {
    const { bytesRead } = await file.read(start, 0, 2, 0)
    if (bytesRead === 0) throw new CommandError(`${path} is empty.`, { mend: 'Download it again.' })
  } catch (error) {
    throw explainFile(path, error)
  } finally {
    await file.close()
  }
  const raw = createReadStream(path, { highWaterMark: 1 << 18 })
  if (start[0] !== 0x1f || start[1] !== 0x8b) {
    if (path.toLowerCase().endsWith('.gz')) {
      raw.destroy()
      throw new CommandError(`${path} is not a gzip file, although its name says so.`, {
        mend: 'If it is plain CSV, rename it; else download it again.',
      })
    }
    return raw
  }
  const gunzip = createGunzip({ chunkSize: 1 << 18 })
  // errors of the file arrive at the reader of gunzip; the callback only keeps them from being thrown a second time
  pipeline(raw, gunzip, () => undefined)
  return gunzip
}

function explainFile(path: string, error: unknown): unknown {
  if (error instanceof CommandError) return error
  const code = (error as NodeJS.ErrnoException | undefined)?.code ?? ''
  const say = (message: string, mend: string) => new CommandError(message, { mend, cause: error })
  if (code === 'ENOENT') return say(`There is no file ${path}.`, 'Check the path.')
  if (code === 'EISDIR') return say(`${path} is a folder.`, 'Name the file in it.')
  if (code === 'EACCES') return say(`${path} may not be read.`, 'Check the rights of the file.')
  if (code === 'Z_BUF_ERROR')
    return say(`${path} ends in the middle: the gzip data is cut off. Nothing was imported.`, 'Download it again.')
  if (code.startsWith('Z_'))
    return say(`${path} is damaged: its gzip data cannot be unpacked. Nothing was imported.`, 'Download it again.')
  return error
}

export interface RecordReader {
  push(text: string): RawLine[]
  /** the rest; throws if there was not even a header */
  end(text: string): RawLine[]
}

/** Turns text, in pieces of any size, into records. */
export function createRecordReader(): RecordReader {
  let rest = ''
  let line = 0
  let order: readonly number[] | undefined
  let width = 0
  /** lines of a record whose quotes are still open */
  let open: string[] = []

  function take(physical: string, into: RawLine[]): void {
    line += 1
    if (!order) {
      const header = parseFields(line === 1 ? physical.replace(/^\ufeff/, '') : physical)
      order = orderOf(Array.isArray(header) ? header : [])
      width = (header as string[]).length
      return
    }
    if (open.length === 0 && physical === '') return
    const text = open.length === 0 ? physical : `${open.join('\n')}\n${physical}`
    const fields = parseFields(text)
    if (fields === 'open') {
      open.push(physical)
      if (open.length >= LONGEST_RECORD) giveUp(into)
      return
    }
    if (open.length > 0 && (fields === 'broken' || fields.length !== width)) {
      // What closed the quotes was another quote: the first line is the broken one, the others speak for themselves.
      open.push(physical)
      giveUp(into)
      return
    }
    const first = line - open.length
    open = []
    if (fields === 'broken') into.push({ line: first, text, fields: { problem: 'broken-quotes' } })
    else if (fields.length !== width) into.push({ line: first, text, fields: { problem: 'wrong-columns' } })
    else into.push({ line: first, text, fields: order.map((index) => fields[index] as string) })
  }

  /** The first of the open lines is refused, the others are read again. */
  function giveUp(into: RawLine[]): void {
    const [first = '', ...others] = open
    const firstLine = line - open.length + 1
    into.push({ line: firstLine, text: first, fields: { problem: 'unclosed-quote' } })
    open = []
    line = firstLine
    for (const other of others) take(other, into)
  }

  function lines(text: string, last: boolean): RawLine[] {
    const records: RawLine[] = []
    const parts = (rest + text).split('\n')
    rest = last ? '' : (parts.pop() as string)
    if (last && parts.at(-1) === '') parts.pop()
    for (const part of parts) take(part.endsWith('\r') ? part.slice(0, -1) : part, records)
    return records
  }

  return {
    push: (text) => lines(text, false),
    end(text) {
      const records = lines(text, true)
      while (open.length > 0) giveUp(records)
      if (!order) throw headerError([])
      return records
    },
  }
}

/** Which column of the file holds each of ours. */
function orderOf(header: readonly string[]): number[] {
  const names = header.map((name) => name.trim())
  const order = COLUMNS.map((column) => names.indexOf(column))
  if (order.includes(-1) || names.length !== COLUMNS.length) throw headerError(names)
  return order
}

function headerError(names: readonly string[]): CommandError {
  const missing = COLUMNS.filter((column) => !names.includes(column))
  const tooMany = names.filter((name) => !(COLUMNS as readonly string[]).includes(name))
  const what = [
    ...(missing.length > 0 ? [`${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} missing`] : []),
    ...(tooMany.length > 0
      ? [
          `${tooMany
            .slice(0, 5)
            .map((name) => JSON.stringify(name.slice(0, 40)))
            .join(', ')} not known`,
        ]
      : []),
  ]
  return new CommandError(`Line 1 is not the header of an online-retail file: ${what.join('; ') || 'a column is there twice'}.`, {
    mend: `It has to be: ${COLUMNS.join(',')}`,
  })
}

/** Values of one record; `open`: its quotes are not closed; `broken`: something stands behind a closing quote. */
export function parseFields(text: string): string[] | 'open' | 'broken' {
  if (!text.includes('"')) return text.split(',')
  const fields: string[] = []
  let at = 0
  for (;;) {
    if (text[at] === '"') {
      let value = ''
      let from = at + 1
      for (;;) {
        const quote = text.indexOf('"', from)
        if (quote < 0) return 'open'
        value += text.slice(from, quote)
        if (text[quote + 1] !== '"') {
          at = quote + 1
          break
        }
        value += '"'
        from = quote + 2
      }
      fields.push(value)
      if (at === text.length) return fields
      if (text[at] !== ',') return 'broken'
    } else {
      const comma = text.indexOf(',', at)
      if (comma < 0) {
        fields.push(text.slice(at))
        return fields
      }
      fields.push(text.slice(at, comma))
      at = comma
    }
    at += 1
  }
}
