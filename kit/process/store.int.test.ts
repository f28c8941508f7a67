import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { uuidv7 } from '#kit/core/ids.ts'
import type { OpenedDb } from '#kit/db/open.ts'
import { type TestDatabase, testDatabase } from '#kit/testing/database.ts'
import { createProcessStore, type ProcessRow } from './store.ts'

let database: TestDatabase
let db: OpenedDb
beforeAll(async () => {
  const sets = [{ name: 'process', folder: new URL('./migrations/', import.meta.url) }]
  database = await testDatabase({ schemas: [{ schema: 'orders', sets }] })
  db = database.db('orders')
})
afterAll(() => database.drop())

const checkpoint = (row: ProcessRow, state: string) => ({
  ...row,
  state: { type: state },
  status: 'running' as const,
  dueInSeconds: 30,
  hold: true,
})

describe('a flow that somebody else has taken over', () => {
  it('is not written by the one who slept: what the successor did stands', async () => {
    const store = createProcessStore(db.sql)
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
