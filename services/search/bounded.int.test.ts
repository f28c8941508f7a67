import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestShop, staff, type TestShop } from './testing/catalogue.ts'
import { EVIL } from './testing/evil.ts'
import { SOFAS } from './testing/operators.contract.ts'

/** Half a second in a shop; a machine that runs all tests at once gets more. */
const LIMIT_MS = 1500

let shop: TestShop
beforeAll(async () => {
  // a longer wait for locks, so that it is the limit of searches that ends the statement
  shop = await openTestShop({ timeouts: { brief: LIMIT_MS, lock: 20_000 } })
  await shop.sell(...SOFAS)
})
afterAll(() => shop.close())

/** While somebody works on a table so that nothing can be read from it. */
async function whileLocked<T>(table: string, work: () => Promise<T>): Promise<T> {
  return (await shop.database.admin.begin(async (tx) => {
    await tx.unsafe(`lock table search.${table} in access exclusive mode`)
    return await work()
  })) as T
}
const get = (path: string) => shop.request('GET', path)

describe('S15: a search whose statement takes too long', () => {
  it.each(['/api/search?q=sofa', '/api/search/suggest?q=so', '/api/search?sort=price'])(
    '%s is told to come back, and is answered when the table is free',
    async (path) => {
      const stuck = await whileLocked('documents', () => get(path))
      expect(stuck).toMatchObject({ status: 503, body: { code: 'database/statement-timeout' } })
      expect(stuck.headers['content-type']).toContain('application/problem+json')
      expect((await get(path)).status).toBe(200)
    },
  )

  it('takes nothing from those who ask for something else', async () => {
    const [search, synonyms] = await whileLocked('documents', () =>
      Promise.all([get('/api/search?q=cushion'), shop.request('GET', '/api/search/synonyms', { as: staff })]),
    )
    expect([search.status, synonyms.status]).toEqual([503, 200])
  })

  it('refuses the call of the catalogue in the same way', async () => {
    const find = { channel: 'web', locale: 'en', q: 'sofa', sort: 'relevance', limit: 3 }
    await whileLocked('documents', () =>
      expect(shop.call('find', find)).rejects.toMatchObject({ kind: 'unavailable', code: 'database/statement-timeout' }),
    )
    expect((await shop.call<{ productIds: string[] }>('find', find)).productIds).toHaveLength(3)
  })
})

describe('S15: what a shopper types', () => {
  it.each(EVIL)('%j is words and nothing else: it is answered', async (q) => {
    for (const path of ['/api/search?facets=true&', '/api/search/suggest?']) {
      const { status } = await get(`${path}q=${encodeURIComponent(q)}`)
      expect(status, path).toBe(200)
    }
  })

  it('is at most 400 letters: ten thousand are refused before anybody looks for them', async () => {
    for (const path of ['/api/search', '/api/search/suggest'])
      expect((await get(`${path}?q=${'sofa+'.repeat(2000)}`)).status, path).toBe(400)
  })

  it('leads from page to page by marks of the shop: nobody jumps to page ten thousand', async () => {
    for (const beyond of ['page=10000', 'offset=1000000', 'limit=1000000', 'cursor=10000'])
      expect((await get(`/api/search?q=sofa&${beyond}`)).status, beyond).toBe(400)
    const { next } = (await get('/api/search?q=sofa&limit=1')).body
    expect((await get(`/api/search?q=sofa&limit=1&cursor=${next}`)).status).toBe(200)
    expect((await get(`/api/search?q=couch&limit=1&cursor=${next}`)).status, 'of another search').toBe(400)
  })
})
