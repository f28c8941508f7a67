import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type TestDatabase, testDatabase } from '#kit/testing/database.ts'
import { eventually } from '#kit/testing/eventually.ts'
import { type MigrationFolder, migrationFolder } from '#kit/testing/migration-folder.ts'
import { type PgBouncer, startPgBouncer } from '#kit/testing/pgbouncer.ts'
import { defaultTimeouts, openDb, type OpenedDb } from './open.ts'
import { limitRoles } from './roles.ts'
import { databaseOf, hostsOf, withDatabase, withUser } from './url.ts'

let set: MigrationFolder
let database: TestDatabase
let bouncer: PgBouncer
let db: OpenedDb

beforeAll(async () => {
  set = await migrationFolder('till', { '001_till.sql': 'create table till (id int primary key, amount bigint not null);' })
  database = await testDatabase({ schemas: [{ schema: 'till', sets: [set] }] })
  await limitRoles(database.admin, [{ role: 'souk_till', limits: defaultTimeouts }])
  // three connections to the server for whatever many clients want
  bouncer = await startPgBouncer(database.url, { settings: { default_pool_size: '3' } })
  db = openThrough()
})
afterAll(async () => {
  await db?.close()
  await bouncer?.stop()
  await database?.drop()
  await set?.remove()
})

function openThrough(): OpenedDb {
  const direct = database.urlOf('till')
  const { username, password } = new URL(direct)
  const pooled = withDatabase(withUser(`postgres://127.0.0.1:${bouncer.port}`, username, password), databaseOf(direct))
  return openDb({
    url: direct,
    pooler: { url: pooled, prepare: bouncer.prepare },
    schema: 'till',
    applicationName: 'souk till',
    max: 20,
    timeouts: { connect: 10_000, poolWait: 10_000 },
  })
}

test('a pooled connection has the limits of its role and its schema, and commits durably', async () => {
  const [row] = await db.sql`select current_setting('statement_timeout') as statement, current_setting('lock_timeout') as lock,
    current_setting('idle_in_transaction_session_timeout') as idle, current_setting('synchronous_commit') as commit,
    current_setting('search_path') as path, inet_server_port() as port`
  expect(row).toEqual({
    statement: '3s',
    lock: '1s',
    idle: '5s',
    commit: 'on',
    path: 'till',
    port: Number(hostsOf(database.url)[0]?.split(':')[1]),
  })
})

test('the same statements of many clients share a few connections of the server', async () => {
  const ids = Array.from({ length: 200 }, (_, index) => index)
  await Promise.all(ids.map((id) => db.tx(async (tx) => void (await tx`insert into till values (${id}, ${BigInt(id)})`))))
  const rows = await Promise.all(ids.map((id) => db.sql<{ amount: bigint }[]>`select amount from till where id = ${id}`))
  expect(rows.map(([row]) => row?.amount)).toEqual(ids.map(BigInt))
  const [sessions] = await database.admin<[{ count: number }]>`
    select count(*)::int as count from pg_stat_activity where usename = 'souk_till' and datname = current_database()`
  expect(sessions.count).toBeLessThanOrEqual(3)
})

test('what a transaction sets ends with it', async () => {
  await db.tx((tx) => tx`select set_config('synchronous_commit', 'off', true)`)
  const found = await Promise.all(
    [1, 2, 3, 4].map(() => db.sql<[{ commit: string }]>`select current_setting('synchronous_commit') as commit, pg_sleep(0.01)`),
  )
  expect(found.map(([row]) => row.commit)).toEqual(['on', 'on', 'on', 'on'])
})

test('notifications are heard past the pooler', async () => {
  const heard: string[] = []
  const { unlisten } = await db.sql.listen('souk_bell', (payload) => heard.push(payload))
  const payload = randomBytes(4).toString('hex')
  await db.sql`select pg_notify('souk_bell', ${payload})`
  await eventually(() => expect(heard).toEqual([payload]))
  await unlisten()
})

test('a statement whose pooler dies is unavailable, and the next pooler serves', async () => {
  const asked = db.sql`select pg_sleep(2)`.catch((error: unknown) => error)
  await eventually(async () => {
    const [row] = await database.admin<[{ count: number }]>`
      select count(*)::int as count from pg_stat_activity where query like 'select pg_sleep(2)%' and state = 'active'`
    expect(row.count).toBe(1)
  })
  await bouncer.kill()
  expect(await asked).toMatchObject({ code: 'database/unreachable', kind: 'unavailable' })
  await expect(db.sql`select 1`).rejects.toMatchObject({ code: 'database/unreachable' })
  await bouncer.start()
  await eventually(async () => expect((await db.sql`select 1 as one`)[0]).toEqual({ one: 1 }))
})
