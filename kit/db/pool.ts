import { setTimeout as delay } from 'node:timers/promises'
import postgres from 'postgres'
import { arrayTypeOf } from './arrays.ts'
import type { Sql } from './db.ts'
import { createDeadlines, type Deadlines, within } from './deadlines.ts'
import type { Gate } from './gate.ts'
import { createListener, type Listener } from './listener.ts'
import { hangUp, hasOrphans, nameOfOne, orphaned } from './orphans.ts'
import { isConnectionLoss } from './pg-errors.ts'

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

/** How often, and how long apart, a pool tries to end what the server still has of clients that were given up. */
const TIDYING_TRIES = 60
const TIDYING_PAUSE_MS = 1000

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
    const name = nameOfOne(String(options.connection?.application_name))
    const client = connectTo(url, { ...options, connection: { ...options.connection, application_name: name } })
    return { client, name, send: handlerOf(client), users: 0, retired: false }
  }
  let now = make()
  let listener: Listener | undefined
  const leaving = new Set<Promise<void>>()
  const leave = (client: Sql, seconds: number) => {
    const gone = client.end({ timeout: seconds }).finally(() => leaving.delete(gone))
    leaving.add(gone)
  }
  const deadlines = createDeadlines(answerMs)
  let ended = false
  const borrow = (): Lease => {
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
        if (!mine.retired || mine.users > 0) return
        leave(mine.client, 0)
        orphaned(url, mine.name)
        if (renew) void tidyUp()
      },
    }
  }
  let tidying = false
  const tidyUp = async (): Promise<void> => {
    if (tidying) return
    tidying = true
    // after this the server has ended them by itself
    for (let tries = 0; tries < TIDYING_TRIES && hasOrphans(url) && !ended; tries += 1) {
      // in the line of all others: an outage is no time for more connections than usual
      await new Promise<void>((resolve, reject) => gate.enter(resolve, reject))
        .then(async () => {
          const lease = borrow()
          const failed = await within(deadlines, hangUp(url, lease.client)).catch((error: unknown) => ({ error }))
          lease.release(failed !== undefined && isConnectionLoss(failed.error))
          gate.leave()
          if (failed) throw failed.error
        })
        .catch(() => delay(TIDYING_PAUSE_MS, undefined, { ref: false }))
    }
    tidying = false
  }
  return {
    gate,
    deadlines,
    current: () => now.client,
    borrow,
    listen: (async (channel: string, heard: (payload: string) => void, listening = () => {}) => {
      listener ??= createListener({ connect: (on) => connectTo(url, listenerOptions(options, on)), answerMs })
      const stop = await listener.listen({ channel, heard, listening })
      return { unlisten: () => Promise.resolve(stop()) }
    }) as unknown as Sql['listen'],
    async end() {
      ended = true
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
