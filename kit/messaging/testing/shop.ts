import Type from 'typebox'
import { type TestDatabase, testDatabase } from '#kit/testing/database.ts'
import { silentLogger } from '#kit/service/logger.ts'
import { closed, defineEvent } from '../event.ts'
import { createOutbox } from '../outbox.ts'
import { createPostgresBus, type PostgresBus, type PostgresBusOptions } from '../postgres-bus.ts'
import { busMigrations, grantRelay, messagingMigrations } from '../schema-sets.ts'
import { createWakeUp } from '../wake-up.ts'

/** A small shop for tests of the event path: `sales` publishes, `stock` and others consume. */
export const Sold = defineEvent(
  'Sold.v1',
  'sale',
  'saleId',
  'Something was sold.',
  closed({ saleId: Type.String(), n: Type.Integer() }),
)
export const Returned = defineEvent('Returned.v1', 'sale', 'saleId', 'Something came back.', closed({ saleId: Type.String() }))

export interface TestShop extends TestDatabase {
  readonly busUrl: string
  bus(options?: Partial<PostgresBusOptions>): PostgresBus
  outbox(schema: string): { outbox: ReturnType<typeof createOutbox>; db: ReturnType<TestDatabase['db']> }
  /** closes buses and wake-ups, then drops the database */
  close(): Promise<void>
}

/** A database with schema `bus`, the given service schemas, and in each of them a table `effects(event_id, sale, n, sequence)`. `server`: another than that of the test run. */
export async function testShop(schemas: readonly string[] = ['sales', 'stock'], server?: string): Promise<TestShop> {
  const base = await testDatabase({
    ...(server === undefined ? {} : { server }),
    schemas: [
      { schema: 'bus', sets: [busMigrations] },
      ...schemas.map((schema) => ({ schema, sets: [messagingMigrations, effectsTable] })),
    ],
  })
  await grantRelay(base.admin, { role: 'souk_bus', schemas, bus: true })
  const closing: (() => Promise<void>)[] = []
  return {
    ...base,
    busUrl: base.urlOf('bus'),
    bus(options = {}) {
      const bus = createPostgresBus({ url: base.urlOf('bus'), log: silentLogger, rebalanceMs: 100, ...options })
      closing.push(() => bus.close())
      return bus
    },
    outbox(schema) {
      const db = base.db(schema, { max: 24 })
      const wakeUp = createWakeUp({ sql: db.sql, log: silentLogger })
      closing.push(() => wakeUp.stop())
      return { outbox: createOutbox({ source: schema, wakeUp }), db }
    },
    async close() {
      for (const close of closing.reverse()) await close()
      await base.drop()
    },
  }
}

const effectsTable = { name: 'effects', folder: new URL('./effects/', import.meta.url) }
