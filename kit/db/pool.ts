import postgres from 'postgres'
import { arrayTypeOf } from './arrays.ts'
import type { Sql } from './db.ts'
import { createDeadlines, type Deadlines } from './deadlines.ts'
import type { Gate } from './gate.ts'
import { createListener, type Listener } from './listener.ts'

type ClientOptions = postgres.Options<{ bigint: postgres.PostgresType<bigint> }>

/** A query as postgres.js hands it to its pool. Only guard.ts and this file know it. */
export interface SentQuery {
  handler: (query: SentQuery) => void
  resolve: (value: unknown) => void
  reject: (error: unknown) => void
  cursorFn?: unknown
  streaming?: boolean
}

/** The right to use one connection of a client once. */
export interface Lease {
  readonly client: Sql
  /** Sends a query by this client, whichever client it was written with. */
  send(query: SentQuery): void
  /** `lost`: the connection died under us. Call once. */
  release(lost: boolean): void
}

/** A bounded set of connections that replaces itself when one of them died under somebody. */
export interface Pool {
  readonly gate: Gate
  /** for every answer of the server */
  readonly deadlines: Deadlines
  /** the client in use now, for its helpers (`json`, `array` …) */
  current(): Sql
  borrow(): Lease
  /** Lives apart, so that replacing the pool does not end subscriptions. */
  readonly listen: Sql['listen']
  end(): Promise<void>
}

/**
 * A connection of postgres.js that dies in the middle of something keeps leftovers: its next user may get the old failure, or
 * hang (3.4.9; see docs/adr/0001-postgresql-client.md). So the whole client is put away, what still runs on its other
 * connections may finish, and the next statement opens fresh ones. `renew: false` refuses everything from then on instead.
 */
export function createPool(
  url: string,
  options: ClientOptions,
  gate: Gate,
  { answerMs, renew = true }: { answerMs: number; renew?: boolean },
): Pool {
  const make = () => {
    const client = connectTo(url, options)
    return { client, send: handlerOf(client), users: 0, retired: false }
  }
  let now = make()
  let listener: Listener | undefined
  const leaving = new Set<Promise<void>>()
  const leave = (client: Sql, seconds: number) => {
    const gone = client.end({ timeout: seconds }).finally(() => leaving.delete(gone))
    leaving.add(gone)
  }
  return {
    gate,
    deadlines: createDeadlines(answerMs),
    current: () => now.client,
    borrow() {
      const mine = now
      mine.users++
      return {
        client: mine.client,
        send: (query) => (mine.retired && !renew ? query.reject(connectionGone()) : mine.send(query)),
        release(lost) {
          mine.users--
          if (lost && !mine.retired) {
            mine.retired = true
            if (renew) now = make()
          }
          if (mine.retired && mine.users === 0) leave(mine.client, 0)
        },
      }
    },
    listen: (async (channel: string, heard: (payload: string) => void, listening = () => {}) => {
      listener ??= createListener({ connect: (on) => connectTo(url, listenerOptions(options, on)), answerMs })
      const stop = await listener.listen({ channel, heard, listening })
      return { unlisten: () => Promise.resolve(stop()) }
    }) as unknown as Sql['listen'],
    async end() {
      if (!now.retired) leave(now.client, 5)
      await Promise.all([listener?.end(), ...leaving])
    },
  }
}

function listenerOptions(options: ClientOptions, on: Parameters<Parameters<typeof createListener>[0]['connect']>[0]) {
  return {
    ...options,
    max: 1,
    idle_timeout: null,
    max_lifetime: null,
    onnotify: on.notify,
    onclose: on.close,
  } as object as ClientOptions
}

function connectTo(url: string, options: ClientOptions): Sql {
  const client = postgres(url, options) as unknown as Sql
  const { shared } = client.options as unknown as { shared: { typeArrayMap: Record<number, number> } }
  Object.assign(shared.typeArrayMap, arrayTypeOf)
  return client
}

export const connectionGone = () => Object.assign(new Error('the connection is gone'), { code: 'CONNECTION_CLOSED' })

/** A query is lazy, so one that nobody awaits shows how a client sends without sending anything. */
function handlerOf(client: Sql): (query: SentQuery) => void {
  return (client`` as unknown as SentQuery).handler
}
