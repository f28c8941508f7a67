import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const read = (file: string) => JSON.parse(readFileSync(`${root}${file}`, 'utf8'))

interface Locked {
  readonly version?: string
  readonly license?: string
  readonly integrity?: string
  readonly link?: boolean
  readonly hasInstallScript?: boolean
}
const packages = Object.entries(read('package-lock.json').packages as Record<string, Locked>)
  .filter(([path, { link }]) => path !== '' && !link)
  .map(([path, one]) => ({ name: path.split('node_modules/').at(-1) as string, path, ...one }))

/** Licences a product under Apache-2.0 can be shipped with. Weak copyleft: the package stays as it is, exchangeable by whoever runs the shop. */
const ALLOWED = new Set([
  'MIT',
  'MIT-0',
  'Apache-2.0',
  'ISC',
  'BSD-2-Clause',
  'BSD-3-Clause',
  '0BSD',
  'BlueOak-1.0.0',
  'Unlicense',
  'Zlib',
  'MPL-2.0',
  'LGPL-3.0-or-later',
  // a font that is served, and data that only the build of the pages reads
  'OFL-1.1',
  'CC-BY-4.0',
])

/** Packages that keep their licence in a file: what it says, seen by a person. */
const SEEN: Readonly<Record<string, string>> = { 'png-js': 'MIT' }

/** `MIT OR Apache-2.0`: one of them is enough; `A AND B`: each has to be allowed. */
const fits = (licence: string): boolean =>
  licence
    .replace(/^\(|\)$/g, '')
    .split(' OR ')
    .some((one) => one.split(' AND ').every((name) => ALLOWED.has(name.trim())))

describe('S31: packages of others', () => {
  it('have licences that go with ours', () => {
    const odd = packages.filter(({ name, license }) => !fits(license ?? SEEN[name] ?? 'none'))
    expect(odd.map(({ name, license }) => `${name}: ${license ?? 'none'}`)).toEqual([])
    expect(packages.length).toBeGreaterThan(100)
    expect([fits('GPL-3.0-only'), fits('MIT AND AGPL-3.0'), fits('GPL-2.0 OR MIT'), fits('UNLICENSED')]).toEqual([
      false,
      false,
      true,
      false,
    ])
  })

  it('are the ones that were looked at: each has a checksum', () => {
    expect(packages.filter(({ integrity }) => !/^sha512-/.test(integrity ?? '')).map(({ path }) => path)).toEqual([])
  })

  it('run nothing while they are installed, but those that are named', () => {
    const named = new Set(Object.keys(read('package.json').allowScripts))
    expect(packages.filter(({ name, hasInstallScript }) => hasInstallScript && !named.has(name)).map(({ name }) => name)).toEqual(
      [],
    )
  })

  it('are installed in the version that is written down', () => {
    const other = packages.filter(
      ({ path, version }) => existsSync(`${root}${path}/package.json`) && read(`${path}/package.json`).version !== version,
    )
    expect(other.map(({ path }) => path)).toEqual([])
  })
})
