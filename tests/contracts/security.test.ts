import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../../', import.meta.url))
const lines = readFileSync(`${root}docs/security.md`, 'utf8')
  .split('\n')
  .filter((line) => /^\| [SI]\d/.test(line))
  .map((line) => line.split('|').map((cell) => cell.trim()))

describe('the table of security tests', () => {
  it('has a line for every kind of attack, once', () => {
    const expected = [...Array.from({ length: 36 }, (_, n) => `S${n + 1}`), 'I25']
    expect(lines.map(([, name]) => name)).toEqual(expected)
  })

  it('names tests that are there, or says that there is none yet', () => {
    const gone = lines.flatMap(([, , , files = '', , state = '']) => {
      const named = [...files.matchAll(/`([^`]+)`/g)].map(([, path]) => path as string)
      if (named.length === 0) return /^comes/.test(state) ? [] : [state]
      return named.filter((path) => !existsSync(`${root}${path}`))
    })
    expect(gone).toEqual([])
  })
})
