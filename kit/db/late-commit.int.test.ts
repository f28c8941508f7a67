import { chmod, mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { eventually } from '#kit/testing/eventually.ts'
import { type EmbeddedPostgres, startPostgres } from './embedded.ts'
import { isAlive } from './embedded-postmaster.ts'
import { committing, onDisk } from './late-commit.ts'
import { openDb, type OpenedDb } from './open.ts'

let dir: string
let server: EmbeddedPostgres
let db: OpenedDb

/** Flushes late commits every ten seconds instead of five times a second, so that a crash finds some. */
const settings = { shared_buffers: '16MB', wal_writer_delay: '10s' }

async function start(): Promise<void> {
  server = await startPostgres({ dir, settings })
  db = openDb({ url: server.adminUrl, schema: 'public', applicationName: 'late', max: 1, timeouts: { connect: 10_000 } })
}

beforeAll(async () => {
  const parent = await mkdtemp(path.join(os.tmpdir(), 'souk late '))
  await chmod(parent, 0o755)
  dir = path.join(parent, 'data')
  await start()
  await db.sql`create table orders (step text)`
  await db.sql`checkpoint`
})
beforeEach(async () => void (await db.sql`delete from orders`))
afterAll(async () => {
  await db.close()
  await server.stop()
  await rm(path.dirname(dir), { recursive: true, force: true })
})

const note = (step: string, late: boolean) =>
  db.sql`insert into orders select ${step}::text from ${committing(db.sql, late)} as durability`

/** The power goes; what was not written is lost. Answers what is left. */
async function crash(): Promise<string[]> {
  const { pid } = server
  process.kill(pid, 'SIGKILL')
  await eventually(() => expect(isAlive(pid)).toBe(false))
  await db.close()
  await rm(path.join(server.dir, 'postmaster.pid'), { force: true })
  await start()
  return (await db.sql<{ step: string }[]>`select step from orders order by step`).map(({ step }) => step)
}

test('what is committed late may be lost by a crash of the database', async () => {
  await note('1 reserved', true)
  expect(await crash()).toEqual([])
})

test('a commit that is waited for brings everything before it to the disk', async () => {
  await note('1 reserved', true)
  await note('2 paid', true)
  await note('3 confirmed', false)
  await note('4 mailed', true)
  expect(await crash()).toEqual(['1 reserved', '2 paid', '3 confirmed'])
})

test('before the outside is told, everything that was read is brought to the disk', async () => {
  await note('1 planned', true)
  await onDisk(db.sql)
  expect(await crash()).toEqual(['1 planned'])
})

test('the next statement of the same connection is waited for again', async () => {
  await note('1 reserved', true)
  const [row] = await db.sql<{ now: string }[]>`select current_setting('synchronous_commit') as now`
  expect(row).toEqual({ now: 'on' })
})
