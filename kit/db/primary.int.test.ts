import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually } from '#kit/testing/eventually.ts'
import { killServer, promote, startReplica } from '#kit/testing/replica.ts'
import { shopFolder } from '#kit/testing/shop-folder.ts'
import { type EmbeddedPostgres, startPostgres } from './embedded.ts'
import { openDb } from './open.ts'
import { primaryUrl } from './primary.ts'
import { openSession } from './session.ts'
import { atHost, hostsOf } from './url.ts'

let folder: string
let one: EmbeddedPostgres
let two: EmbeddedPostgres
let hosts: string[]

beforeAll(async () => {
  folder = await shopFolder('primary')
  one = await startPostgres({ dir: join(folder, 'one'), disposable: true })
  const db = open(one.adminUrl)
  await db.sql`create table notes (text text not null)`
  await db.close()
  two = await startReplica(one, { dir: join(folder, 'two') })
  hosts = [...hostsOf(one.adminUrl), ...hostsOf(two.adminUrl)]
}, 120_000)
afterAll(async () => {
  await Promise.all([one?.stop(), two?.stop()])
  await rm(folder, { recursive: true, force: true })
})

const timeouts = { connect: 10_000, poolWait: 20_000, statement: 20_000 }
const open = (url: string) => openDb({ url, schema: 'public', applicationName: 'test', max: 3, timeouts })
const of = (...several: (string | undefined)[]) => atHost(one.adminUrl, several.join())
const portOf = async (db: ReturnType<typeof open>) =>
  (await db.sql<[{ port: number }]>`select inet_server_port() as port`)[0].port

test('of several hosts the primary is used, wherever it stands in the list', async () => {
  const db = open(of(hosts[1], hosts[0]))
  const session = await openSession({ url: of(hosts[1], hosts[0]), applicationName: 'test session', connectMs: 10_000 })
  await db.sql`insert into notes values ('one')`
  expect(await portOf(db)).toBe(one.port)
  expect((await session.sql<[{ port: number }]>`select inet_server_port() as port`)[0].port).toBe(one.port)
  await session.close()
  await db.close()
})

test('a server in recovery is no database, even where it is the only one', async () => {
  const db = open(two.adminUrl)
  await expect(db.sql`select 1`).rejects.toMatchObject({ code: 'database/unreachable', kind: 'unavailable' })
  await expect(db.tx((tx) => tx`select 1`)).rejects.toMatchObject({ code: 'database/unreachable' })
  await db.close()
})

test('who is told that a server takes no writes leaves its connections', async () => {
  const db = open(one.adminUrl)
  const backend = async () => (await db.sql<[{ pid: number }]>`select pg_backend_pid() as pid`)[0].pid
  const before = await backend()
  const refused = db.tx(async (tx) => {
    await tx`set transaction read only`
    await tx`insert into notes values ('never')`
  })
  await expect(refused).rejects.toMatchObject({ code: 'database/unreachable', kind: 'unavailable' })
  expect(await backend()).not.toBe(before)
  await db.close()
})

test('when the primary dies the promoted replica is used by everything, also when the former one comes back by itself', async () => {
  const db = open(of(...hosts))
  const heard: string[] = []
  await db.sql.listen('bell', (payload) => heard.push(payload))
  await db.tx((tx) => tx`insert into notes values ('before')`)
  await eventually(async () => {
    const copy = openDb({ url: of(...hosts), replicaUrls: [two.adminUrl], schema: 'public', applicationName: 'copy', timeouts })
    const found = await copy.read`select 1 from notes where text = 'before'`.finally(() => copy.close())
    expect(found.length).toBe(1)
  })
  await killServer(one)
  await expect(db.sql`insert into notes values ('lost')`).rejects.toMatchObject({ code: 'database/unreachable' })
  await promote(two)
  await eventually(async () => void (await db.tx((tx) => tx`insert into notes values ('after')`)), { timeoutMs: 20_000 })
  expect(await portOf(db)).toBe(two.port)
  await eventually(
    async () => {
      await db.sql`select pg_notify('bell', 'rung')`
      expect(heard).toContain('rung')
    },
    { timeoutMs: 20_000 },
  )
  await db.close()

  one = await startPostgres({ dir: join(folder, 'one'), disposable: true })
  expect(hostsOf(one.adminUrl)).toEqual([hosts[0]])
  // somebody who has not followed: a process that starts now
  expect(hostsOf(await primaryUrl(of(hosts[0], hosts[1], hosts[0])))).toEqual([hosts[1]])
}, 120_000)
