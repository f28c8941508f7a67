import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Tx } from './db.ts'
import type { OpenedDb } from './open.ts'
import { type TestDatabase, testDatabase } from '#kit/testing/database.ts'
import { eventually } from '#kit/testing/eventually.ts'
import { type MigrationFolder, migrationFolder } from '#kit/testing/migration-folder.ts'

/*
 * A database that restarts, fails over or throws a session out must cost the requests under way, never the process. Vitest fails
 * the run on an exception nobody caught, which is how postgres.js alone would end here.
 */
let set: MigrationFolder
let database: TestDatabase
let db: OpenedDb

beforeAll(async () => {
  set = await migrationFolder('ledger', { '001_ledger.sql': 'create table ledger (note text not null);' })
  database = await testDatabase({ schemas: [{ schema: 'ledger', sets: [set] }] })
})
afterAll(async () => {
  await database.drop()
  await set.remove()
})
beforeEach(async () => {
  await database.admin`truncate ledger.ledger`
  db = database.db('ledger', { max: 3, applicationName: 'victim' })
})
afterEach(() => db.close())

const pidOf = async (tx: Tx) => (await tx<[{ pid: number }]>`select pg_backend_pid() as pid`)[0].pid
const kill = (pid: number) => database.admin`select pg_terminate_backend(${pid})`
const gone = (pid: number) =>
  eventually(async () => expect(await database.admin`select from pg_stat_activity where pid = ${pid}`).toHaveLength(0))
const unreachable = { kind: 'unavailable', code: 'database/unreachable' }

/** As many statements as there are connections, several times: none may meet leftovers of a dead one. */
async function poolIsWell() {
  for (let round = 0; round < 5; round++) {
    const answers = await Promise.all([0, 1, 2, 3, 4, 5].map((n) => db.sql<[{ n: number }]>`select ${n}::int as n`))
    expect(answers.map(([row]) => row.n)).toEqual([0, 1, 2, 3, 4, 5])
  }
  // The heartbeat and the tidying up after a lost line borrow a connection too, for a moment; one that leaked would stay.
  await eventually(() => expect(db.stats().inUse).toBe(0))
}

test('a transaction whose session is ended during a statement fails alone', async () => {
  const work = db.tx(async (tx) => {
    const pid = await pidOf(tx)
    const slow = tx`select pg_sleep(5)`
    await Promise.all([slow, eventually(() => kill(pid))])
  })
  await expect(work).rejects.toMatchObject(unreachable)
  await poolIsWell()
})

test('a transaction whose session is ended while it does something else fails, and its later statements go nowhere', async () => {
  let late: Promise<unknown> = Promise.resolve()
  const work = db.tx(async (tx) => {
    await tx`insert into ledger values ('lost')`
    const pid = await pidOf(tx)
    await kill(pid)
    await gone(pid)
    late = Promise.allSettled([tx`insert into ledger values ('late')`, tx`insert into ledger values ('later')`])
    await late
  })
  await expect(work).rejects.toMatchObject(unreachable)
  await late
  await poolIsWell()
  expect(await db.sql`select note from ledger`).toEqual([])
})

test('a transaction that returns without noticing that its session has ended fails', async () => {
  const work = db.tx(async (tx) => {
    const pid = await pidOf(tx)
    await kill(pid)
    await gone(pid)
    return 'all is well'
  })
  await expect(work).rejects.toMatchObject(unreachable)
  await poolIsWell()
})

test('a transaction that idles too long is ended by the database and does not come back to life', async () => {
  const impatient = database.db('ledger', { max: 1, timeouts: { idleInTransaction: 50 } })
  const work = impatient.tx(async (tx) => {
    const pid = await pidOf(tx)
    await gone(pid)
    // the only connection serves somebody else by now
    await impatient.sql`select 1`.catch(() => {})
    await tx`insert into ledger values ('undead')`
  })
  await expect(work).rejects.toMatchObject(unreachable)
  expect(await impatient.sql`select note from ledger`).toEqual([])
})

test('a statement sent after its transaction has ended is refused', async () => {
  let leaked: Tx | undefined
  await db.tx(async (tx) => {
    leaked = tx
    await tx`insert into ledger values ('in time')`
  })
  await expect((leaked as Tx)`insert into ledger values ('too late')`).rejects.toThrow('after its transaction had ended')
  expect(await db.sql`select note from ledger`).toEqual([{ note: 'in time' }])
})

test('a single statement whose session is ended fails alone', async () => {
  const slow = db.sql`select pg_sleep(5)`
  const outcome = expect(slow).rejects.toMatchObject(unreachable)
  await eventually(async () => {
    const ended =
      await database.admin`select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'victim %' and state = 'active'`
    expect(ended).toHaveLength(1)
  })
  await outcome
  await poolIsWell()
})

test('while sessions are ended at random, every transaction is either whole or not there, and nothing hangs', async () => {
  let on = true
  const promised: string[] = []
  let failed = 0
  const enough = () => failed > 5 && promised.length > 20
  const executioner = (async () => {
    for (let round = 0; round < 40 || (round < 2000 && !enough()); round++) {
      await database.admin`select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'victim %' order by random() limit 1`
      await database.admin`select pg_sleep(0.01)`
    }
    on = false
  })()
  const clerk = async (name: number) => {
    for (let round = 0; on; round++) {
      const note = `${name}-${round}`
      try {
        await db.tx(async (tx) => {
          await tx`insert into ledger values (${note})`
          await tx`select pg_sleep(0.002)`
          await tx`insert into ledger values (${note})`
        })
        promised.push(note)
      } catch (error) {
        expect(error).toMatchObject({ kind: 'unavailable' })
        failed++
      }
    }
  }
  await Promise.all([executioner, ...[0, 1, 2, 3, 4, 5].map(clerk)])
  const rows = await db.sql<{ note: string; times: number }[]>`select note, count(*)::int as times from ledger group by note`
  expect(rows.filter(({ times }) => times !== 2)).toEqual([])
  const written = new Set(rows.map(({ note }) => note))
  expect(promised.filter((note) => !written.has(note))).toEqual([])
  expect(failed).toBeGreaterThan(5)
  expect(promised.length).toBeGreaterThan(20)
  await poolIsWell()
})
