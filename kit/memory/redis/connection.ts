import { createClient } from '@redis/client'
import { circuitBreaker, ConsecutiveBreaker, handleAll } from 'cockatiel'
import { createDeadlines, within } from '#kit/db/deadlines.ts'
import type { Logger } from '#kit/service/logger.ts'
import { PARTS, type PartName } from '../memory.ts'

export interface RedisOptions {
  /** `redis://[user:password@]host[:port]`, `rediss://` with TLS; `?prefix=shop-a:` before every key */
  readonly url: string
  readonly log: Logger
  /** how the process is known to Redis (CLIENT LIST) */
  readonly name: string
  /** an answer that takes longer is not waited for; default 150 ms */
  readonly deadlineMs?: number
  /** after failures in a row nobody asks for so long; default 1,000 ms */
  readonly restMs?: number
}

export type RedisClient = ReturnType<typeof openClient>

/** The connections of a process to Redis: one for each logical database it uses, opened when it is first used. */
export interface Redis {
  /** Asks Redis. Rejects when it does not answer in time, and at once while it is known not to. */
  run<T>(part: PartName, ask: (client: RedisClient) => Promise<T>): Promise<T>
  /** Calls back with each message, and with undefined whenever messages may have been missed: after each connection. */
  hear(channel: string, onMessage: (message: string | undefined) => void): Promise<{ stop(): Promise<void> }>
  /** before every key and channel */
  readonly prefix: string
  up(): boolean
  failures(): number
  close(): Promise<void>
}

/** More failures in a row, and Redis is left alone for a while: a shop must not wait 150 ms a request for a dead cache. */
const FAILURES_IN_A_ROW = 5
/** A line that says nothing for so long although it is asked every two seconds is dead. */
const SILENCE_MS = 5_000
const CONNECT_MS = 1_000
const MOST_WAITING = 20_000

function openClient({ url, name, database, prefix }: { url: string; name: string; database: number; prefix: string }) {
  return createClient({
    url,
    name,
    database,
    RESP: 3,
    ...(prefix ? { keyPrefix: prefix } : {}),
    // a command that cannot be sent now is of no use later
    disableOfflineQueue: true,
    commandsQueueMaxLength: MOST_WAITING,
    pingInterval: 2_000,
    socket: {
      connectTimeout: CONNECT_MS,
      socketTimeout: SILENCE_MS,
      reconnectStrategy: (retries) => Math.min(50 * 2 ** Math.min(retries, 5), 1_000) + Math.floor(Math.random() * 50),
    },
  })
}

export function openRedis({ url: given, log, name, deadlineMs = 150, restMs = 1_000 }: RedisOptions): Redis {
  const { url, prefix } = readUrl(given)
  const deadlines = createDeadlines(deadlineMs)
  const breaker = circuitBreaker(handleAll, { halfOpenAfter: restMs, breaker: new ConsecutiveBreaker(FAILURES_IN_A_ROW) })
  const clients = new Map<number | 'ear', { client: RedisClient; ready: Promise<unknown> }>()
  let failures = 0
  let told = true
  let closed = false
  breaker.onBreak(() => tell(false))
  breaker.onReset(() => tell(true))
  const tell = (up: boolean, error?: unknown): void => {
    if (told === up || closed) return
    told = up
    if (up) log.info({}, 'Redis answers again')
    else log.warn({ err: error }, 'Redis does not answer; the shop goes on without it')
  }
  const open = (which: number | 'ear') => {
    const found = clients.get(which)
    if (found) return found
    const client = openClient({ url, name: name.replaceAll(' ', '-'), database: which === 'ear' ? 0 : which, prefix })
    client.on('error', (error: unknown) => tell(false, error))
    client.on('ready', () => tell(true))
    const ready = client.connect()
    ready.catch(() => undefined)
    const opened = { client, ready }
    clients.set(which, opened)
    return opened
  }
  const run: Redis['run'] = (part, ask) =>
    breaker
      .execute(() => {
        const { client, ready } = open(PARTS[part].database)
        return within(deadlines, client.isReady ? ask(client) : ready.then(() => ask(client)), redisSilent)
      })
      .catch((error: unknown) => {
        failures += 1
        throw error
      })

  return {
    run,
    prefix,
    async hear(channel, onMessage) {
      const { client, ready } = open('ear')
      const topic = `${prefix}${channel}`
      const onLine = () => onMessage(undefined)
      const listener = (message: string) => onMessage(message)
      client.on('ready', onLine)
      // the client subscribes anew by itself after each reconnection
      const subscribed = ready.then(() => client.subscribe(topic, listener)).then(onLine)
      subscribed.catch(() => undefined)
      return {
        async stop() {
          client.off('ready', onLine)
          if (client.isReady) await client.unsubscribe(topic, listener).catch(() => undefined)
        },
      }
    },
    up: () => told,
    failures: () => failures,
    async close() {
      closed = true
      for (const { client } of clients.values()) if (client.isOpen) client.destroy()
    },
  }
}

const redisSilent = () => Object.assign(new Error('no answer came from Redis in time'), { code: 'ETIMEDOUT' })

/** The prefix is ours; the rest is for the client. Databases are chosen by what is kept, so the URL names none. */
export function readUrl(given: string): { url: string; prefix: string } {
  const url = new URL(given)
  const prefix = url.searchParams.get('prefix') ?? ''
  url.search = ''
  return { url: url.href, prefix }
}
