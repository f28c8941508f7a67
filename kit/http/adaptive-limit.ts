export interface AdaptiveLimitOptions {
  /** whoever is let in should be answered in this time, in milliseconds */
  readonly targetMs: number
  /** never fewer than this: a shop that has little to do refuses nobody */
  readonly floor: number
  readonly ceiling: number
  readonly now?: () => number
}

/** How many requests of a kind may be in work at once. */
export interface AdaptiveLimit {
  /** whether one more would be too many */
  full(): boolean
  /** One more is in work; call what it returns once, with whether it was answered. */
  enter(): (answered: boolean) => void
  stats(): { inFlight: number; limit: number }
}

const WINDOW_MS = 100
const WINDOW_SAMPLES = 8
/** A window with fewer answers ends here; after so long without any request what was learned does not count any more. */
const LONGEST_WINDOW_MS = 1000
/** in a tenth of a second */
const GROWTH = 1.1
const STRONGEST_CUT = 0.5

/**
 * Follows the time that answers take. As many are in work as are answered a second, times what each takes (Little's law); so answers a second × target is
 * what this shop can have in work and answer in time, whatever these requests cost it. Too slow: the limit goes there, at most by half in a step. Fast
 * enough: it grows by a tenth every tenth of a second, and some seconds after the trouble it is where it began.
 *
 * Cut quickly and grown step by step as TCP does it. Limits that follow latency: Netflix, concurrency-limits (github.com/Netflix/concurrency-limits),
 * there against the fastest latency seen. Against a fixed target here: commands of many callers share statements, and then a little
 * slower is far more. The median, so that a few slow readers or large exports do not close the shop for all.
 */
export function createAdaptiveLimit(options: AdaptiveLimitOptions): AdaptiveLimit {
  const { targetMs, ceiling, now = () => performance.now() } = options
  const floor = Math.min(options.floor, ceiling)
  let limit = ceiling
  let inFlight = 0
  let begun = now()
  let left = begun
  let times: number[] = []

  const adjust = (time: number): void => {
    const age = Math.max(1, time - begun)
    times.sort((a, b) => a - b)
    const taken = times[times.length >> 1] ?? age
    if (taken <= targetMs) limit = Math.min(ceiling, limit * GROWTH ** (age / WINDOW_MS))
    else limit = Math.max(floor, Math.min(limit, Math.max(limit * STRONGEST_CUT, (times.length / age) * targetMs)))
    begun = time
    times = []
  }

  return {
    full() {
      if (inFlight < limit) return false
      const time = now()
      // Nothing gets done: do not wait for an answer to learn from.
      if (times.length === 0 && time - begun > Math.max(LONGEST_WINDOW_MS, targetMs)) adjust(time)
      return inFlight >= limit
    },
    enter() {
      const entered = now()
      if (inFlight === 0) {
        if (entered - left > LONGEST_WINDOW_MS) limit = ceiling
        if (times.length === 0) begun = entered
      }
      inFlight += 1
      return (answered) => {
        const time = now()
        inFlight -= 1
        left = time
        if (answered) times.push(time - entered)
        const age = time - begun
        if (age >= LONGEST_WINDOW_MS || (age >= WINDOW_MS && times.length >= WINDOW_SAMPLES)) adjust(time)
      }
    },
    stats: () => ({ inFlight, limit: Math.floor(limit) }),
  }
}
