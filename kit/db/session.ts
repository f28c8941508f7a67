import type { Sql } from './db.ts'
import { createGate } from './gate.ts'
import { guardPool } from './guard.ts'
import { HEARTBEAT_MS } from './listener.ts'
import { answerMs, clientOptions } from './open.ts'
import { hangUp } from './orphans.ts'
import { createPool } from './pool.ts'
import { primaryUrl } from './primary.ts'

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
  /** milliseconds a statement may take; default 10,000 */
  statementMs?: number
  /** how often to ask whether somebody is there; default 5,000 */
  heartbeatMs?: number
  /** parameters of the session: `{ search_path: 'orders' }` */
  parameters?: Record<string, string | number>
}

/** How long the server lets a session live that says nothing: its locks would keep everybody else waiting. */
const UNHEARD_MS = 30_000

/**
 * Connects at once. Both ends notice a line that died without saying so: we by statements without an answer (one is sent every few seconds
 * for that), the server by not hearing from us. One statement or transaction runs at a time; the others wait, at most a minute. */
export async function openSession(options: SessionOptions): Promise<Session> {
  const { connectMs: connect = 500, statementMs: statement = 10_000, heartbeatMs = HEARTBEAT_MS } = options
  const lost = new AbortController()
  const shared = clientOptions(options.applicationName, { connect })
  let connected = false
  const fail = () => {
    if (connected) lost.abort(new Error('the connection of this session is gone'))
  }
  const connection = {
    ...shared.connection,
    statement_timeout: statement,
    idle_session_timeout: UNHEARD_MS,
    idle_in_transaction_session_timeout: UNHEARD_MS,
    ...options.parameters,
  } as Record<string, string | number>
  const url = await primaryUrl(options.url)
  const pool = createPool(url, { ...shared, connection, max: 1, max_lifetime: null, onclose: fail }, createGate(1, 60_000), {
    answerMs: answerMs({ connect, statement }),
    renew: false,
  })
  const guarded = guardPool(pool, fail)
  try {
    await guarded`select 1`
    // its predecessor may have died with locks that this one is about to ask for
    await hangUp(url, guarded)
  } catch (error) {
    await pool.end()
    throw error
  }
  connected = true
  const beat = setInterval(() => {
    // whoever is at work notices by that
    if (pool.gate.stats().inUse === 0) guarded`select 1`.catch(() => undefined)
  }, heartbeatMs)
  lost.signal.addEventListener('abort', () => clearInterval(beat), { once: true })
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
      clearInterval(beat)
      await pool.end()
    },
  }
}
