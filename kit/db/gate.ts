import { databaseErrors } from './pg-errors.ts'

export interface GateStats {
  readonly max: number
  readonly inUse: number
  readonly waiting: number
  /** waits given up since the start */
  readonly refused: number
}

/** Lets `max` through at a time; the others wait in order of arrival, each at most `waitMs`. */
export interface Gate {
  /** Calls exactly one of the two, at once or later. Whoever was granted calls `leave` once. */
  enter(granted: () => void, refused: (error: Error) => void): void
  leave(): void
  stats(): GateStats
}

/**
 * postgres.js has no limit for how long a statement waits for a connection: it queues without end, or sends it down a
 * connection that is busy. Under overload both turn into answers nobody waits for any more, so this stands before the pool.
 */
export function createGate(max: number, waitMs: number): Gate {
  interface Waiter {
    granted: () => void
    timer: NodeJS.Timeout
  }
  const waiters = new Set<Waiter>()
  let inUse = 0
  let refusals = 0
  return {
    enter(granted, refused) {
      if (inUse < max) {
        inUse++
        granted()
        return
      }
      const waiter: Waiter = {
        granted,
        timer: setTimeout(() => {
          waiters.delete(waiter)
          refusals++
          refused(databaseErrors.busy({ waitedMs: waitMs }, { retryAfterSeconds: 1 }))
        }, waitMs),
      }
      waiters.add(waiter)
    },
    leave() {
      // a set keeps the order of arrival
      for (const waiter of waiters) {
        waiters.delete(waiter)
        clearTimeout(waiter.timer)
        waiter.granted()
        return
      }
      inUse--
    },
    stats: () => ({ max, inUse, waiting: waiters.size, refused: refusals }),
  }
}
