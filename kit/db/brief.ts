import type { Sql } from './db.ts'
import { copyOf, guardPool, runTransaction, tagOf } from './guard.ts'
import { type Pool, createPool, type PoolOptions, type SentQuery } from './pool.ts'

type ClientOptions = Parameters<typeof createPool>[1]

/**
 * Statements that the server ends after `limitMs`, by connections of their own beside those of `pool`. They pass the same gate, so that no more
 * statements are under way than before. Opened at the first statement.
 */
export function briefConnections(
  pool: Pool,
  { url, options, limitMs, more }: { url: string; options: ClientOptions; limitMs: number; more: PoolOptions },
): { sql: Sql; end(): Promise<void> } {
  const connection = { ...options.connection, statement_timeout: limitMs }
  const own = createPool(url, { ...options, connection } as ClientOptions, pool.gate, more)
  return { sql: guardPool(own), end: () => own.end() }
}

/**
 * The same where connections belong to nobody (behind a pooler): the limit is set inside of a transaction, which costs two more round
 * trips.
 */
export function briefTransactions(pool: Pool, limitMs: number): Sql {
  const limited = tagOf(pool, (sent) => {
    runTransaction(pool, async (tx) => {
      await tx`select set_config('statement_timeout', ${`${limitMs}`}, true)`
      const { handler } = tx`` as unknown as SentQuery
      return await new Promise((resolve, reject) => handler(Object.assign(copyOf(sent, handler), { resolve, reject })))
    }).then(sent.resolve, sent.reject)
  })
  return Object.assign(limited, pool.current(), { unsafe: undefined, begin: undefined }) as unknown as Sql
}
