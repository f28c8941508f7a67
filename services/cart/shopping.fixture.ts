import { randomUUID } from 'node:crypto'
import { expect } from 'vitest'
import { type TestService, testUser } from '#kit/testing/service.ts'
import { invariants } from './invariants.ts'

type Options = Parameters<TestService['request']>[2]

export const guest = (token: string): Options => ({ headers: { 'x-guest-token': token } })
export const someone = () => testUser(randomUUID())

/** What shoppers do. `started` is asked at each call: a test file starts its cart before all tests. */
export function shoppingIn(started: () => TestService) {
  const put = (sku: string, quantity: number, more: Options = {}) =>
    started().request('POST', '/api/cart/items', { body: { sku, quantity }, ...more })
  const show = async (more: Options = {}) => (await started().request('GET', '/api/cart', more)).body
  return { put, show }
}

/** Ends the service; what it states about its own tables holds whatever the tests did. */
export async function closeSound(service: TestService): Promise<void> {
  for (const { name, sql } of invariants) expect(await service.db.sql.unsafe(sql), name).toEqual([])
  await service.close()
}

/** Statements the service sent on its pool while `work` ran. */
export async function countStatements(service: TestService, work: () => Promise<void>): Promise<number> {
  const db = service.running.db as { sql: unknown }
  const real = db.sql
  let statements = 0
  const counting = new Proxy(real as (...parts: unknown[]) => unknown, {
    apply(target, self, parts) {
      const query = Reflect.apply(target, self, parts) as { execute?: () => unknown; then?: unknown }
      const [first] = parts as [{ raw?: unknown }]
      // a fragment inside another statement is never awaited
      if (first?.raw && query?.then) {
        const then = (query.then as (...handlers: unknown[]) => unknown).bind(query)
        query.then = (...handlers: unknown[]) => {
          statements += 1
          return then(...handlers)
        }
      }
      return query
    },
  })
  db.sql = counting
  try {
    await work()
  } finally {
    db.sql = real
  }
  return statements
}
