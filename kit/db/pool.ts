import { setTimeout as delay } from 'node:timers/promises'
import postgres from 'postgres'
import { arrayTypeOf } from './arrays.ts'
import type { Sql } from './db.ts'
import { createDeadlines, type Deadlines, within } from './deadlines.ts'
import type { Gate } from './gate.ts'
import { createListener, type Listener } from './listener.ts'
import { hangUp, hasOrphans, nameOfOne, orphaned } from './orphans.ts'
import { isConnectionLoss } from './pg-errors.ts'
import { placeOf } from './primary.ts'

type ClientOptions = postgres.Options<{ bigint: postgres.PostgresType<bigint> }>

/** A query as postgres.js hands it to its pool. Only guard.ts and this file know it. */
export interface SentQuery {
  handler: (query: SentQuery) => void
  resolve: (value: unknown) => void
  reject: (error: unknown) => void
  cursorFn?: unknown
  strings?: unknown
  args?: unknown
  canceller?: unknown
  options?: unknown
  isRaw?: unknown
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
  /** While nobody has looked yet which of several hosts is the primary. */
  readonly found: Promise<void> | undefined
  /** A connection was lost or refused: with several hosts another one may be the primary now. */
  seek(): void
  /** Lives apart, so that replacing the pool does not end subscriptions. */
  readonly listen: Sql['listen']
  end(): Promise<void>
}

export interface PoolOptions {
  /** how long an answer may take */
  readonly answerMs: number
  /** default true */
  readonly renew?: boolean
  /** Where notifications are heard, when statements go through a pooler, which hears none. */
  readonly direct?: { readonly url: string; readonly options: ClientOptions }
}

/** How often, and how long apart, a pool tries to end what the server still has of clients that were given up. */
const TIDYING_TRIES = 60
const TIDYING_PAUSE_MS = 1000

/**
 * A connection of postgres.js that dies in the middle of something keeps leftovers: its next user may get the old failure, or
 * hang (3.4.9; see docs/adr/0001-postgresql-client.md). So the whole client is put away, what still runs on its other
 * connections may finish, and the next statement opens fresh ones. `renew: false` refuses everything from then on instead.
 */
export function createPool(url: string, options: ClientOptions, gate: Gate, more: PoolOptions): Pool {
  const { answerMs, renew = true, direct = { url, options } } = more
  const place = placeOf(url)
  const make = () => {
    const name = nameOfOne(String(options.connection?.application_name))
    const home = place.url()
    const client = connectTo(home, { ...options, connection: { ...options.connection, application_name: name } })
    return { client, home, name, send: handlerOf(client), users: 0, retired: false }
  }
  let now = make()
  const retire = (mine: typeof now) => {
    mine.retired = true
    if (renew) now = make()
  }
  const letGo = (mine: typeof now) => {
    leave(mine.client, 0)
    // a pooler ends by itself what its clients left, and its connections bear the name of whoever used them last
    if (more.direct) return
    orphaned(url, mine.name)
    if (renew) void tidyUp()
  }
  let listener: Listener | undefined
  const leaving = new Set<Promise<void>>()
  const leave = (client: Sql, seconds: number) => {
    const gone = client.end({ timeout: seconds }).finally(() => leaving.delete(gone))
    leaving.add(gone)
  }
  const deadlines = createDeadlines(answerMs)
  let ended = false
  const borrow = (): Lease => {
    const before = now
    if (renew && before.home !== place.url()) {
      retire(before)
      if (before.users === 0) letGo(before)
    }
    const mine = now
    mine.users++
    return {
      client: mine.client,
      send: (query) => (mine.retired && !renew ? query.reject(connectionGone()) : mine.send(query)),
      release(lost) {
        mine.users--
        if (lost && !mine.retired) retire(mine)
        if (mine.retired && mine.users === 0) letGo(mine)
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
  const at = placeOf(direct.url)
  return {
    gate,
    deadlines,
    current: () => now.client,
    borrow,
    get found() {
      return place.found
    },
    seek: () => void place.seek(),
    listen: (async (channel: string, heard: (payload: string) => void, listening = () => {}) => {
      await at.found
      listener ??= createListener({
        connect: (on) => connectTo(at.url(), listenerOptions(direct.options, on)),
        seek: at.seek,
        answerMs,
      })
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
