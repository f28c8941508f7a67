// topology: its own
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { client, expectStatus } from './client.ts'
import { openShop, type Shop } from './shop.ts'
import { launch } from './topology.ts'

let shop: Shop
beforeAll(async () => {
  shop = await openShop({}, undefined, launch('together'))
}, 240_000)
afterAll(() => shop?.remove())

describe('a shop that was never open before', () => {
  it('knows its sales channel and speaks its languages from the first request on', async () => {
    const german = client(shop.url, { 'accept-language': 'de' })
    const frame = expectStatus(await german.get('/api/content/frame'), 200)
    expect(frame.headers.get('content-language')).toBe('de')
    expectStatus(await german.get('/api/categories', { 'x-channel': 'web' }), 200)
  })
})
