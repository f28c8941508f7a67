import { afterAll, beforeAll, expect, test } from 'vitest'
import { isUniqueViolation } from './pg-errors.ts'
import { openDb } from './open.ts'
import { openSession } from './session.ts'
import { type TestDatabase, testDatabase } from '#kit/testing/database.ts'
import { eventually } from '#kit/testing/eventually.ts'
import { type MigrationFolder, migrationFolder } from '#kit/testing/migration-folder.ts'

let set: MigrationFolder
let database: TestDatabase

beforeAll(async () => {
  set = await migrationFolder('till', {
    '001_till.sql':
      'create table till (id int primary key, amount bigint not null, constraint never_negative check (amount >= 0));',
  })
  database = await testDatabase({ schemas: [{ schema: 'till', sets: [set] }] })
  await database.admin`insert into till.till select n, 100 from generate_series(1, 9) n`
})

afterAll(async () => {
  await database.drop()
  await set.remove()
})

const unavailable = (code: string) => ({ kind: 'unavailable', code: `database/${code}` })

test('money comes and goes as bigint, beyond what a number can hold', async () => {
  const { sql } = database.db('till')
  expect(await sql`insert into till values (100, ${9_007_199_254_740_993n}) returning amount`).toEqual([
    { amount: 9_007_199_254_740_993n },
  ])
})

test('lists of every common type come and go unharmed', async () => {
  const { sql } = database.db('till')
  const words = ['plain', 'with "quotes" and \\', 'NULL', '', '{a,b}', 'Käse, 5 €']
  const at = new Date('2026-01-02T03:04:05.678Z')
  const [row] = await sql`select ${words}::text[] as words, ${sql.array(['a', 'b'])} as tagged, ${[1, 2]}::int[] as ints,
    ${sql.array([1n, 2n ** 60n], 20)} as bigs, ${[]}::uuid[] as none, ${sql.array([at], 1184)} as times, array[true, null] as maybe,
    ${sql.array([{ a: ['x'] }] as never[], 3802)} as json, array[[1, 2], [3, 4]] as grid, ${[[1, 2]]}::int[] as nested`
  expect(row).toEqual({
    words,
    tagged: ['a', 'b'],
    ints: [1, 2],
    bigs: [1n, 2n ** 60n],
    none: [],
    times: [at],
    maybe: [true, null],
    json: [{ a: ['x'] }],
    grid: [
      [1, 2],
      [3, 4],
    ],
    nested: [[1, 2]],
  })
})

test('every session has bounds for statements, locks and idle transactions, and commits durably', async () => {
  // with the limits of production, which a test database does not have
  const db = openDb({ url: database.urlOf('till'), schema: 'till', applicationName: 'souk till', timeouts: { connect: 10_000 } })
  const [row] = await db.sql`select current_setting('statement_timeout') as statement, current_setting('lock_timeout') as lock,
    current_setting('idle_in_transaction_session_timeout') as idle, current_setting('synchronous_commit') as commit,
    current_setting('search_path') as path, current_setting('application_name') as name`
  expect(row).toEqual({
    statement: '3s',
    lock: '1s',
    idle: '5s',
    commit: 'on',
    path: '"till"',
    name: expect.stringMatching(/^souk till [0-9a-f]{6}$/),
  })
  await db.close()
})

test('an error inside a transaction undoes all of it', async () => {
  const db = database.db('till')
  const work = db.tx(async (tx) => {
    await tx`update till set amount = 0 where id = 1`
    throw new Error('changed my mind')
  })
  await expect(work).rejects.toThrow('changed my mind')
  expect(await db.sql`select amount from till where id = 1`).toEqual([{ amount: 100n }])
})

test('a savepoint undoes only its own part', async () => {
  const db = database.db('till')
  await db.tx(async (tx) => {
    await tx`update till set amount = 7 where id = 2`
    await tx.savepoint((inner) => inner`update till set amount = -1 where id = 2`).catch(() => {})
  })
  expect(await db.sql`select amount from till where id = 2`).toEqual([{ amount: 7n }])
})

test('a double entry is recognised by its constraint, also inside a transaction', async () => {
  const db = database.db('till')
  const error = await db.tx((tx) => tx`insert into till values (1, 1)`).catch((refusal: unknown) => refusal)
  expect([isUniqueViolation(error), isUniqueViolation(error, 'till_pkey'), isUniqueViolation(error, 'other')]).toEqual([
    true,
    true,
    false,
  ])
})

test('a statement that takes too long is stopped and the caller may try again later', async () => {
  const { sql } = database.db('till', { timeouts: { statement: 50 } })
  await expect(sql`select pg_sleep(5)`).rejects.toMatchObject(unavailable('statement-timeout'))
})

test('nobody waits long for a row that somebody else is changing', async () => {
  const db = database.db('till', { timeouts: { lock: 50 } })
  await db.tx(async (tx) => {
    await tx`update till set amount = amount where id = 3`
    const rival = db.tx((other) => other`update till set amount = amount where id = 3`)
    await expect(rival).rejects.toMatchObject(unavailable('lock-timeout'))
  })
})

test('a request that finds every connection taken is turned away after the limit, and the pool serves again afterwards', async () => {
  // long enough for a COMMIT on a busy machine, which is what the patient one waits for
  const db = database.db('till', { max: 2, timeouts: { poolWait: 1500 } })
  let letGo = () => {}
  const held = new Promise<void>((resolve) => {
    letGo = resolve
  })
  const holders = [1, 2].map(() => db.tx(() => held))
  await eventually(() => expect(db.stats().inUse).toBe(2))
  const turnedAway = [db.sql`select 1`, db.tx((tx) => tx`select 1`)]
  for (const outcome of await Promise.allSettled(turnedAway)) expect(outcome).toMatchObject({ reason: unavailable('busy') })
  const patient = db.sql`select 2 as answer`.execute()
  letGo()
  await Promise.all(holders)
  expect(await patient).toEqual([{ answer: 2 }])
  expect(db.stats()).toEqual({ max: 2, inUse: 0, waiting: 0, refused: 2 })
})

test('a deadlock is not repeated in silence, but until it goes well when the caller says that it may be', async () => {
  const db = database.db('till')
  const cross = async (retryConflict: boolean) => {
    let runs = 0
    const both = [0, 1].map(() => Promise.withResolvers<void>())
    const transfer = (me: number) =>
      db.tx(
        async (tx) => {
          runs++
          await tx`update till set amount = amount where id = ${4 + me}`
          both[me]?.resolve()
          await both[1 - me]?.promise
          await tx`update till set amount = amount where id = ${5 - me}`
        },
        { retryConflict },
      )
    const results = await Promise.allSettled([transfer(0), transfer(1)])
    return { runs, failed: results.filter(({ status }) => status === 'rejected').length }
  }
  expect(await cross(false)).toEqual({ runs: 2, failed: 1 })
  // the loser may be back before the winner has woken up, and lose once more
  for (let round = 0; round < 3; round++) {
    const { runs, failed } = await cross(true)
    expect(failed).toBe(0)
    expect(runs).toBeGreaterThan(2)
  }
})

test('an unreachable database is unavailable within the time to connect', async () => {
  const db = openDb({ url: 'postgres://nobody:x@127.0.0.1:9/nothing', schema: 'till', applicationName: 'test' })
  await expect(db.sql`select 1`).rejects.toMatchObject(unavailable('unreachable'))
  await expect(db.tx((tx) => tx`select 1`)).rejects.toMatchObject(unavailable('unreachable'))
  expect(db.stats().inUse).toBe(0)
  await db.close()
})

test('a session that loses its connection says so and refuses to go on without its lock', async () => {
  const session = await openSession({ url: database.url, applicationName: 'test session' })
  const [me] = await session.sql<[{ pid: number }]>`select pg_backend_pid() as pid, pg_advisory_lock(42)`
  await database.admin`select pg_terminate_backend(${me.pid})`
  await eventually(() => expect(session.lost.aborted).toBe(true))
  expect(() => session.sql`select 1`).toThrow('the connection of this session is gone')
  await session.close()
})
