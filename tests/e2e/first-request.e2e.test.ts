// topology: its own
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { mkdtemp, chmod, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { client, expectStatus } from './client.ts'
import { openShop, type Shop } from './shop.ts'
import { launch } from './topology.ts'

let shop: Shop
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'souk-e2e-never-open-'))
  // as root PostgreSQL runs as another user, who must be able to get here
  await chmod(folder, 0o755)
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
