import postgres from 'postgres'
import type { Sql } from './db.ts'
import type { Gate } from './gate.ts'

type ClientOptions = postgres.Options<{ bigint: postgres.PostgresType<bigint> }>

/** A query as postgres.js hands it to its pool. Only guard.ts and this file know it. */
export interface SentQuery {
  handler: (query: SentQuery) => void
  resolve: (value: unknown) => void
  reject: (error: unknown) => void
  cursorFn?: unknown
  streaming?: boolean
}

/** A bounded set of connections that replaces itself when one of them died under somebody. */
export interface Pool {
  readonly gate: Gate
  /** the client in use now */
  current(): Sql
  /** Sends a query by the client in use now, whichever client it was written with. */
  send(query: SentQuery): void
  /** Tell it that `client` lost a connection while it was in use. */
  discard(client: Sql): void
  /** Lives apart, so that replacing the pool does not end subscriptions. */
  readonly listen: Sql['listen']
  end(): Promise<void>
}

/**
 * A connection of postgres.js that dies in the middle of something keeps leftovers: its next user may get the old failure, or
 * hang (3.4.9; see docs/adr/0001-postgresql-client.md). So the whole client is put away, what still runs on its other
 * connections may finish, and the next statement opens fresh ones. `renew: false` refuses everything from then on instead.
 */
export function createPool(url: string, options: ClientOptions, gate: Gate, { renew = true } = {}): Pool {
  const make = () => {
    const client = postgres(url, options) as unknown as Sql
    return { client, send: handlerOf(client) }
  }
  let now = make()
  let listener: Sql | undefined
  const leaving = new Set<Promise<void>>()
  return {
    gate,
    current: () => now.client,
    send: (query) => now.send(query),
    discard(client) {
      if (client !== now.client) return
      if (renew) now = make()
      else now.send = (query) => query.reject(connectionGone())
      const gone = client.end({ timeout: renew ? 15 : 0 }).finally(() => leaving.delete(gone))
      leaving.add(gone)
    },
    listen: ((...call: Parameters<Sql['listen']>) => {
      listener ??= postgres(url, options) as unknown as Sql
      return listener.listen(...call)
    }) as Sql['listen'],
    async end() {
      await Promise.all([now.client.end({ timeout: 5 }), listener?.end({ timeout: 1 }), ...leaving])
    },
  }
}

export const connectionGone = () => Object.assign(new Error('the connection is gone'), { code: 'CONNECTION_CLOSED' })

/** A query is lazy, so one that nobody awaits shows how a client sends without sending anything. */
function handlerOf(client: Sql): (query: SentQuery) => void {
  return (client`` as unknown as SentQuery).handler
}
