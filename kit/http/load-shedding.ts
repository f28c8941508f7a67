import type { ServerResponse } from 'node:http'
import type { RouteFacts } from './compiled-route.ts'

/** Who gives way first: looking around, then filling a cart, then paying. */
export type Priority = 'low' | 'normal' | 'high'

/** Decides at the door. `track` counts a request that was let in until its answer is out. */
export interface Shed {
  /** Seconds after which to come back, or undefined to let the request in. Asked before any other work. */
  (facts: RouteFacts): number | undefined
  track?(response: ServerResponse): void
}

export interface LoadOptions {
  /** requests in work at once; those of normal priority get half of it, those of low a quarter. Default 1000 */
  readonly maxInFlight?: number
  /** milliseconds that timers are late; normal gives way at this delay, low at half, high at twice. Default 400 */
  readonly maxLoopDelayMs?: number
  /** lateness of the event loop in ms; for tests */
  readonly loopDelay?: () => number
}

const SHARE: Record<Priority, { inFlight: number; delay: number; retryAfterSeconds: number }> = {
  low: { inFlight: 1 / 4, delay: 1 / 2, retryAfterSeconds: 3 },
  normal: { inFlight: 1 / 2, delay: 1, retryAfterSeconds: 2 },
  high: { inFlight: 1, delay: 2, retryAfterSeconds: 1 },
}
const TICK_MS = 20
/** A longer pause counts as this: a machine that stood still for once is not overloaded. */
const LONGEST_PAUSE_MS = 1000

export interface LoadShedding {
  readonly shed: Shed
  stats(): { inFlight: number; loopDelayMs: number; refused: Record<Priority, number> }
  close(): void
}

/**
 * Refuses early what could only wait: too much is in work, or the event loop is late. Whoever is let in is answered in time,
 * and the last to be refused is whoever pays. Operational routes always come in.
 */
export function createLoadShedding({ maxInFlight = 1000, maxLoopDelayMs = 400, loopDelay }: LoadOptions = {}): LoadShedding {
  const loop = loopDelay ? { late: loopDelay, stop: () => undefined } : watchLoop()
  const refused: Record<Priority, number> = { low: 0, normal: 0, high: 0 }
  let inFlight = 0
  const left = (): void => {
    inFlight -= 1
  }
  const shed: Shed = ({ operational, priority }) => {
    if (operational) return undefined
    const share = SHARE[priority]
    if (inFlight < maxInFlight * share.inFlight && loop.late() < maxLoopDelayMs * share.delay) return undefined
    refused[priority] += 1
    return share.retryAfterSeconds
  }
  shed.track = (response) => {
    inFlight += 1
    response.once('close', left)
  }
  return {
    shed,
    stats: () => ({ inFlight, loopDelayMs: Math.round(loop.late() * 10) / 10, refused: { ...refused } }),
    close: loop.stop,
  }
}

/** How late timers are, over the last few: one pause is not overload. */
function watchLoop(): { late: () => number; stop: () => void } {
  let due = performance.now() + TICK_MS
  let last = 0
  const timer = setInterval(() => {
    const now = performance.now()
    last += 0.2 * (Math.min(LONGEST_PAUSE_MS, Math.max(0, now - due)) - last)
    due = now + TICK_MS
  }, TICK_MS).unref()
  return { late: () => last, stop: () => clearInterval(timer) }
}
