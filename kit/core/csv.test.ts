import { describe, expect, it } from 'vitest'
import { csvLine, unguarded } from './csv.ts'

describe('S23: a line of an export', () => {
  it('keeps commas, quotes and line breaks inside their cell', () => {
    expect(csvLine(['a,b', 'say "hi"', 'two\nlines', 1.5, true, null])).toBe('"a,b","say ""hi""","two\nlines",1.5,true,\r\n')
  })

  it.each(['=1+1', '+49 30 1234', '-2', '@sum', '\tx', '\0=1', ' =1+1', '＝1+1', '＋1', '－1', '＠sum'])(
    'does not let a spreadsheet calculate %j',
    (text) => {
      expect(csvLine([text])).toBe(`'${text}\r\n`)
    },
  )

  it('does not let it calculate after a line break either', () => {
    expect(csvLine(['\r=1', '\n=1', 'a\n=1'])).toBe(`"'\r=1","'\n=1","a\n=1"\r\n`)
  })

  it('leaves numbers alone, also negative ones', () => {
    expect(csvLine([-5, 0])).toBe('-5,0\r\n')
  })

  it('can be read in again as it was', () => {
    expect(['=1+1', '-20 % on cups', "'tis", 'plain'].map((text) => unguarded(csvLine([text]).trimEnd()))).toEqual([
      '=1+1',
      '-20 % on cups',
      "'tis",
      'plain',
    ])
  })
})
