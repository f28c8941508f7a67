import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createPostgresEngine } from './engines/postgres.ts'
import type { Question, SearchEngine } from './engines/engine.ts'
import { markBestSelling } from './levels.ts'
import { openTestShop, order, staff, type TestShop } from './testing/catalogue.ts'
import { service } from './service.ts'
import { understand } from './understand.ts'

const COUNT = 1200
const goOn = new AbortController().signal
const mug = (index: number) => ({ title: `Mug ${String(index).padStart(4, '0')}`, tags: [index % 2 === 0 ? 'even' : 'odd'] })

describe('the best-selling products of very many', () => {
  let shop: TestShop
  /** Ranks only the twenty best-selling ones, so that it matters which they are. */
  let engine: SearchEngine
  beforeAll(async () => {
    shop = await openTestShop()
    shop.change(...Array.from({ length: COUNT }, (_, index) => mug(index)))
    await shop.runJob('rebuild')
    for (let index = 0; index < 60; index += 1) await shop.deliver(order(mug(index * 7).title, 1 + (index % 9)))
    await shop.runJob('carry-over-sales')
    await shop.database.admin`vacuum analyze`
    engine = createPostgresEngine(shop.db, { rankedAtLeast: 20 })
  })
  afterAll(() => shop.close())

  async function find(more: Partial<Question> = {}): Promise<string[]> {
    const meant = await understand(shop.db.sql, { q: 'mug', channel: 'web', locale: 'en' })
    const { hits } = await engine.find({
      live: meant.live,
      shelf: meant.shelf!,
      documents: meant.documents,
      wishes: meant.wishes,
      enough: 1,
      must: [meant.shelf!],
      choices: [],
      lowest: null,
      highest: null,
      sort: 'relevance',
      boosts: {},
      skipped: [],
      after: undefined,
      limit: 20,
      counted: false,
      ...more,
    })
    return hits.map(({ title }) => title)
  }
  const term = async (key: string) =>
    (
      await shop.database.admin<
        { id: number }[]
      >`select id from search.terms where locale = 'en' and kind = 'tag' and key = ${key}`
    )[0]!.id
  const cuts = () =>
    shop.database.admin`select level, ready from search.cuts where side = (select live from search.sides) order by shelf, level`
  /** Documents that are in a level they do not belong to, or not in one they do. */
  const wrong = async () => (await Promise.all(service.invariants!.map(({ sql }) => shop.db.sql.unsafe(sql)))).flat()

  it('are the same with levels and without', async () => {
    const before = [
      await find(),
      await find({ must: [await term('even')] }),
      await find({ choices: [{ facet: 'tag', terms: [await term('odd')] }] }),
    ]
    expect(before[0]).toHaveLength(20)
    await markBestSelling(shop.db, 'live', goOn, { from: 100, narrowest: 20 })
    expect(await cuts()).toHaveLength(8)
    expect(await wrong()).toEqual([])
    const after = [
      await find(),
      await find({ must: [await term('even')] }),
      await find({ choices: [{ facet: 'tag', terms: [await term('odd')] }] }),
    ]
    expect(after).toEqual(before)
  })
  it('have among them what has sold since, and what was changed', async () => {
    const [risen, changed] = [mug(1199), mug(7)]
    expect(await find()).not.toContain(risen.title)
    await shop.deliver(order(risen.title, 900))
    await shop.runJob('carry-over-sales')
    expect((await find())[0]).toBe(risen.title)
    // the next order of it is not carried over yet when it changes
    await shop.deliver(order(mug(1198).title, 900))
    await shop.sell({ ...risen, price: 500 }, { ...changed, price: 500 }, { ...mug(1198), price: 500 })
    expect((await find())[0]).toBe(risen.title)
    expect(await wrong()).toEqual([])
    await shop.runJob('carry-over-sales')
    expect((await find()).slice(0, 2)).toEqual(expect.arrayContaining([risen.title, mug(1198).title]))
  })
  it('are the same when the read model was made anew, where few products need no levels', async () => {
    const before = await find()
    await shop.request('POST', '/api/search/rebuild', { as: staff })
    await shop.runJob('rebuild')
    expect(await cuts()).toEqual([])
    expect(await find()).toEqual(before)
    const { body } = await shop.request('GET', '/api/search/rebuild', { as: staff })
    expect(body).toMatchObject({ state: 'done', hashAfter: body.hashBefore })
  })
  it('go on being marked where that had to stop, and are not asked for until it is done', async () => {
    const before = await find()
    await markBestSelling(shop.db, 'live', goOn, { from: 100, narrowest: 20 })
    await shop.database
      .admin`update search.documents set facets = array(select f from unnest(facets) f where f > -100) where title = ${before[0]!}`
    await shop.database.admin`update search.cuts set ready = false`
    expect(await find()).toEqual(before)
    await markBestSelling(shop.db, 'live', goOn)
    expect(await wrong()).toEqual([])
    expect(await find()).toEqual(before)
  })
})
