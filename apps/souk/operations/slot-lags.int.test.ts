import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openDb, type OpenedDb } from '#kit/db/open.ts'
import { DEFAULT_SLOT } from '#kit/messaging/cdc-slot.ts'
import { type TestDatabase, testDatabase } from '#kit/testing/database.ts'
import { slotLags } from './bus-health.ts'

const schemas = [{ schema: 'sales', sets: [] }]
/** slots are known by name to the whole server, which other tests use too */
const named = (database: string) => `${DEFAULT_SLOT}_${database}_${randomBytes(6).toString('hex')}`
const [orders, payments] = [named('orders'), named('payments')]

let databases: TestDatabase[]
let doors: OpenedDb[]
beforeAll(async () => {
  databases = await Promise.all([testDatabase({ schemas }), testDatabase({ schemas })])
  for (const [index, slot] of [orders, payments].entries())
    await databases[index]!.admin`select pg_create_logical_replication_slot(${slot}, 'pgoutput')`
  doors = databases.map((database) => database.db('sales'))
})
afterAll(async () => {
  for (const [index, slot] of [orders, payments].entries())
    await databases[index]!.admin`select pg_drop_replication_slot(${slot})`
  await Promise.all(databases.map((database) => database.drop()))
})

it('tells what is held back for the readers of all databases, of each once, whichever of them is away', async () => {
  expect((await slotLags({ eachDatabase: doors }, 'rows')).map(({ slot }) => slot)).toEqual([orders, payments])
  const url = 'postgres://nobody@127.0.0.1:1/nowhere'
  const away = openDb({ url, schema: 'sales', applicationName: 'test', max: 1, timeouts: { connect: 500 } })
  const told = await slotLags({ eachDatabase: [away, ...doors.slice(1)] }, 'rows').finally(() => away.close())
  expect(told).toMatchObject([{ slot: payments, active: false, state: 'reserved' }])
})
