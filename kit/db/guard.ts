import { killpoint } from '#kit/core/killpoint.ts'
import type { Sql, Tx } from './db.ts'
import { isSilence, lineSilent, type Wait } from './deadlines.ts'
import { isConnectionLoss, mapPgError, pgCode } from './pg-errors.ts'
import { connectionGone, type Lease, type Pool, type SentQuery } from './pool.ts'
import { type Line, openLine } from './transaction-line.ts'

/*
 * postgres.js is quick, but trusts its surroundings in ways a shop cannot afford (3.4.9; covered by guard.int.test.ts):
 *   - a statement (or the ROLLBACK it adds itself) of a transaction whose connection has died is written to a socket that is
 *     no more: an exception nobody can catch ends the process;
 *   - a statement that outlives its transaction runs on a connection that may serve somebody else by then;
 *   - nothing bounds the wait for a connection, and statements queue behind others on a busy one;
 *   - nothing bounds the wait for an answer: on a line that died without saying so it lasts for ever.
 * A query is lazy: it calls its `handler` when somebody awaits it. The guards here stand in front of that handler.
 */

type Call = (...parts: unknown[]) => unknown
type SendBy = (query: SentQuery, send: (query: SentQuery) => void) => void

/** Makes the queries of a tag function (or of `unsafe`) go through `sendBy`; fragments and helpers pass as they are. */
function watched(make: Call, sendBy: SendBy): Call {
  return (...parts) => {
    const query = make(...parts) as SentQuery
    if (typeof query?.handler !== 'function') return query
    const send = query.handler
    query.handler = (sent) => sendBy(sent, send)
    return query
  }
}

/** The pool as a tag whose statements are sent by `sendBy`. */
export function tagOf(pool: Pool, sendBy: SendBy): Call {
  return watched((...parts) => (pool.current() as unknown as Call)(...parts), sendBy)
}

/** A copy is lost, or gave the statement up to be able to follow its primary (40001). One that writes (25006) is a mistake to be seen. */
const copyFailed = (error: unknown) => pgCode(error) === '40001' || (isConnectionLoss(error) && pgCode(error) !== '25006')

/**
 * A pool as a tag: statements pass the gate, errors are mapped. `onLoss` hears of every lost or refused connection. `instead`: another pool
 * that gets a statement which failed here with its connection; for reads only.
 */
export function guardPool(pool: Pool, onLoss: () => void = () => {}, instead?: Sql): Sql {
  const again = instead && sendersOf.get(instead)
  const { gate, deadlines } = pool
  const sendBy: SendBy = (query) => {
    // cursors and COPY swap their callbacks while they run, so their end could not be seen
    if (query.cursorFn || query.streaming) {
      const lease = pool.borrow()
      lease.send(query)
      return lease.release(false)
    }
    const { resolve, reject } = query
    let lease: Lease | undefined
    let wait: Wait | undefined
    let done = false
    const settle = (lost: boolean) => {
      done = true
      if (!lease) return
      if (wait) deadlines.stop(wait)
      // first the lease, so that the next one in the gate does not meet the dead connection
      lease.release(lost)
      gate.leave()
      lease = undefined
    }
    query.resolve = (value) => {
      settle(false)
      resolve(value)
    }
    query.reject = (error) => {
      const lost = isConnectionLoss(error)
      if (lost) {
        onLoss()
        pool.seek()
      }
      settle(lost && pgCode(error) !== 'ECONNREFUSED')
      // on a line that is only silent the statement may still be answered
      if (again && copyFailed(error) && !isSilence(error)) {
        return again(Object.assign(copyOf(query), { resolve, reject }))
      }
      reject(mapPgError(error))
    }
    const granted = () => {
      const looked = pool.found
      if (looked) return void looked.then(start)
      start()
    }
    const start = () => {
      // cancelled while it waited
      if (done) return gate.leave()
      lease = pool.borrow()
      wait = deadlines.start(() => query.reject(lineSilent()))
      lease.send(query)
    }
    gate.enter(granted, query.reject)
  }
  const now =
    (name: keyof Sql): Call =>
    (...parts) =>
      (pool.current()[name] as Call)(...parts)
  const begin = (first: unknown, second?: unknown) => {
    const [options, work] = typeof first === 'string' ? [first, second] : ['', first]
    return runTransaction(pool, work as (tx: Tx) => Promise<unknown>, options)
  }
  const tag = tagOf(pool, sendBy)
  const unsafe = watched(now('unsafe'), sendBy)
  const notify = (channel: string, payload: string) => tag`select pg_notify(${channel}, ${payload})`
  const sql = Object.assign(tag, pool.current(), {
    unsafe,
    notify,
    begin,
    listen: pool.listen,
    json: now('json'),
    array: now('array'),
    typed: now('typed'),
    file: refuse('file() is not supported; read the file and use unsafe()'),
    reserve: refuse('reserve() does not notice when its connection dies; use openSession of kit/db/session.ts'),
    end: () => pool.end(),
  }) as unknown as Sql
  sendersOf.set(sql, (query) => sendBy(query, query.handler))
  return sql
}

/**
 * The client that lost the query still holds it, and rejects it once more when it ends. A copy is sent by hand and counts as executed: a
 * query that is not yet is sent once more by whoever listens to it, as a transaction of postgres.js does.
 */
export function copyOf(query: SentQuery, handler = query.handler): SentQuery {
  const { strings, args, canceller, options, isRaw } = query
  const Query = query.constructor as new (...parts: unknown[]) => SentQuery
  return Object.assign(new Query(strings, args, handler, canceller, options), { isRaw, executed: true })
}

/** How a guarded pool sends a query that was made for another one. */
const sendersOf = new WeakMap<Sql, (query: SentQuery) => void>()

const refuse = (why: string) => () => {
  throw new Error(why)
}

/**
 * BEGIN, `work`, COMMIT on one connection, after passing the gate. Rejects as soon as the connection dies, even when `work`
 * is waiting for something else, and when the connection just does not answer. `options`: words after BEGIN
 * (`isolation level repeatable read`).
 */
export async function runTransaction<T>(pool: Pool, work: (tx: Tx) => Promise<T>, options = ''): Promise<T> {
  await new Promise<void>((resolve, reject) => pool.gate.enter(resolve, reject))
  if (pool.found) await pool.found
  const line = openLine(pool.deadlines)
  const lease = pool.borrow()
  let lost = false
  try {
    line.sent(line)
    const transaction = lease.client.begin(options, (tx) => {
      line.answered(line)
      return settleUnlessLost(line, async () => {
        const result = await work(guardTransaction(tx, line))
        killpoint('db.before-commit')
        return result
      })
    })
    const done = await Promise.race([transaction, line.gone])
    killpoint('db.after-commit')
    return done as T
  } catch (error) {
    lost = line.state === 'lost' || (isConnectionLoss(error) && pgCode(error) !== 'ECONNREFUSED')
    if (lost) line.lose(error)
    if (isConnectionLoss(error)) pool.seek()
    throw mapPgError(error)
  } finally {
    line.end()
    lease.release(lost)
    pool.gate.leave()
  }
}

function guardTransaction(tx: Tx, line: Line): Tx {
  const sendBy: SendBy = (query, send) => {
    const { resolve, reject } = query
    if (line.state === 'lost') return reject(mapPgError(connectionGone()))
    if (line.state === 'over')
      return reject(new Error('a statement was sent after its transaction had ended; await every statement inside'))
    query.reject = (error) => {
      line.answered(query)
      if (isConnectionLoss(error)) line.lose(error)
      reject(error)
    }
    // cursors and COPY swap their callbacks while they run
    if (!query.cursorFn && !query.streaming) {
      query.resolve = (value) => {
        line.answered(query)
        resolve(value)
      }
      line.sent(query)
    }
    send(query)
  }
  const tag = watched(tx as unknown as Call, sendBy)
  const savepoint = async (first: unknown, second?: unknown) => {
    const [name, work] = typeof first === 'string' ? [first, second] : [undefined, first]
    const edge = {}
    const inner = (nested: Tx) => {
      line.answered(edge)
      return settleUnlessLost(line, () => (work as (tx: Tx) => Promise<unknown>)(guardTransaction(nested, line)), edge)
    }
    line.sent(edge)
    try {
      return await (name === undefined ? tx.savepoint(inner) : tx.savepoint(name, inner))
    } finally {
      line.answered(edge)
    }
  }
  return Object.assign(tag, tx, {
    unsafe: watched(tx.unsafe as Call, sendBy),
    notify: (channel: string, payload: string) => tag`select pg_notify(${channel}, ${payload})`,
    savepoint,
  }) as unknown as Tx
}

/**
 * postgres.js answers the end of `work` with COMMIT or ROLLBACK, which must not be written to a dead connection. It has then
 * already rejected the transaction itself, so the end of `work` can be kept from it for ever.
 */
async function settleUnlessLost<T>(line: Line, work: () => Promise<T>, edge: object = line): Promise<T> {
  const forever = new Promise<never>(() => {})
  // a BEGIN that was answered after all, when nobody waited any more
  if (line.state !== 'open') return await forever
  try {
    const result = await work()
    if (line.state !== 'open') return await forever
    line.sent(edge)
    return result
  } catch (error) {
    if (line.state !== 'open') return await forever
    line.sent(edge)
    throw error
  }
}
