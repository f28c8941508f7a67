import type { Sql } from './db.ts'
import { createGate } from './gate.ts'
import { guardPool } from './guard.ts'
import { clientOptions } from './open.ts'
import { createPool } from './pool.ts'

/** One connection that stays the same: for advisory locks and temporary state that must end when the connection does. */
export interface Session {
  readonly sql: Sql
  /** Aborts when the connection dies. From then on every statement is refused, where a pool would quietly reconnect without the lock. */
  readonly lost: AbortSignal
  close(): Promise<void>
}

export interface SessionOptions {
  url: string
  applicationName: string
  /** milliseconds to connect; default 500 */
  connectMs?: number
  /** parameters of the session: `{ search_path: 'orders' }` */
  parameters?: Record<string, string | number>
}

/** Connects at once. One statement or transaction runs at a time; the others wait, at most a minute. */
export async function openSession(options: SessionOptions): Promise<Session> {
  const lost = new AbortController()
  const shared = clientOptions(options.applicationName, { connect: options.connectMs ?? 500 })
  let connected = false
  const fail = () => {
    if (connected) lost.abort(new Error('the connection of this session is gone'))
  }
  const connection = { ...shared.connection, ...options.parameters } as Record<string, string | number>
  const pool = createPool(
    options.url,
    { ...shared, connection, max: 1, max_lifetime: null, onclose: fail },
    createGate(1, 60_000),
    { renew: false },
  )
  const guarded = guardPool(pool, fail)
  try {
    await guarded`select 1`
  } catch (error) {
    await pool.end()
    throw error
  }
  connected = true
  type Call = (...parts: unknown[]) => unknown
  const unlessLost =
    (call: unknown): Call =>
    (...parts) => {
      lost.signal.throwIfAborted()
      return (call as Call)(...parts)
    }
  const sql = Object.assign(unlessLost(guarded), guarded, {
    unsafe: unlessLost(guarded.unsafe),
    begin: unlessLost(guarded.begin),
  }) as unknown as Sql
  return {
    sql,
    lost: lost.signal,
    async close() {
      connected = false
      await pool.end()
    },
  }
}
