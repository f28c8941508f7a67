import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { type Held, LOCK_DEFAULTS, type Locks, type LockStore, RETRY_MS } from './locks.ts'

/** Locks on a store: tries every 50 ms until all names are free or the time is up. */
export function locksOn(store: LockStore): Locks {
  return {
    async take(names, { holdMs = LOCK_DEFAULTS.holdMs, waitMs = LOCK_DEFAULTS.waitMs } = {}) {
      const wanted = [...new Set(names)].sort()
      const owner = randomUUID()
      const deadline = performance.now() + waitMs
      for (;;) {
        const fence = await store.tryTake(wanted, owner, holdMs).catch(() => Number.NaN)
        // no answer: waiting would not bring one
        if (Number.isNaN(fence)) return undefined
        if (fence !== undefined) return held(store, wanted, owner, fence)
        if (performance.now() + RETRY_MS > deadline) return undefined
        await delay(RETRY_MS)
      }
    },
  }
}

function held(store: LockStore, names: readonly string[], owner: string, fence: number): Held {
  return { fence, release: () => store.release(names, owner).catch(() => undefined) }
}
