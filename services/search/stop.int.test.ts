import { afterAll, beforeAll, expect, it } from 'vitest'
import { productsRpc } from '#contracts/rpc/products.ts'
import { reviewsRpc } from '#contracts/rpc/reviews.ts'
import type { Db, Sql } from '#kit/db/db.ts'
import { silentLogger } from '#kit/service/logger.ts'
import { markBestSelling } from './levels.ts'
import { goOnRebuilding, type RebuildDeps } from './rebuild.ts'
import { openTestShop, staff, type TestShop } from './testing/catalogue.ts'

let shop: TestShop
const goOn = new AbortController().signal
beforeAll(async () => {
  shop = await openTestShop()
  shop.change(...Array.from({ length: 200 }, (_, n) => ({ title: `Felt slipper ${n}` })))
  await shop.runJob('rebuild')
})
afterAll(() => shop.close())

/** The database of a process that is told to stop while it waits for the first statement with these words, and what it asks for after that. */
function stoppedAt(words: string): { db: Db; stop: AbortController; later: string[] } {
  const stop = new AbortController()
  const later: string[] = []
  const watch = <S extends Sql>(sql: S): S =>
    new Proxy(sql, {
      apply(target, self, [text, ...rest]: [readonly string[], ...unknown[]]) {
        const statement = text.join('…')
        if (stop.signal.aborted) later.push(statement)
        else if (statement.includes(words)) stop.abort()
        return Reflect.apply(target as never, self, [text, ...rest])
      },
    })
  const db: Db = { ...shop.db, sql: watch(shop.db.sql), tx: (work) => shop.db.tx((tx) => work(watch(tx as never) as never)) }
  return { db, stop, later }
}

const rebuild = (db: Db, signal: AbortSignal) => {
  const { rpc } = shop.host
  const [products, reviews] = [rpc.client(productsRpc, 'search'), rpc.client(reviewsRpc, 'search')]
  const deps: RebuildDeps = { db, products, reviews, copy: undefined, kit: { log: silentLogger } }
  // so few at a time that there is much to compare
  return goOnRebuilding(deps, signal, 10)
}
const told = async () => (await shop.request('GET', '/api/search/rebuild', { as: staff })).body
const slippers = async () => (await shop.ask(`/api/search?q=slipper&limit=1`)).total

it.each([
  ['counts words', 'from word_changes'],
  ['looks for what sells best', 'cuts c where'],
  ['makes the new side ready', 'side_is_ready'],
  ['compares the new side with the old one', 'hash_between'],
])('a process that is told to stop while it %s asks for nothing more, and the next one comes to the end', async (_, words) => {
  const before = await slippers()
  expect((await shop.request('POST', '/api/search/rebuild', { as: staff })).status).toBe(202)
  const { db, stop, later } = stoppedAt(words)
  await rebuild(db, stop.signal)
  expect([stop.signal.aborted, later]).toEqual([true, []])
  expect([await told(), await slippers()]).toMatchObject([{ state: 'running', finishedAt: null }, before])
  await rebuild(shop.db, goOn)
  const { hashBefore, ...done } = await told()
  expect([done, await slippers()]).toMatchObject([{ state: 'done', hashAfter: hashBefore, documents: 400 }, before])
})

it('the best-selling products of very many are marked piece by piece, and a stop comes between two of them', async () => {
  const levels = { from: 100, narrowest: 20, atOnce: 5 }
  const ready = async () => await shop.database.admin`select level from search.cuts where ready`
  const { db, stop, later } = stoppedAt('these as materialized')
  await markBestSelling(db, 'live', stop.signal, levels)
  expect([stop.signal.aborted, later, await ready()]).toEqual([true, [], []])
  await markBestSelling(shop.db, 'live', goOn, levels)
  expect(await ready()).not.toEqual([])
})
