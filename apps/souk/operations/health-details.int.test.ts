import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type EmbeddedPostgres, startPostgres } from '#kit/db/embedded.ts'
import { openDb, type OpenedDb } from '#kit/db/open.ts'
import { eventually } from '#kit/testing/eventually.ts'
import { startReplica } from '#kit/testing/replica.ts'
import { shopFolder } from '#kit/testing/shop-folder.ts'
import { databaseHealth, processHealth } from './health-details.ts'

interface Details {
  readonly queryMs: number
  readonly pool: Record<'max' | 'inUse' | 'waiting' | 'refused', number>
  readonly replica?: { readonly behindSeconds: number } | string
}

describe('the health of a database', () => {
  let folder: string
  let primary: EmbeddedPostgres
  let replica: EmbeddedPostgres
  let main: postgres.Sql
  let onReplica: postgres.Sql
  const open: OpenedDb[] = []

  const database = (replicaUrls: string[] = []) => {
    const limits = { connect: 10_000, poolWait: 20_000, statement: 20_000 }
    const db = openDb({
      url: primary.adminUrl,
      replicaUrls,
      // nobody stops reading it because it is behind
      maxLagMs: 3_600_000,
      schema: 'shelf',
      applicationName: 'test',
      max: 3,
      timeouts: limits,
    })
    open.push(db)
    return db
  }
  const detailsOf = async (db: OpenedDb) => ((await databaseHealth(new Map([['shelf', db]])).check()) as { shelf: Details }).shelf

  beforeAll(async () => {
    folder = await shopFolder('health')
    primary = await startPostgres({ dir: join(folder, 'one'), disposable: true })
    main = postgres(primary.adminUrl, { max: 1, onnotice() {} })
    await main.unsafe('create schema shelf; create table shelf.books (title text); create table shelf.empty (title text)')
    await main`insert into shelf.books select 'book ' || n from generate_series(1, 700) n`
    await main.unsafe('analyze shelf.books')
    replica = await startReplica(primary, { dir: join(folder, 'two') })
    onReplica = postgres(replica.adminUrl, { max: 1, onnotice() {} })
  }, 120_000)
  afterAll(async () => {
    await Promise.all(open.map((db) => db.close()))
    await Promise.all([main?.end(), onReplica?.end()])
    await Promise.all([primary?.stop(), replica?.stop()])
    await rm(folder, { recursive: true, force: true })
  })

  it('tells version, tables and about how many rows there are, and nothing of a replica where there is none', async () => {
    const [{ server_version: version }] = await main<[{ server_version: string }]>`show server_version`
    const details = await detailsOf(database())
    expect(details).toMatchObject({ version, tables: 2, rows: 700, pool: { max: 3, waiting: 0, refused: 0 } })
    expect(details).not.toHaveProperty('standby')
    expect(details).not.toHaveProperty('replica')
  })

  it('tells how long a question takes, and who waits for a connection', async () => {
    const db = database()
    const held = Promise.withResolvers<void>()
    const busy = Array.from({ length: 3 }, () => db.tx(() => held.promise))
    await eventually(() => expect(db.stats().inUse).toBe(3))
    const begun = performance.now()
    const asked = detailsOf(db)
    await eventually(() => {
      expect(db.stats().waiting).toBe(1)
      expect(performance.now() - begun).toBeGreaterThan(200)
    })
    held.resolve()
    await Promise.all(busy)
    expect((await asked).queryMs).toBeGreaterThan(200)
    expect((await detailsOf(db)).queryMs).toBeGreaterThan(0)
  })

  it('tells how far the copy that is read is behind', async () => {
    const db = database([replica.adminUrl])
    await eventually(async () => expect((await detailsOf(db)).replica).toEqual({ behindSeconds: 0 }), { timeoutMs: 20_000 })
    await main`insert into shelf.books values ('one in time')`
    await eventually(async () => expect(await onReplica`select from shelf.books where title = 'one in time'`).toHaveLength(1))
    await onReplica`select pg_wal_replay_pause()`
    await main`insert into shelf.books values ('a late one')`
    await eventually(
      async () => {
        const { replica: copy } = await detailsOf(db)
        expect((copy as { behindSeconds: number }).behindSeconds).toBeGreaterThan(0.5)
      },
      { timeoutMs: 20_000 },
    )
    await onReplica`select pg_wal_replay_resume()`
    await eventually(async () => expect((await detailsOf(db)).replica).toEqual({ behindSeconds: 0 }), { timeoutMs: 20_000 })
  }, 60_000)
})

describe('the health of a process', () => {
  const health = processHealth({ application: 'souk', profile: 'test', version: '1.2.3' })
  afterAll(() => health.close())
  interface Life {
    readonly eventLoop: Record<'utilization' | 'p50Ms' | 'p99Ms', number>
    readonly gc: Record<'minor' | 'major' | 'other' | 'milliseconds', number>
  }
  const look = async () => (await health.check()) as unknown as Life & Record<string, unknown>

  it('tells what runs there, since when, and what it needs', async () => {
    const { pid } = process
    expect(await look()).toMatchObject({
      application: 'souk',
      profile: 'test',
      version: '1.2.3',
      node: process.versions.node,
      pid,
    })
    const { uptimeSeconds, memoryMb, heapMb } = await look()
    expect(uptimeSeconds).toBeGreaterThanOrEqual(0)
    expect(heapMb).toBeGreaterThan(1)
    expect(memoryMb).toBeGreaterThan(heapMb as number)
  })

  it('tells how long others had to wait while something did not let go, and forgets it afterwards', async () => {
    // it measures from one of its own ticks to the next one
    const ticks = async () => {
      const begun = performance.now()
      await eventually(() => expect(performance.now() - begun).toBeGreaterThan(100))
    }
    await look()
    await ticks()
    const until = performance.now() + 400
    while (performance.now() < until);
    await ticks()
    const { eventLoop } = await look()
    expect(eventLoop.p99Ms).toBeGreaterThan(300)
    expect(eventLoop.utilization).toBeGreaterThan(0.5)
    await eventually(async () => expect((await look()).eventLoop.p99Ms).toBeLessThan(200), { everyMs: 100 })
  })

  it('counts what the garbage collector did', async () => {
    const before = (await look()).gc
    let kept: unknown[] = []
    for (let n = 0; n < 40; n += 1) kept = Array.from({ length: 50_000 }, (_, index) => ({ index, n }))
    expect(kept).toHaveLength(50_000)
    await eventually(async () => {
      const { gc } = await look()
      expect(gc.minor + gc.major).toBeGreaterThan(before.minor + before.major)
      expect(gc.milliseconds).toBeGreaterThan(before.milliseconds)
    })
  })
})
