import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import postgres from 'postgres'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { withContext, type WorkContext } from '#kit/core/context.ts'
import { eventually } from '#kit/testing/eventually.ts'
import { killServer, startReplica } from '#kit/testing/replica.ts'
import { shopFolder } from '#kit/testing/shop-folder.ts'
import { type EmbeddedPostgres, startPostgres } from './embedded.ts'
import { openDb, type OpenedDb } from './open.ts'

let folder: string
let primary: EmbeddedPostgres
let replica: EmbeddedPostgres
let onReplica: postgres.Sql
let db: OpenedDb

beforeAll(async () => {
  folder = await shopFolder('replicas')
  primary = await startPostgres({ dir: join(folder, 'one'), disposable: true })
  db = open(60_000)
  await db.sql`create table notes (text text not null)`
  replica = await startReplica(primary, { dir: join(folder, 'two') })
  await db.close()
  db = open(60_000)
  onReplica = postgres(replica.adminUrl, { max: 1, onnotice() {} })
  await fromReplica(db)
}, 120_000)
afterAll(async () => {
  await db?.close()
  await onReplica?.end({ timeout: 1 })
  await Promise.all([primary?.stop(), replica?.stop()])
  await rm(folder, { recursive: true, force: true })
})

const open = (maxLagMs: number) =>
  openDb({
    url: primary.adminUrl,
    replicaUrls: replica ? [replica.adminUrl] : [],
    maxLagMs,
    schema: 'public',
    applicationName: 'test',
    max: 3,
    timeouts: { connect: 10_000, poolWait: 20_000, statement: 20_000 },
  })
const portOf = async (from: OpenedDb) => (await from.read<[{ port: number }]>`select inet_server_port() as port`)[0].port
const notes = async () => (await db.read<{ text: string }[]>`select text from notes order by text`).map(({ text }) => text)
const fromReplica = (from: OpenedDb) =>
  eventually(async () => expect(await portOf(from)).toBe(replica.port), { timeoutMs: 20_000 })
/** as somebody who has seen what is written now */
async function asWriter<T>(work: () => Promise<T>): Promise<T> {
  const seen: WorkContext['seen'] = new Map([await db.position!()])
  return await withContext({ traceId: '1', correlationId: '1', seen }, work)
}

test('who has written something reads it although the replica is behind; everybody else may read what was before', async () => {
  await onReplica`select pg_wal_replay_pause()`
  await db.sql`insert into notes values ('mine')`
  expect(await asWriter(notes)).toEqual(['mine'])
  await fromReplica(db)
  expect(await notes()).toEqual([])
  expect(await withContext({ traceId: '1', correlationId: '1', seen: 'everything' }, notes)).toEqual(['mine'])
})

test('who has written goes back to the replica when that has caught up', async () => {
  await onReplica`select pg_wal_replay_resume()`
  await db.sql`insert into notes values ('yours')`
  await asWriter(() =>
    eventually(async () => {
      expect(await notes()).toContain('yours')
      expect(await portOf(db)).toBe(replica.port)
    }),
  )
})

test('a replica that is too far behind is not asked by anybody', async () => {
  const strict = open(300)
  await fromReplica(strict)
  await onReplica`select pg_wal_replay_pause()`
  await db.sql`insert into notes values ('late')`
  await eventually(async () => expect(await portOf(strict)).toBe(primary.port))
  expect(await portOf(db)).toBe(replica.port)
  await onReplica`select pg_wal_replay_resume()`
  await fromReplica(strict)
  await strict.close()
})

test('nothing is written to a replica', async () => {
  await fromReplica(db)
  await expect(db.read`insert into notes values ('never')`).rejects.toMatchObject({ code: 'database/unreachable' })
  expect(await db.sql`select 1 from notes where text = 'never'`).toEqual([])
})

test('no read fails when the replica is lost in the middle of it', async () => {
  await fromReplica(db)
  const reads = [1, 2, 3].map(() => db.read<{ port: number }[]>`select inet_server_port() as port, pg_sleep(1)`.execute())
  await eventually(async () => {
    const [row] = await onReplica<[{ count: number }]>`
      select count(*)::int as count from pg_stat_activity where query like '%pg_sleep(1)' and state = 'active'`
    expect(row.count).toBe(3)
  })
  await killServer(replica)
  for (const rows of await Promise.all(reads)) expect(rows[0]?.port).toBe(primary.port)
  expect(await portOf(db)).toBe(primary.port)
})
