import { killpoint } from '#kit/core/killpoint.ts'
import type { NewEvent } from './event.ts'
import type { Outbox, OutboxRow } from './bus.ts'
import type { WakeUp } from './wake-up.ts'
import { encodeEvent } from './event.ts'
import { refuseLarge } from './event-size.ts'

/** A unit of work does not last longer than this; a commit within it may hold events. */
const LONGEST_UNIT_OF_WORK_MS = 30_000

export interface OutboxOptions {
  /** CloudEvents `source` of everything this outbox publishes: the service's name */
  readonly source: string
  readonly wakeUp: Pick<WakeUp, 'ring'>
  readonly now?: () => number
}

/** One service's outbox. Host: `createOutbox({ source: service.name, wakeUp })`, one `createWakeUp` per process. */
export function createOutbox({ source, wakeUp, now = Date.now }: OutboxOptions): Outbox {
  let lastAppend = Number.NEGATIVE_INFINITY

  const rows = (events: readonly NewEvent[]): OutboxRow[] => {
    if (events.length > 0) lastAppend = now()
    return events.map((event) => {
      const { id, type, aggregate, key } = event
      const payload = encodeEvent(event, source)
      refuseLarge(type, id, payload)
      return { id, type, aggregate, key, payload }
    })
  }
  const encode = (events: readonly NewEvent[]): string => JSON.stringify(rows(events))

  return {
    rows,
    encode,
    async append(tx, events) {
      if (events.length === 0) return
      // ::text first: with ::jsonb alone the client would encode the string as JSON a second time
      killpoint('outbox.before-append')
      await tx`select outbox_append(${encode(events)}::text::jsonb)`
      killpoint('outbox.after-append')
    },
    wake() {
      // Not a flag cleared by the first wake: another unit of work that appended earlier may commit, and wake, later.
      if (now() - lastAppend < LONGEST_UNIT_OF_WORK_MS) wakeUp.ring()
    },
  }
}
