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

  it('names tests that say in their titles which attack they try', () => {
    const silent = lines.flatMap(([, attack = '', , files = '']) => {
      const named = [...files.matchAll(/`([^`]+)`/g)].map(([, path]) => path as string)
      if (named.length === 0) return [`${attack} names no test`]
      return named.filter((path) => !titlesOf(path).some((title) => title.includes(attack))).map((path) => `${attack} ${path}`)
    })
    expect(silent).toEqual([])
  })
})

/** The attacks that titles of a file begin with: `it('S4, S10: is refused …`. */
function titlesOf(path: string): string[][] {
  const text = existsSync(`${root}${path}`) ? readFileSync(`${root}${path}`, 'utf8') : ''
  return [...text.matchAll(/\(\s*['"`]((?:[SI]\d+, )*[SI]\d+): /g)].map(([, attacks = '']) => attacks.split(', '))
}
