import { setTimeout as delay } from 'node:timers/promises'
import type { Sql } from '#kit/db/db.ts'
import type { Logger } from '#kit/service/logger.ts'

export const OUTBOX_CHANNEL = 'souk_outbox'

export interface WakeUp {
  /** Something was committed to an outbox of this process. Cheap: rings close together are merged. */
  ring(): void
  /**
   * Direct path for relays in the same process: called with every ring. When each of them answers that it leads, nobody else has to be
   * told and the database hears nothing of it. Returns "stop listening".
   */
  onRing(listener: () => boolean): () => void
  /** Waits for a notification under way; later rings are ignored. */
  stop(): Promise<void>
}

export interface WakeUpOptions {
  /** Any pool on the outbox database. The NOTIFY is a statement of its own: inside a business transaction it would make commits queue. */
  readonly sql: Sql
  readonly log: Logger
  /** shortest pause between two notifications of this process */
  readonly intervalMs?: number
}

/**
 * Tells the relay that there is work. The first ring goes out at once, those within the next `intervalMs` become one: a relay that
 * finds something looks again by itself meanwhile. A notification is a transaction of its own, and at 2 ms there were 7 to an order.
 * A lost notification costs latency only: the relay polls as well. One per process and outbox database, shared by the outboxes.
 */
export function createWakeUp({ sql, log, intervalMs = 8 }: WakeUpOptions): WakeUp {
  const listeners = new Set<() => boolean>()
  let asked = false
  let stopped = false
  let sending: Promise<void> | undefined

  const sendWhileAsked = async (): Promise<void> => {
    while (asked && !stopped) {
      asked = false
      try {
        await sql`select pg_notify(${OUTBOX_CHANNEL}, '')`
      } catch (error) {
        log.debug({ err: error }, 'could not notify the relay; it will poll')
      }
      await delay(intervalMs)
    }
    sending = undefined
  }

  return {
    ring() {
      if (stopped) return
      const taken = [...listeners].map((listener) => listener())
      if (taken.length > 0 && taken.every(Boolean)) return
      asked = true
      sending ??= sendWhileAsked()
    },
    onRing(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    async stop() {
      stopped = true
      await sending
    },
  }
}
