import { randomBytes } from 'node:crypto'
import { createServer, connect, type Server, type Socket } from 'node:net'
import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually } from '#kit/testing/eventually.ts'
import type { Question } from './engines/engine.ts'
import { createOpenSearchEngine } from './engines/opensearch.ts'
import { openSearchClient } from './engines/opensearch-client.ts'
import type { FallbackState } from './engines/with-fallback.ts'
import { openTestShop, staff, type TestShop } from './testing/catalogue.ts'
import { facetsConformance } from './testing/facets.contract.ts'
import { operatorsConformance } from './testing/operators.contract.ts'
import { relevanceConformance } from './testing/relevance.contract.ts'

/** of ./engines/opensearch-client.ts: how long a question may take */
const QUESTION_MS = 2_000
const engine = new URL(process.env.OPENSEARCH_URL as string)
/** indices of its own */
const through = (host: string) => `opensearch+http://${host}/test-${randomBytes(5).toString('hex')}`

const open = () => openTestShop({ settings: { url: through(engine.host) } })
relevanceConformance('OpenSearch', open)
facetsConformance('OpenSearch', open)
operatorsConformance('OpenSearch', open)

describe('the copy in OpenSearch', () => {
  let shop: TestShop
  let door: Server
  const open = new Set<Socket>()
  let host: string
  let prefix: string
  beforeAll(async () => {
    // A line to the engine that can be cut.
    door = createServer((inside) => {
      const outside = connect(Number(engine.port), engine.hostname)
      for (const socket of [inside, outside]) {
        open.add(socket)
        socket.on('error', () => undefined).on('close', () => open.delete(socket))
      }
      inside.pipe(outside).pipe(inside)
    }).listen(0, '127.0.0.1')
    await once(door, 'listening')
    host = `127.0.0.1:${(door.address() as { port: number }).port}`
    const url = through(host)
    prefix = url.slice(url.lastIndexOf('/') + 1)
    shop = await openTestShop({ settings: { url, cacheSeconds: 0 } })
    await shop.sell({ title: 'Oak table' }, { title: 'Oak chair' })
  })
  afterAll(async () => {
    await shop.close()
    door.close()
  })
  const engineOf = async () => (await shop.running.health()) as { engine: string; fallback: FallbackState }
  /** Where nothing else goes on, OpenSearch answers and nobody has to answer for it. */
  const answersItself = () =>
    eventually(
      async () => {
        const { fallbacks } = (await engineOf()).fallback
        expect(await shop.find('q=oak')).toEqual(['Oak table'])
        expect(await engineOf()).toMatchObject({ engine: 'opensearch', fallback: { fallbacks } })
      },
      { timeoutMs: 15_000, everyMs: 100 },
    )

  it('answers, and knows what changed or left', async () => {
    expect((await shop.find('q=oak')).sort()).toEqual(['Oak chair', 'Oak table'])
    await shop.withdraw('Oak chair')
    expect(await shop.find('q=oak')).toEqual(['Oak table'])
    await answersItself()
  })
  it('says so when there are more terms than it counts, and knows ranges of prices and stock all the same', async () => {
    const [shelf] = await shop.db.sql<{ id: number }[]>`select t.id from terms t where t.kind = 'shelf' and t.locale = 'en'`
    const everything: Question = {
      live: 'a',
      shelf: shelf!.id,
      documents: 1,
      wishes: [],
      enough: 0,
      must: [shelf!.id],
      choices: [],
      lowest: null,
      highest: null,
      sort: 'price',
      boosts: {},
      skipped: [],
      after: undefined,
      limit: 10,
      counted: true,
    }
    const counting = async (mostTerms: number) =>
      await createOpenSearchEngine(shop.db, openSearchClient(`opensearch+http://${host}/${prefix}`), { mostTerms }).find(
        everything,
      )
    const { exact, counts, hits } = await counting(1)
    expect([exact, hits.length]).toEqual([false, 1])
    expect(counts.map(({ kind, documents }) => [kind, documents]).sort()).toEqual([
      ['price', 1],
      ['stock', 1],
    ])
    expect((await counting(10)).exact).toBe(true)
  })
  it('is made anew while readers find everything', async () => {
    await shop.request('POST', '/api/search/rebuild', { as: staff })
    let moved = false
    let holes = 0
    const reading = (async () => {
      do {
        const before = (await engineOf()).fallback
        const asked = performance.now()
        expect(await shop.find('q=oak')).toEqual(['Oak table'])
        // a busy machine answers late and is left alone then; a hole is no answer at once
        const late = before.open || performance.now() - asked > QUESTION_MS - 100
        if (!late && (await engineOf()).fallback.fallbacks > before.fallbacks) holes += 1
      } while (!moved)
    })()
    const indices = async () => Object.keys((await (await fetch(new URL(`/${prefix}-products-*`, engine))).json()) as object)
    const before = await indices()
    await shop.runJob('rebuild')
    await shop.runJob('copy-documents')
    moved = true
    await reading
    expect(await indices()).toHaveLength(1)
    expect(await indices()).not.toEqual(before)
    expect(holes).toBe(0)
    await answersItself()
  })
  it('may be gone: the shop still searches, and the copy catches up later', async () => {
    door.close()
    for (const socket of open) socket.destroy()
    expect(await shop.find('q=oak')).toEqual(['Oak table'])
    expect((await engineOf()).fallback.fallbacks).toBeGreaterThan(0)
    await expect(shop.sell({ title: 'Oak shelf' })).rejects.toThrow()
    expect((await shop.find('q=oak')).sort()).toEqual(['Oak shelf', 'Oak table'])
    door.listen(Number(host.split(':')[1]), '127.0.0.1')
    await once(door, 'listening')
    await shop.runJob('copy-documents')
    const [left] = await shop.db.sql`select count(*)::int as waiting from copies`
    expect(left!['waiting']).toBe(0)
  })
})
