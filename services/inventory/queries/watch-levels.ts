import { setTimeout as delay } from 'node:timers/promises'
import { errors } from '../errors.ts'
import type { Availability } from './availability.ts'

/** How often a watcher asks: one statement each time, however many SKUs. */
const EVERY_MS = 1_000
/** Watchers of one process; each costs a statement a second. */
const MOST_WATCHERS = 50

let watchers = 0

/**
 * All levels at once, then those that have changed, until `signal`. Asked of the database rather than put together from events: a level
 * depends on holds, channels and other warehouses, and a watcher must not see one that never was.
 */
export async function* watchLevels(
  read: () => Promise<readonly Availability[]>,
  signal: AbortSignal | undefined,
): AsyncGenerator<{ levels: Availability[] }> {
  if (watchers >= MOST_WATCHERS) throw errors.tooManyWatchers()
  watchers += 1
  try {
    for (let told = new Map<string, string>(); !signal?.aborted; ) {
      const levels = await read()
      const fresh = levels.filter((level) => told.get(level.sku) !== JSON.stringify(level))
      if (fresh.length > 0) yield { levels: fresh }
      told = new Map(levels.map((level) => [level.sku, JSON.stringify(level)]))
      await delay(EVERY_MS, undefined, signal ? { signal, ref: false } : { ref: false }).catch(() => undefined)
    }
  } finally {
    watchers -= 1
  }
}
