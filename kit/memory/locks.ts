/** A lock in hand. It may be lost without notice (time, a lost store): the write it protects has to check `fence`. */
export interface Held {
  /** larger than that of everybody who held the lock before */
  readonly fence: number
  /** Lets it go, unless it is somebody else's by now. */
  release(): Promise<void>
}

/**
 * Locks that spare work: two people correcting the same shelf take turns instead of waiting in the database. They decide
 * nothing. Whoever gets none goes on without one.
 */
export interface Locks {
  /** Takes all of the names or none. Undefined: not in time, or the store does not answer. */
  take(names: readonly string[], options?: LockOptions): Promise<Held | undefined>
}

export interface LockOptions {
  /** the lock ends by itself after so long; default 5,000 ms */
  readonly holdMs?: number
  /** how long to try; default 1,000 ms */
  readonly waitMs?: number
}

export const LOCK_DEFAULTS = { holdMs: 5_000, waitMs: 1_000 } as const
/** Between two tries. */
export const RETRY_MS = 50

/** One try: a fence when all were free. */
export interface LockStore {
  tryTake(names: readonly string[], owner: string, holdMs: number): Promise<number | undefined>
  release(names: readonly string[], owner: string): Promise<void>
}
