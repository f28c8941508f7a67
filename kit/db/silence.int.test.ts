import postgres from 'postgres'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Sql } from './db.ts'
import { createListener } from './listener.ts'
import { type OpenedDb, openDb } from './open.ts'
import { openSession } from './session.ts'
import { type TestDatabase, testDatabase } from '#kit/testing/database.ts'
import { eventually } from '#kit/testing/eventually.ts'
import { type MigrationFolder, migrationFolder } from '#kit/testing/migration-folder.ts'
import { type MortalLine, openMortalLine } from '#kit/testing/mortal-line.ts'

/*
 * A line to the database may die without a word: a firewall forgets it, a machine is gone. Nobody closes it, so whoever waits for an answer
 * waits for ever, unless it gives up by itself. Without the deadlines these tests end by their own time limit.
 */
let set: MigrationFolder
let database: TestDatabase
let line: MortalLine
let url: string
let db: OpenedDb

beforeAll(async () => {
  set = await migrationFolder('diary', { '001_diary.sql': 'create table diary (note text not null);' })
  database = await testDatabase({ schemas: [{ schema: 'diary', sets: [set] }] })
})
afterAll(async () => {
  await database.drop()
  await set.remove()
})
beforeEach(async () => {
  await database.admin`truncate diary.diary`
  const direct = new URL(database.urlOf('diary'))
  line = await openMortalLine({ host: direct.hostname, port: Number(direct.port) })
  direct.port = String(line.port)
  url = direct.href
  db = openDb({ url, schema: 'diary', applicationName: 'diarist', max: 2, timeouts: { connect: 1000, answer: 300 } })
})
afterEach(async () => {
  await db.close()
  await line.close()
})

const unreachable = { kind: 'unavailable', code: 'database/unreachable' }
const notes = async () =>
  (await database.admin<{ note: string }[]>`select note from diary.diary order by note`).map(({ note }) => note)

/** More statements than there are connections: no slot is missing. */
async function poolIsWell() {
  line.live()
  const answers = await Promise.all([0, 1, 2, 3, 4].map((n) => db.sql<[{ n: number }]>`select ${n}::int as n`))
  expect(answers.map(([row]) => row.n)).toEqual([0, 1, 2, 3, 4])
  // one of them may be hanging up for those that were given up
  await eventually(() => expect(db.stats().inUse).toBe(0))
}

test('a statement on a line that has died is given up, and its place is free again', async () => {
  line.dieAt('lost words')
  const both = [0, 1].map(() => db.sql`insert into diary values ('lost words')`.execute())
  for (const lost of both) await expect(lost).rejects.toMatchObject(unreachable)
  expect(line.dead).toBe(2)
  await poolIsWell()
  expect(await notes()).toEqual([])
})

test('a statement of a transaction on a line that has died is given up, and so is the transaction', async () => {
  line.dieAt('second')
  const work = db.tx(async (tx) => {
    await tx`insert into diary values ('first')`
    await tx`insert into diary values ('second')`
  })
  await expect(work).rejects.toMatchObject(unreachable)
  await poolIsWell()
  expect(await notes()).toEqual([])
})

test('statements sent together wait for each other, and are given up together', async () => {
  line.dieAt('second')
  let outcomes: PromiseSettledResult<unknown>[] = []
  const work = db.tx(async (tx) => {
    await tx`select 1`
    outcomes = await Promise.allSettled([tx`insert into diary values ('second')`, tx`insert into diary values ('third')`])
  })
  await expect(work).rejects.toMatchObject(unreachable)
  await eventually(() => expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']))
  await poolIsWell()
})

for (const word of ['begin', 'commit'])
  test(`a transaction whose ${word.toUpperCase()} goes nowhere is given up`, async () => {
    // connected before: its settings speak of commits too
    await db.sql`select 1`
    line.dieAt(word)
    await expect(db.tx((tx) => tx`insert into diary values ('never')`)).rejects.toMatchObject(unreachable)
    await poolIsWell()
    expect(await notes()).toEqual([])
  })

test('a COMMIT whose answer is lost is reported as unreachable, though it has happened', async () => {
  await db.sql`select 1`
  line.dieAfter('commit')
  await expect(db.tx((tx) => tx`insert into diary values ('kept')`)).rejects.toMatchObject(unreachable)
  await poolIsWell()
  expect(await notes()).toEqual(['kept'])
})

test('a transaction that is turned back on a dead line ends', async () => {
  line.dieAt('rollback')
  const work = db.tx(async (tx) => {
    await tx`insert into diary values ('crossed out')`
    throw new Error('changed my mind')
  })
  await expect(work).rejects.toMatchObject(unreachable)
  await poolIsWell()
})

test('a transaction that marks a place in the middle on a dead line ends', async () => {
  line.dieAt('savepoint')
  const work = db.tx(async (tx) => {
    await tx`insert into diary values ('one')`
    await tx.savepoint((inner) => inner`insert into diary values ('two')`)
  })
  await expect(work).rejects.toMatchObject(unreachable)
  await poolIsWell()
})

test('a transaction that works for long between its statements is not given up', async () => {
  const pause = () => database.admin`select pg_sleep(0.4)`
  await db.tx(async (tx) => {
    await tx`insert into diary values ('patience')`
    await pause()
    await tx.savepoint(async (inner) => {
      await pause()
      await inner`insert into diary values ('more patience')`
    })
    await pause()
  })
  expect(await notes()).toEqual(['more patience', 'patience'])
})

for (const [what, text] of Object.entries({ 'to say hello': 'diarist', 'to prove who it is': 'SCRAM-SHA-256' }))
  test(`a connection that gets no answer when it tries ${what} is given up`, async () => {
    line.dieAt(text)
    await expect(db.sql`select 1`).rejects.toMatchObject(unreachable)
    await expect(db.tx((tx) => tx`select 1`)).rejects.toMatchObject(unreachable)
    await poolIsWell()
  })

test('while lines die at random, every transaction ends and the pool stays whole', async () => {
  let ended = 0
  const writer = async (name: string) => {
    for (let round = 0; round < 8; round++) {
      const outcome = await db
        .tx(async (tx) => {
          await tx`insert into diary values (${name})`
          await tx`select pg_sleep(0.001)`
        })
        .catch((error: unknown) => error)
      if (outcome !== undefined) expect(outcome).toMatchObject({ kind: 'unavailable' })
      ended++
      if (ended % 3 === 0) {
        line.die()
        line.live()
      }
    }
  }
  await Promise.all(['a', 'b'].map(writer))
  expect(ended).toBe(16)
  expect(line.dead).toBeGreaterThan(2)
  // one that died while nobody used it costs the next one who does
  await eventually(poolIsWell)
})

test('a session on a dead line says that it is lost, though nobody used it, and its lock is free again', async () => {
  const open = () => {
    const options = { url, applicationName: 'keeper', connectMs: 100, statementMs: 100, heartbeatMs: 50 }
    return openSession({ ...options, parameters: { idle_session_timeout: 400 } })
  }
  const keeper = await open()
  const [mine] = await keeper.sql<[{ locked: boolean }]>`select pg_try_advisory_lock(77) as locked`
  expect(mine.locked).toBe(true)
  const rival = await openSession({ url: database.urlOf('diary'), applicationName: 'rival' })
  const take = async () => (await rival.sql<[{ locked: boolean }]>`select pg_try_advisory_lock(77) as locked`)[0].locked
  // longer than the server lets a silent session live: this one is not silent
  await rival.sql`select pg_sleep(0.8)`
  expect(await take()).toBe(false)
  line.die()
  await eventually(async () => expect(await take()).toBe(true))
  await eventually(() => expect(keeper.lost.aborted).toBe(true), { timeoutMs: 10_000 })
  expect(() => keeper.sql`select 1`).toThrow('the connection of this session is gone')
  await Promise.all([keeper.close(), rival.close()])
})

const sessionsOf = async (name: string) =>
  (
    await database.admin<
      { n: number }[]
    >`select count(*)::int as n from pg_stat_activity where application_name like ${`${name} %`}`
  )[0]!.n

test('what the server still has of lines that died is ended by whoever has a line again: they do not use up its connections', async () => {
  for (let round = 0; round < 4; round += 1) {
    await Promise.all([0, 1].map(() => db.sql`select pg_sleep(0.01)`))
    expect(await sessionsOf('diarist')).toBeLessThanOrEqual(4)
    line.die()
    await expect(db.sql`select 1`).rejects.toMatchObject(unreachable)
    line.live()
    await db.sql`select 1`
    // the server itself would wait a minute and a half
    await eventually(async () => expect(await sessionsOf('diarist')).toBeLessThanOrEqual(2), { timeoutMs: 10_000 })
  }
})

test('a session that follows one whose line died finds its locks free at once', async () => {
  const open = () => openSession({ url, applicationName: 'leader', connectMs: 1000, statementMs: 1000, heartbeatMs: 50 })
  const first = await open()
  await first.sql`select pg_try_advisory_lock(78)`
  line.die()
  await eventually(() => expect(first.lost.aborted).toBe(true), { timeoutMs: 10_000 })
  line.live()
  const second = await open()
  // its end is asked for, and takes a moment; the server itself would wait half a minute
  await eventually(
    async () => expect(await second.sql`select pg_try_advisory_lock(78) as locked`).toMatchObject([{ locked: true }]),
    { timeoutMs: 5000 },
  )
  await Promise.all([first.close(), second.close()])
})

test('whoever listens on a dead line is connected anew, is told so, and hears again', async () => {
  const heard: string[] = []
  let connects = 0
  const listener = createListener({
    answerMs: 200,
    heartbeatMs: 50,
    connect: ({ notify, close }) =>
      postgres(url, { max: 1, fetch_types: false, onnotify: notify, onclose: close } as object) as unknown as Sql,
  })
  const stop = await listener.listen({
    channel: 'bell',
    heard: (payload) => heard.push(payload),
    listening: () => void connects++,
  })
  await database.admin`select pg_notify('bell', 'one')`
  await eventually(() => expect(heard).toEqual(['one']))
  line.die()
  line.live()
  await eventually(() => expect(connects).toBe(2))
  await database.admin`select pg_notify('bell', 'two')`
  await eventually(() => expect(heard).toEqual(['one', 'two']))
  stop()
  await database.admin`select pg_notify('bell', 'three')`
  await listener.end()
  expect(heard).toEqual(['one', 'two'])
})

test('whoever listens comes back after its session was ended, and after a time in which nobody answered at all', async () => {
  const heard: string[] = []
  let connects = 0
  await db.sql.listen(
    'bell',
    (payload) => heard.push(payload),
    () => void connects++,
  )
  const end = async () => {
    const ended =
      await database.admin`select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'diarist%' and query like 'listen%'`
    expect(ended).toHaveLength(1)
  }
  await end()
  await eventually(() => expect(connects).toBe(2))
  line.dieAt('diarist')
  await end()
  await eventually(() => expect(line.dead).toBeGreaterThan(1), { timeoutMs: 10_000 })
  line.live()
  await eventually(() => expect(connects).toBe(3), { timeoutMs: 10_000 })
  await database.admin`select pg_notify('bell', 'again')`
  await eventually(() => expect(heard).toEqual(['again']))
})
