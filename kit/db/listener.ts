import { setTimeout as delay } from 'node:timers/promises'
import type { Sql } from './db.ts'
import { createDeadlines, within } from './deadlines.ts'

export interface Subscription {
  readonly channel: string
  /** gets the payload of every notification */
  readonly heard: (payload: string) => void
  /** after every (re)connect: notifications may have been missed */
  readonly listening: () => void
}

/** Hears notifications over one connection of its own, and comes back by itself whenever that is lost. */
export interface Listener {
  /** Resolves when the channel is heard; rejects when it could not be the first time. Returns "stop listening". */
  listen(subscription: Subscription): Promise<() => void>
  end(): Promise<void>
}

export interface ListenerOptions {
  /** makes a client of one connection */
  readonly connect: (on: { notify: (channel: string, payload: string) => void; close: () => void }) => Sql
  /** a connection could not be made: looks whether the server is elsewhere now */
  readonly seek?: () => Promise<void>
  /** how long an answer may take, connecting included */
  readonly answerMs: number
  /** how often to ask whether somebody is there */
  readonly heartbeatMs?: number
}

/** Who only listens would never notice that nobody speaks any more, so it asks; the server hears in turn that we are there. */
export const HEARTBEAT_MS = 5000

/**
 * In place of `listen` of postgres.js, which notices a lost connection only when the other side says goodbye, and gives a channel up for
 * good when listening again fails in a moment in which the connection itself stays (3.4.9).
 */
export function createListener({
  connect,
  seek = async () => {},
  answerMs,
  heartbeatMs = HEARTBEAT_MS,
}: ListenerOptions): Listener {
  const subscriptions = new Set<Subscription>()
  const deadlines = createDeadlines(answerMs)
  let client: Sql | undefined
  let opening: Promise<void> | undefined
  let ended = false

  const hear = (channel: string, payload: string): void => {
    for (const subscription of subscriptions) if (subscription.channel === channel) subscription.heard(payload)
  }

  const open = async (): Promise<void> => {
    const mine: Sql = connect({ notify: hear, close: () => drop(mine) })
    try {
      for (const channel of new Set([...subscriptions].map((subscription) => subscription.channel)))
        await within(deadlines, mine`listen ${mine(channel)}`)
    } catch (error) {
      void mine.end({ timeout: 0 }).catch(() => undefined)
      throw error
    }
    client = mine
    for (const subscription of subscriptions) subscription.listening()
  }
  const tryToOpen = (): Promise<void> => {
    opening = open().catch(async (error: unknown) => {
      await seek()
      opening = undefined
      throw error
    })
    return opening
  }

  const drop = (lost: Sql): void => {
    if (client !== lost) return
    client = undefined
    opening = undefined
    void lost.end({ timeout: 0 }).catch(() => undefined)
    void comeBack()
  }
  const comeBack = async (): Promise<void> => {
    const needless = () => ended || opening !== undefined || subscriptions.size === 0
    while (!needless()) {
      await delay(50 + Math.random() * 200)
      if (!needless()) await tryToOpen().catch(() => undefined)
    }
  }

  const beat = setInterval(() => {
    const asked = client
    if (asked) void within(deadlines, asked`select 1`).catch(() => drop(asked))
  }, heartbeatMs)
  beat.unref()

  return {
    async listen(subscription) {
      const known = [...subscriptions].some(({ channel }) => channel === subscription.channel)
      subscriptions.add(subscription)
      try {
        if (opening === undefined) await tryToOpen()
        else {
          await opening
          if (!known && client) await within(deadlines, client`listen ${client(subscription.channel)}`)
          subscription.listening()
        }
      } catch (error) {
        subscriptions.delete(subscription)
        throw error
      }
      return () => void subscriptions.delete(subscription)
    },
    async end() {
      ended = true
      clearInterval(beat)
      await opening?.catch(() => undefined)
      await client?.end({ timeout: 1 }).catch(() => undefined)
    },
  }
}
