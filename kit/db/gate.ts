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

interface Waiter {
  granted: () => void
  refused: (error: Error) => void
  /** on the clock of performance.now() */
  until: number
}

/**
 * postgres.js has no limit for how long a statement waits for a connection: it queues without end, or sends it down a
 * connection that is busy. Under overload both turn into answers nobody waits for any more, so this stands before the pool.
 */
export function createGate(max: number, waitMs: number): Gate {
  const waiters = new Set<Waiter>()
  let inUse = 0
  let refusals = 0
  let timer: NodeJS.Timeout | undefined
  // everybody waits equally long, so one timer for the first in line is enough; it is cheaper than one each
  const expire = () => {
    timer = undefined
    const now = performance.now()
    for (const waiter of waiters) {
      if (waiter.until > now) {
        timer = setTimeout(expire, waiter.until - now)
        return
      }
      waiters.delete(waiter)
      refusals++
      waiter.refused(databaseErrors.busy({ waitedMs: waitMs }, { retryAfterSeconds: 1 }))
    }
  }
  return {
    enter(granted, refused) {
      if (inUse < max) {
        inUse++
        granted()
        return
      }
      waiters.add({ granted, refused, until: performance.now() + waitMs })
      timer ??= setTimeout(expire, waitMs)
    },
    leave() {
      // a set keeps the order of arrival
      for (const waiter of waiters) {
        waiters.delete(waiter)
        waiter.granted()
        return
      }
      inUse--
      clearTimeout(timer)
      timer = undefined
    },
    stats: () => ({ max, inUse, waiting: waiters.size, refused: refusals }),
  }
}
