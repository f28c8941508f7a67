import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { uuidv7 } from '#kit/core/ids.ts'
import type { Query } from '#kit/db/db.ts'
import type { OpenedDb } from '#kit/db/open.ts'
import { migrationSets } from '#kit/service/migrations.ts'
import { type TestDatabase, testDatabase } from '#kit/testing/database.ts'
import { processStoreContract } from './store.contract.ts'
import { createProcessStore, type ProcessRow } from './store.ts'
import { createMemoryProcesses, memoryProcessStore } from './testing/memory-store.ts'

let database: TestDatabase
let db: OpenedDb
beforeAll(async () => {
  database = await testDatabase({ schemas: [{ schema: 'home', sets: migrationSets({ name: 'home' }) }] })
  db = database.db('home')
})
afterAll(async () => await database.drop())

processStoreContract('PostgreSQL', async () => {
  await db.sql`delete from processes`
  return {
    store: createProcessStore(db),
    tx: db.sql,
    async pass(seconds) {
      await db.sql`update processes set due_at = due_at - make_interval(secs => ${seconds}), lease_until = lease_until - make_interval(secs => ${seconds})`
    },
  }
})

processStoreContract('memory', async () => {
  let now = 0
  const store = memoryProcessStore(createMemoryProcesses(() => now))
  return {
    store,
    tx: undefined as unknown as Query,
    async pass(seconds) {
      now += seconds * 1000
    },
  }
})

const checkpoint = (row: ProcessRow, state: string) => ({
  ...row,
  state: { type: state },
  status: 'running' as const,
  dueInSeconds: 30,
  heard: 0,
  hold: true,
})

describe('a flow that somebody else has taken over', () => {
  it('is not written by the one who slept: what the successor did stands', async () => {
    const store = createProcessStore(db)
    const id = uuidv7()
    await store.insert(db.sql, { name: 'checkout', id, state: { type: 'paying' }, pending: [], trace: {} }, 0)
    const [sleeper] = await store.claimDue(['checkout'], 1)
    await db.sql`update processes set lease_until = now() - interval '1 second' where processes.id = ${id}`
    const [successor] = await store.claimDue(['checkout'], 1)
    expect(successor!.id).toBe(id)
    expect(await store.save(checkpoint(successor!, 'undoing'))).toBeDefined()
    expect(await store.save(checkpoint(sleeper!, 'confirmed'))).toBeUndefined()
    expect(await store.stateOf('checkout', id)).toEqual({ type: 'undoing' })
  })
})
