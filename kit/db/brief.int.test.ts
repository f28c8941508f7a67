import { afterAll, beforeAll, expect, test } from 'vitest'
import { briefTransactions } from './brief.ts'
import { createGate } from './gate.ts'
import { clientOptions, openDb } from './open.ts'
import { createPool } from './pool.ts'
import { type TestDatabase, testDatabase } from '#kit/testing/database.ts'
import { eventually } from '#kit/testing/eventually.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await testDatabase({ schemas: [{ schema: 'till', sets: [] }] })
})
afterAll(() => database.drop())

/** As behind a pooler: its only connection has no limits of its own. */
function onePool() {
  const options = { ...clientOptions('till', { connect: 10_000 }), max: 1 } as unknown as Parameters<typeof createPool>[1]
  return createPool(database.urlOf('till'), options, createGate(1, 10_000), { answerMs: 10_000 })
}

/** A statement is sent when somebody waits for it. */
const started = <T>(statement: PromiseLike<T>): Promise<T> => statement.then((rows) => rows) as Promise<T>
const cut = { kind: 'unavailable', code: 'database/statement-timeout' }

test('S15: a search has half a second of the database, where other statements have three', async () => {
  const db = openDb({ url: database.urlOf('till'), schema: 'till', applicationName: 'souk till', timeouts: { connect: 10_000 } })
  const limit = async (by: typeof db.sql) =>
    (await by<{ now: string }[]>`select current_setting('statement_timeout') as now`)[0]!.now
  expect([await limit(db.brief), await limit(db.sql)]).toEqual(['500ms', '3s'])
  await db.close()
})

test('S15: a search that takes longer is stopped by the server, the next one finds a good connection, and other statements go on', async () => {
  const db = database.db('till', { timeouts: { brief: 1_000 } })
  const slow = started(db.brief`select pg_sleep(30)`)
  const patient = started(db.sql`select pg_sleep(0.4)`)
  await expect(slow).rejects.toMatchObject(cut)
  expect(await db.brief`select 1 as one`).toEqual([{ one: 1 }])
  expect(await patient).toHaveLength(1)
  await eventually(async () => {
    const [row] = await database.admin`
      select count(*)::int as running from pg_stat_activity where query like '%pg_sleep(30)%' and state = 'active' and pid <> pg_backend_pid()`
    expect(row!['running']).toBe(0)
  })
})

test('S15: searches take the places of other statements and none beside them', async () => {
  const db = database.db('till', { max: 2, timeouts: { poolWait: 50 } })
  const both = [started(db.sql`select pg_sleep(0.5)`), started(db.brief`select pg_sleep(0.5)`)]
  await expect(db.brief`select 1`).rejects.toMatchObject({ kind: 'unavailable', code: 'database/busy' })
  await Promise.all(both)
})

test('S15: behind a pooler the limit belongs to the statement, and stays behind for nobody', async () => {
  const pool = onePool()
  const brief = briefTransactions(pool, 1_000)
  await expect(brief`select pg_sleep(30)`).rejects.toMatchObject(cut)
  const part = brief`n.n > ${1}`
  expect(await brief`select n.n from unnest(${[1, 2, 3]}::int[]) n(n) where ${part} and n.n < ${3}`).toEqual([{ n: 2 }])
  expect(await brief`select current_setting('statement_timeout') as now`).toEqual([{ now: '1s' }])
  await expect(brief`select no_such_column`).rejects.toMatchObject({ code: '42703' })
  expect(await pool.current()`select current_setting('statement_timeout') as now`).toEqual([{ now: '0' }])
  await pool.end()
})

test('S15: behind a pooler a search is asked once, not twice', async () => {
  await database.admin`create sequence till.asked`
  await database.admin`grant all on sequence till.asked to souk_till`
  const pool = onePool()
  expect(await briefTransactions(pool, 1_000)`select nextval('till.asked') as turn`).toHaveLength(1)
  await pool.end()
  expect(await database.admin`select last_value::int as asked from till.asked`).toEqual([{ asked: 1 }])
})
