import { afterAll, beforeAll, expect, it } from 'vitest'
import { createPostgresBus, type PostgresBus } from '#kit/messaging/postgres-bus.ts'
import { busMigrations, grantRelay } from '#kit/messaging/schema-sets.ts'
import { createHost } from '#kit/service/host.ts'
import { silentLogger } from '#kit/service/logger.ts'
import { migrationSets } from '#kit/service/migrations.ts'
import { type TestDatabase, testDatabase } from '#kit/testing/database.ts'
import { eventually } from '#kit/testing/eventually.ts'
import { deliverProcess, ledger } from '../operations/ledger.fixture.ts'
import { readSettings } from '../settings.ts'
import { startWork } from './background-part.ts'

let database: TestDatabase
let bus: PostgresBus
beforeAll(async () => {
  database = await testDatabase({
    schemas: [
      { schema: 'bus', sets: [busMigrations] },
      { schema: 'ledger', sets: migrationSets(ledger) },
    ],
  })
  await grantRelay(database.admin, { role: 'souk_bus', schemas: ['ledger'], bus: true })
  bus = createPostgresBus({ url: database.urlOf('bus'), log: silentLogger })
})
afterAll(async () => {
  await bus?.close()
  // fails where somebody is still connected
  await database?.drop()
})

it('work that cannot start, because the bus does not answer, leaves nothing running that would keep its process from ending', async () => {
  const db = database.db('ledger', { max: 4 })
  const host = createHost([ledger], [deliverProcess], {
    environment: 'test',
    publicUrl: 'http://shop.test',
    log: silentLogger,
    objects: undefined as never,
    mail: undefined as never,
    database: () => db,
    outbox: () => ({ append: async () => undefined, encode: () => '[]', rows: () => [], wake: () => undefined }),
    settings: () => ({}),
    secret: () => Buffer.alloc(32),
  })
  const settings = readSettings(
    { SOUK_SECRET: 'xJ4v9Qm2Lr7Tz0Bn5Wk8Ye3Hp6Gd1FcsUaR' },
    { root: new URL('../../../', import.meta.url) },
  )
  const relays = () => database.admin`select application_name from pg_stat_activity where application_name like '%relay ledger%'`
  const join = async () => {
    await eventually(async () => expect(await relays()).not.toEqual([]))
    throw new Error('the broker does not answer')
  }
  const urls = {
    services: new Map(),
    outboxes: [{ name: 'ledger', url: database.urlOf('bus'), schemas: ['ledger'], slot: 'none', rows: [] }],
    oneDatabase: true,
  }
  const platform = { host, bus: { ...bus, join }, wakeUp: () => undefined }
  await expect(startWork(platform as never, { settings, log: silentLogger, urls: urls as never })).rejects.toThrow(
    'the broker does not answer',
  )
  await eventually(async () => expect(await relays()).toEqual([]))
}, 60_000)
