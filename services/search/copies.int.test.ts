import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openSearchClient } from './engines/opensearch-client.ts'
import { copyDocuments } from './jobs/copy-documents.ts'
import { EVERY_PRODUCT, queueCopies } from './store.ts'
import { openTestShop, type TestShop } from './testing/catalogue.ts'
import { type PretendedOpenSearch, pretendOpenSearch } from './testing/pretended-opensearch.ts'

let shop: TestShop
let engine: PretendedOpenSearch
beforeAll(async () => {
  shop = await openTestShop()
  await shop.sell(...['Oak table', 'Oak chair', 'Oak shelf', 'Oak bench', 'Oak bed'].map((title) => ({ title })))
})
afterAll(() => shop.close())
beforeEach(async () => {
  engine = await pretendOpenSearch()
})
afterEach(async () => {
  await engine.close()
  await shop.db.sql`delete from copying`
  await shop.db.sql`delete from copies`
})

const PACE = { atOnce: 2, tries: 4, firstMs: 1, longestMs: 5 }
/** Two products in a request, in two languages: three requests for all. */
const copy = () =>
  copyDocuments(
    { db: shop.db, copy: openSearchClient(engine.url, { bulkMs: 200 }), kit: { settings: { replicas: '0-1' } } },
    AbortSignal.timeout(20_000),
    PACE,
  )
const documents = () => engine.indices.get(engine.used()!)?.size
const made = () => engine.asked.filter((line) => /^PUT \/shop-products-\d+$/.test(line))
const ids = () => engine.taken.map((one) => one.ids)

describe('a copy of everything for OpenSearch', () => {
  it('is complete although requests were refused or never answered, and each document is taken once', async () => {
    engine.moods = ['well', 429, 503, 'never', 'well', 503]
    await copy()
    expect(documents()).toBe(10)
    expect(ids().map((some) => some.length)).toEqual([4, 4, 2])
    expect(made()).toHaveLength(1)
  })
  it('sends a document alone again that was turned away for a moment', async () => {
    engine.moods = ['first document busy']
    await copy()
    expect(documents()).toBe(10)
    expect(ids().map((some) => some.length)).toEqual([3, 1, 4, 2])
  })
  it('is not used, and says why, when a document is wrong', async () => {
    engine.moods = ['well', 'first document wrong']
    await expect(copy()).rejects.toThrow('3 of 4 documents')
    expect([engine.used(), engine.taken.length]).toEqual([undefined, 2])
  })
  it('is made to be found once, at the end, before anybody is led to it', async () => {
    await copy()
    expect(engine.taken.map(({ path }) => path)).toEqual(['/_bulk', '/_bulk', '/_bulk'])
    const [index] = engine.indices.keys()
    const steps = engine.asked.filter((line) => /_refresh|_aliases/.test(line))
    expect(steps).toEqual([`POST /${index}/_refresh`, 'POST /_aliases'])
  })
  it('goes on where it had to stop', async () => {
    engine.moods = ['well', ...Array.from({ length: PACE.tries + 1 }, () => 503 as const)]
    await expect(copy()).rejects.toThrow('503')
    expect([engine.used(), engine.taken.length]).toEqual([undefined, 1])
    await copy()
    expect(documents()).toBe(10)
    expect(ids().map((some) => some.length)).toEqual([4, 4, 2])
    expect(new Set(ids().flat()).size).toBe(10)
    expect(made()).toHaveLength(1)
  })
  it('begins anew when the read model was made anew since', async () => {
    engine.moods = ['well', ...Array.from({ length: PACE.tries + 1 }, () => 503 as const)]
    await expect(copy()).rejects.toThrow('503')
    await queueCopies(shop.db.sql, [EVERY_PRODUCT])
    await copy()
    expect(ids().map((some) => some.length)).toEqual([4, 4, 4, 2])
    expect([documents(), made().length, engine.indices.size]).toEqual([10, 2, 1])
  })
  it('begins anew when what it had begun is gone', async () => {
    engine.moods = ['well', ...Array.from({ length: PACE.tries + 1 }, () => 429 as const)]
    await expect(copy()).rejects.toThrow('429')
    engine.indices.clear()
    await copy()
    expect(documents()).toBe(10)
  })
})
