import { LONGEST_PAUSE_MS, type Look, type ReadChanges } from './change-list.ts'

export interface FollowerOptions {
  readonly read: ReadChanges
  /** called before anybody who waited for the look goes on */
  readonly onLook: (look: Look) => void
  /** copies are trusted so long after the beginning of the last look; default 800 ms */
  readonly trustMs?: number
  /** whoever asks later than this after the last look starts the next one without waiting for it; default 150 ms */
  readonly lookAfterMs?: number
  readonly now?: () => number
}

/** Knows how old the copies of this process can be. Looks only while somebody asks: an idle shop costs nothing. */
export interface Follower {
  /** Whether copies may be served; starts the next look when it is time. */
  fresh(time: number): boolean
  /** Waits for a look if the last one is too old; false when the database does not answer. */
  freshen(): Promise<boolean>
  /** Looks again, beginning after this call: what the caller committed is known afterwards. */
  catchUp(): Promise<void>
  /** Somebody says that something changed: look soon, if copies are in use at all. */
  ring(): void
}

/** Bells closer together than this are one. */
const RING_MS = 25
/** Copies that nobody asked for so long need no news. */
const IN_USE_MS = 10_000

export function createFollower(options: FollowerOptions): Follower {
  const { read, onLook, trustMs = 800, lookAfterMs = 150, now = () => performance.now() } = options
  const NEVER = Number.NEGATIVE_INFINITY
  let snapshot: string | undefined
  /** beginning of the last look that succeeded */
  let lookedAt = NEVER
  let looking: Promise<void> | undefined

  const look = (): Promise<void> => {
    const begun = now()
    if (begun - lookedAt > LONGEST_PAUSE_MS) snapshot = undefined
    looking = read(snapshot)
      .then((found) => {
        snapshot = found.snapshot
        lookedAt = begun
        onLook(found)
      })
      .finally(() => {
        looking = undefined
      })
    return looking
  }
  const quietly = (work: Promise<void>): void => void work.catch(() => undefined)
  const fresh = (time: number): boolean => {
    const age = time - lookedAt
    if (age > lookAfterMs && !looking) quietly(look())
    return age < trustMs
  }
  const catchUp = async (): Promise<void> => {
    // A look under way may have begun before the caller's commit.
    await looking?.catch(() => undefined)
    try {
      await (looking ?? look())
    } catch {
      // nothing is trusted before the next look that succeeds
      lookedAt = NEVER
    }
  }

  return {
    fresh,
    async freshen() {
      if (fresh(now())) return true
      try {
        await (looking ?? look())
      } catch {
        return false
      }
      return now() - lookedAt < trustMs
    },
    catchUp,
    ring() {
      const age = now() - lookedAt
      if (age > RING_MS && age < IN_USE_MS && !looking) quietly(look())
    },
  }
}
