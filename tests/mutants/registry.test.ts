import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { mutants } from './registry.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

describe('mutants', () => {
  it('each change one place that exists, once; whoever rewrites a guard rewrites its mutant', () => {
    const lost = mutants.filter(({ file, search }) => readFileSync(`${root}${file}`, 'utf8').split(search).length !== 2)
    expect(lost.map(({ name, file }) => `${file}: ${name}`)).toEqual([])
  })

  it('change something, name the tests that must go red, and have names of their own', () => {
    expect(mutants.filter(({ search, replace }) => search === replace)).toEqual([])
    expect(new Set(mutants.map(({ name }) => name)).size).toBe(mutants.length)
    const missing = mutants.flatMap(({ test }) => test.split(' ').filter((path) => !existsSync(`${root}${path}`)))
    expect(missing).toEqual([])
  })
})
