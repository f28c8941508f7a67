import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadProcesses, loadServices } from './load.ts'

let folder: string
let root: URL
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'souk load '))
  root = pathToFileURL(`${folder}/`)
  await writeFile(join(folder, 'package.json'), '{"type":"module"}')
})
afterEach(() => rm(folder, { recursive: true, force: true }))

async function file(path: string, text: string): Promise<void> {
  await mkdir(join(folder, path, '..'), { recursive: true })
  await writeFile(join(folder, path), text)
}
const service = (name: string, port: number) =>
  `export const ${name} = { name: '${name}', port: ${port}, summary: 's', create: () => ({}) }\nexport const other = 1\n`

describe('finding services', () => {
  it('takes every folder that has a service, in a steady order, without any list', async () => {
    await file('services/stock/service.ts', service('stock', 2))
    await file('services/cart/service.ts', service('cart', 1))
    await file('services/half-done/README.md', 'not yet')
    expect((await loadServices({ root })).map((loaded) => loaded.service.name)).toEqual(['cart', 'stock'])
  })

  it('finds none where there is no such folder', async () => {
    expect(await loadServices({ root })).toEqual([])
    expect(await loadProcesses(root)).toEqual([])
  })

  it('refuses two services on one port', async () => {
    await file('services/stock/service.ts', service('stock', 1))
    await file('services/cart/service.ts', service('cart', 1))
    await expect(loadServices({ root })).rejects.toThrow('cart and stock share port 1')
  })

  it('refuses a service that is not called like its folder', async () => {
    await file('services/cart/service.ts', service('basket', 1))
    await expect(loadServices({ root })).rejects.toThrow('calls itself basket')
  })

  it('refuses a service file without a service', async () => {
    await file('services/cart/service.ts', 'export const cart = {}')
    await expect(loadServices({ root })).rejects.toThrow('must export one service, it exports 0')
  })

  it('adds the services of extensions, and refuses a name taken twice', async () => {
    await file('services/cart/service.ts', service('cart', 1))
    await file('node_modules/souk-wishlist/package.json', '{"name":"souk-wishlist","type":"module","exports":"./index.js"}')
    await file('node_modules/souk-wishlist/index.js', service('wishlist', 2))
    await file('more.js', service('cart', 3))
    const found = await loadServices({ root, extensions: ['souk-wishlist'] })
    expect(found.map((loaded) => loaded.service.name)).toEqual(['cart', 'wishlist'])
    await expect(loadServices({ root, extensions: ['./more.js'] })).rejects.toThrow('name cart is taken twice')
    await expect(loadServices({ root, extensions: ['souk-nothing'] })).rejects.toThrow('souk-nothing is not installed')
  })
})

describe('finding processes', () => {
  const process = (name: string) => `export const p = { contract: { name: '${name}', home: 'orders' }, react: () => [] }`
  it('takes every process file, and refuses a name taken twice', async () => {
    await file('processes/checkout/checkout.process.ts', process('checkout'))
    await file('processes/checkout/prices.ts', 'export const p = 1')
    expect((await loadProcesses(root)).map((found) => found.contract.name)).toEqual(['checkout'])
    await file('processes/again/again.process.ts', process('checkout'))
    await expect(loadProcesses(root)).rejects.toThrow('2 processes are called checkout')
  })
})
