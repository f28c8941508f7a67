import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import longFiles from './long-files.json' with { type: 'json' }

const root = fileURLToPath(new URL('../../', import.meta.url))

const notOurs = new Set(['node_modules', '.git', '.souk', 'coverage', 'dist', 'build', 'generated', '.react-router'])

/** Every file of the clone but what was installed or generated. */
const files = walk('')
function walk(folder: string): string[] {
  return readdirSync(`${root}${folder}`, { withFileTypes: true }).flatMap((entry) => {
    if (notOurs.has(entry.name)) return []
    return entry.isDirectory() ? walk(`${folder}${entry.name}/`) : [`${folder}${entry.name}`]
  })
}
const code = files.filter((path) => /\.(ts|tsx|mjs)$/.test(path))
const read = (path: string) => readFileSync(`${root}${path}`, 'utf8')

/** Reading the environment anywhere else hides a setting. */
const mayReadEnvironment = [
  /^(apps|bin|tests|bench|packages\/client\/example)\//,
  /\/testing\//,
  /\.test\.ts$/,
  // PATH for the child process, so that it sees nothing else of the environment
  /^kit\/db\/embedded\.ts$/,
  // which real engines there are to run suites against
  /^vitest\.config\.ts$/,
]

describe('names and sizes', () => {
  it('has no drawer for odds and ends: utils, common, helpers, shared', () => {
    const drawers = files.filter((path) => /(^|\/)(utils?|commons?|helpers?|shared|misc)(\/|\.[a-z.]+$)/i.test(path))
    expect(drawers).toEqual([])
  })

  it('keeps what is installed or generated out of the history, a link to it included', () => {
    const listed = spawnSync('git', ['ls-files', '--', 'node_modules', '.souk', 'reports'], { cwd: root, encoding: 'utf8' })
    // an export without history has nothing to say
    expect(listed.status === 0 ? listed.stdout : '').toBe('')
  })

  it('gives every migration of a folder a number of its own', () => {
    const numbered = files.filter((path) => /migrations\/\d{3}_/.test(path)).map((path) => path.replace(/(\d{3})_.*/, '$1'))
    expect(numbered.filter((path, index) => numbered.indexOf(path) !== index)).toEqual([])
  })

  it('has no index files: a barrel hides where things are', () => {
    expect(
      code.filter((path) => /(^|\/)index\.(ts|tsx|mjs)$/.test(path) && !/^apps\/(storefront|admin|mobile)\//.test(path)),
    ).toEqual([])
  })

  it('keeps files within 300 lines; known longer ones may only shrink', () => {
    const lengths = code
      .filter((path) => !/\.(test|contract)\.ts$/.test(path))
      .map((path) => [path, read(path).split('\n').length - 1] as const)
      .filter(([, lines]) => lines > 300)
    const known: Record<string, number> = longFiles
    const grown = lengths
      .filter(([path, lines]) => lines > (known[path] ?? 300))
      .map(([path, lines]) => `${path}: ${lines} lines`)
    expect(grown, 'split them by use case').toEqual([])
    const healed = Object.keys(known).filter((path) => !lengths.some(([long]) => long === path))
    expect(healed, 'take them out of tests/architecture/long-files.json').toEqual([])
  })

  it('numbers the migrations of a folder once each: two that were written at the same time would stop every start', () => {
    const numbered = files
      .filter((path) => /migrations\/\d+_[^/]+\.sql$/.test(path))
      .map((path) => path.replace(/(\/\d+)_[^/]+$/, '$1'))
    expect(numbered.length).toBeGreaterThan(20)
    expect(numbered.filter((path, index) => numbered.indexOf(path) !== index)).toEqual([])
  })

  it('reads the environment in apps only', () => {
    const readers = code.filter(
      (path) =>
        !mayReadEnvironment.some((allowed) => allowed.test(path)) && /\bprocess\.env\b|from 'node:process'/.test(read(path)),
    )
    expect(readers).toEqual([])
  })

  it('sleeps in no test', () => {
    const tests = code.filter((path) => /\.test\.ts$/.test(path))
    const sleeping = tests.filter((path) =>
      /await (new Promise\(\(?\w+\)? => setTimeout\(|(delay|sleep|pause)\(\d)/.test(read(path)),
    )
    expect(sleeping).toEqual([])
  })
})

describe('services', () => {
  const services = existsSync(`${root}services`)
    ? readdirSync(`${root}services`).filter((name) => existsSync(`${root}services/${name}/service.ts`))
    : []

  it.each(services)('%s has a README that says what it is for and what is still in doubt', (name) => {
    const path = `services/${name}/README.md`
    expect(existsSync(`${root}${path}`), `${path} is missing`).toBe(true)
    expect(read(path).toLowerCase()).toContain('open doubts')
  })
})
