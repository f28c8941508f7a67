// topology: its own
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { shopFolder } from '#kit/testing/shop-folder.ts'
import { type Client, client, expectStatus } from './client.ts'
import { openShop } from './shop.ts'
import { souk } from './souk-command.ts'

/**
 * Several rounds of several calls: an interruption leaves some made, some not and some in the middle. Progress is told once
 * a second, so a fast machine has to need several seconds for all of them.
 */
const PRODUCTS = 8000

let folder: string
beforeAll(async () => {
  folder = await shopFolder('generated')
})
afterAll(async () => await rm(folder, { recursive: true, force: true }))

/** Every entry of a list, page by page. */
async function all(guest: Client, path: string): Promise<{ id: string; slug: string }[]> {
  const found: { id: string; slug: string }[] = []
  for (let cursor = ''; ; ) {
    const { body } = expectStatus(await guest.get(`${path}&limit=100${cursor}`), 200)
    found.push(...body.items)
    if (body.next === undefined) return found
    cursor = `&cursor=${encodeURIComponent(body.next)}`
  }
}

describe('a generated catalogue that was interrupted', () => {
  it('has each product once after kill -9 twice and another try, in the lists and in the search', async () => {
    const dir = join(folder, 'souk')
    const seed = (killFrom = Number.POSITIVE_INFINITY) => {
      const run = souk(dir, ['seed', '--products', String(PRODUCTS)], ({ progress, done }) => {
        if (progress === 'products' && Number(done) >= killFrom && Number(done) < PRODUCTS) run.child.kill('SIGKILL')
      })
      return run.ended
    }
    const first = await seed(1)
    expect(first.code).toBeNull()
    const reached = Number(first.last['done'])
    const second = await seed(reached + 1)
    expect(second.code).toBeNull()

    const third = await seed()
    expect(third.errors).toBe('')
    expect(third.code).toBe(0)
    const { created, known } = third.last as { created: number; known: number }
    expect(known).toBeGreaterThan(0)
    expect(created).toBeGreaterThan(0)
    expect(known).toBeGreaterThanOrEqual(reached)
    expect(created + known).toBe(PRODUCTS)
    expect(third.lines.some((line) => line['progress'] === 'documents')).toBe(true)
    expect((await seed()).last).toMatchObject({ created: 0, known: PRODUCTS })

    const shop = await openShop({ SOUK_DIR: dir })
    try {
      const guest = client(shop.url)
      const listed = await all(guest, '/api/products?sort=newest')
      const slugs = new Set(listed.map(({ slug }) => slug))
      expect(listed).toHaveLength(PRODUCTS)
      expect(slugs.size).toBe(PRODUCTS)
      const found = await all(guest, '/api/search?sort=newest&facets=false')
      expect(found).toHaveLength(PRODUCTS)
      expect(new Set(found.map(({ slug }) => slug))).toEqual(slugs)
    } finally {
      await shop.remove()
    }
    expect((await souk(dir, ['invariants']).ended).code).toBe(0)
  }, 240_000)
})
