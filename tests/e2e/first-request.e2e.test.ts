// topology: its own
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { shopFolder } from '#kit/testing/shop-folder.ts'
import { client, expectStatus } from './client.ts'
import { openShop, type Shop } from './shop.ts'
import { launch } from './topology.ts'

let shop: Shop
let folder: string
beforeAll(async () => {
  folder = await shopFolder('e2e-never-open')
  // with a folder of its own it does not begin where the first start of another has ended
  shop = await openShop({ SOUK_DIR: join(folder, 'souk') }, undefined, launch('together'))
}, 240_000)
afterAll(async () => {
  await shop?.remove()
  await rm(folder, { recursive: true, force: true })
})

describe('a shop that was never open before', () => {
  it('knows its sales channel and speaks its languages from the first request on', async () => {
    const german = client(shop.url, { 'accept-language': 'de' })
    const frame = expectStatus(await german.get('/api/content/frame'), 200)
    expect(frame.headers.get('content-language')).toBe('de')
    expectStatus(await german.get('/api/categories', { 'x-channel': 'web' }), 200)
  })
})
