import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { COLUMNS, createRecordReader, type RawLine, readLines } from './read-lines.ts'

const header = COLUMNS.join(',')
const row = (invoice: string, description = 'LANTERN') =>
  `${invoice},71053,${description},6,2010-12-01 08:26:00,3.39,17850.0,United Kingdom`
const problemOf = ({ fields }: RawLine) => ('problem' in fields ? fields.problem : undefined)

function read(text: string, size = text.length): RawLine[] {
  const reader = createRecordReader()
  const records: RawLine[] = []
  for (let at = 0; at < text.length; at += size) records.push(...reader.push(text.slice(at, at + size)))
  return [...records, ...reader.end('')]
}

describe('the records of a file', () => {
  it('are the same however the text is cut, with the numbers of their lines', () => {
    const text = `\ufeff${header}\r\n${row('1')}\r\n${row('2', '"AIRLINE LOUNGE,METAL SIGN"')}\n${row('3', '"RECORD FRAME 7"" SINGLE"')}\n${row('4', '"two\nlines"')}\n\n${row('5')}`
    const whole = read(text)
    expect(whole.map(({ line, fields }) => [line, fields[0 as keyof typeof fields], fields[2 as keyof typeof fields]])).toEqual([
      [2, '1', 'LANTERN'],
      [3, '2', 'AIRLINE LOUNGE,METAL SIGN'],
      [4, '3', 'RECORD FRAME 7" SINGLE'],
      [5, '4', 'two\nlines'],
      [8, '5', 'LANTERN'],
    ])
    for (const size of [1, 2, 7, 50]) expect(read(text, size)).toEqual(whole)
  })

  it('come in the order of our columns, whatever the order in the file', () => {
    const [record] = read(
      `${[...COLUMNS].reverse().join(',')}\nUnited Kingdom,17850.0,3.39,2010-12-01 08:26:00,6,LANTERN,71053,536365`,
    )
    expect(record?.fields).toEqual([
      '536365',
      '71053',
      'LANTERN',
      '6',
      '2010-12-01 08:26:00',
      '3.39',
      '17850.0',
      'United Kingdom',
    ])
  })

  it('lose nothing to a line that is broken', () => {
    const records = read(
      [
        header,
        row('1'),
        '1,2,3',
        row('2', '"never closed'),
        row('3'),
        row('4', '"closed" too early'),
        `${row('5')},more`,
        row('6'),
        '"',
      ].join('\n'),
    )
    expect(records.map((record) => [record.line, problemOf(record) ?? record.fields[0 as keyof typeof record.fields]])).toEqual([
      [2, '1'],
      [3, 'wrong-columns'],
      [4, 'unclosed-quote'],
      [5, '3'],
      [6, 'broken-quotes'],
      [7, 'wrong-columns'],
      [8, '6'],
      [9, 'unclosed-quote'],
    ])
    expect(records[2]?.text).toBe(row('2', '"never closed'))
  })

  it('are not swallowed by a quote that is closed by the quote of another line', () => {
    const records = read([header, row('1', '"open'), row('2'), row('3', '"good, title"'), row('4')].join('\n'))
    expect(records.map((record) => problemOf(record) ?? record.fields[0 as keyof typeof record.fields])).toEqual([
      'unclosed-quote',
      '2',
      '3',
      '4',
    ])
  })
})

describe('a file that cannot be imported', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'souk-lines-'))
  })
  afterAll(async () => await rm(folder, { recursive: true, force: true }))

  async function readFileOf(name: string, content: string | Buffer): Promise<number> {
    const path = join(folder, name)
    await writeFile(path, content)
    let records = 0
    for await (const lines of readLines(path)) records += lines.length
    return records
  }

  it('is read packed and plain', async () => {
    const text = `${header}\n${row('1')}\n${row('2')}\n`
    expect(await readFileOf('plain.csv', text)).toBe(2)
    expect(await readFileOf('packed.csv.gz', gzipSync(text))).toBe(2)
    expect(await readFileOf('packed-by-another-name.csv', gzipSync(text))).toBe(2)
  })

  it('is named with what is wrong with it', async () => {
    await expect(async () => {
      for await (const _ of readLines(join(folder, 'nowhere.csv.gz')));
    }).rejects.toThrow('There is no file')
    await expect(readFileOf('empty.csv', '')).rejects.toThrow('is empty')
    await expect(readFileOf('plain.csv.gz', header)).rejects.toThrow('is not a gzip file, although its name says so')
    await expect(readFileOf('cut.csv.gz', gzipSync(`${header}\n${row('1')}\n`.repeat(50)).subarray(0, 60))).rejects.toThrow(
      'ends in the middle',
    )
    const damaged = gzipSync(`${header}\n${row('1')}\n`)
    damaged.fill(7, 12, 40)
    await expect(readFileOf('damaged.csv.gz', damaged)).rejects.toThrow('is damaged')
    await expect(readFileOf('other.csv', 'id,name\n1,2\n')).rejects.toThrow(
      'Line 1 is not the header of an online-retail file: InvoiceNo, StockCode',
    )
    await expect(readFileOf('blank.csv', '\n\n')).rejects.toThrow('Line 1 is not the header')
    await expect(readFileOf('missing.csv', `${header.replace(',Country', '')}\n`)).rejects.toThrow('Country is missing')
  })
})
