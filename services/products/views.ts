import { ProductViewed } from '#contracts/events/products.ts'
import type { NewEvent } from '#kit/messaging/event.ts'
import type { ServiceKit } from '#kit/service/service.ts'

const EVERY_MS = 1000
/** More than this in one second are not recorded: views are statistics, and each is an event that others have to handle. */
const AT_MOST = 500

export interface ViewBatch {
  record(view: { productId: string; channel: string; userId: string | null }): void
  /** Stores what is held now. */
  flush(): Promise<void>
}

/**
 * Collects ProductViewed events in memory and stores them once a second in one statement, so that opening a product costs no
 * write. Best effort: a process that dies loses the views of its last second.
 */
export function createViewBatch(kit: ServiceKit): ViewBatch {
  let held: NewEvent[] = []
  let timer: NodeJS.Timeout | undefined

  async function flush(): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    const events = held
    held = []
    if (events.length === 0) return
    try {
      await kit.outbox.append(kit.db.sql, events)
      kit.outbox.wake()
    } catch (error) {
      kit.log.warn({ views: events.length, error: String(error) }, 'opened products could not be recorded')
    }
  }

  return {
    record(view) {
      if (held.length >= AT_MOST) return
      held.push(ProductViewed(view))
      timer ??= setTimeout(() => void flush(), EVERY_MS).unref()
    },
    flush,
  }
}
