import type { ServerResponse } from 'node:http'
import { type AdaptiveLimit, createAdaptiveLimit } from './adaptive-limit.ts'
import type { RouteFacts } from './compiled-route.ts'

/**
 * Who gives way first: looking around, then filling a cart, then paying. `aside`: work that is slow on purpose, such as comparing passwords;
 * it has a line of its own, so that a flood of it takes no place from those who shop.
 */
export type Priority = 'low' | 'normal' | 'high' | 'aside'

/** Decides at the door. `track` counts a request that was let in until its answer is out. */
export interface Shed {
  /** Seconds after which to come back, or undefined to let the request in. Asked before any other work. */
  (facts: RouteFacts): number | undefined
  track?(response: ServerResponse, facts: RouteFacts): void
}

export interface LoadOptions {
  /** requests in work at once; those of normal priority get half of it, those of low a quarter. Beside them an eighth for `aside`. Default 1000 */
  readonly maxInFlight?: number
  /** milliseconds that timers are late; normal gives way at this delay, low at half, high at twice. Default 400 */
  readonly maxLoopDelayMs?: number
  /** lateness of the event loop in ms; for tests */
  readonly loopDelay?: () => number
  /** for tests */
  readonly now?: () => number
}

interface Share {
  /** of all that may be in work: with more, this kind is refused */
  readonly inFlight: number
  /** A line of its own: it is not counted with the others, nor are they with it. */
  readonly apart?: boolean
  readonly delay: number
  /** whoever is let in is answered in about this time; see adaptive-limit.ts */
  readonly targetMs: number
  /** so many are let in whatever they take */
  readonly floor: number
  readonly retryAfterSeconds: number
}
const SHARE: Record<Priority, Share> = {
  low: { inFlight: 1 / 4, delay: 1 / 2, targetMs: 200, floor: 16, retryAfterSeconds: 3 },
  normal: { inFlight: 1 / 2, delay: 1, targetMs: 500, floor: 64, retryAfterSeconds: 2 },
  high: { inFlight: 1, delay: 2, targetMs: 3000, floor: 256, retryAfterSeconds: 1 },
  aside: { inFlight: 1 / 8, apart: true, delay: 1, targetMs: 2000, floor: 48, retryAfterSeconds: 2 },
}
const PRIORITIES = Object.keys(SHARE) as Priority[]
const TICK_MS = 20
/** A longer pause counts as this: a machine that stood still for once is not overloaded. */
const LONGEST_PAUSE_MS = 1000

export interface LoadShedding {
  readonly shed: Shed
  stats(): {
    /** those in a line of their own not counted */
    inFlight: number
    loopDelayMs: number
    refused: Record<Priority, number>
    /** how many of each may be in work at the moment */
    limit: Record<Priority, number>
  }
  close(): void
}

/**
 * Refuses early what could only wait: too much is in work for how long answers take, or the event loop is late. Whoever is let in is
 * answered in time, and the last to be refused is whoever pays. Operational routes always come in.
 */
export function createLoadShedding({ maxInFlight = 1000, maxLoopDelayMs = 400, loopDelay, now }: LoadOptions = {}): LoadShedding {
  const loop = loopDelay ? { late: loopDelay, stop: () => undefined } : watchLoop()
  const refused: Record<Priority, number> = { low: 0, normal: 0, high: 0, aside: 0 }
  const limitOf = (priority: Priority): AdaptiveLimit => {
    const { inFlight: share, targetMs, floor } = SHARE[priority]
    return createAdaptiveLimit({ targetMs, floor, ceiling: Math.max(1, maxInFlight * share), ...(now ? { now } : {}) })
  }
  const limits = Object.fromEntries(PRIORITIES.map((priority) => [priority, limitOf(priority)])) as Record<
    Priority,
    AdaptiveLimit
  >
  let inFlight = 0
  const shed: Shed = ({ operational, priority, passesOn }) => {
    if (operational) return undefined
    const share = SHARE[priority]
    const full = limits[priority].full() || (!share.apart && inFlight >= maxInFlight * share.inFlight)
    // Not counted, so it gives way by the loop alone, and before anybody who shops does.
    const delay = passesOn ? SHARE.low.delay / 2 : share.delay
    if (!full && loop.late() < maxLoopDelayMs * delay) return undefined
    refused[priority] += 1
    return share.retryAfterSeconds
  }
  shed.track = (response, { operational, priority, endless, passesOn }) => {
    if (operational || endless || passesOn) return
    const leave = limits[priority].enter()
    const counted = SHARE[priority].apart ? 0 : 1
    inFlight += counted
    response.once('close', () => {
      inFlight -= counted
      leave(response.writableFinished)
    })
  }
  return {
    shed,
    stats: () => ({
      inFlight,
      loopDelayMs: Math.round(loop.late() * 10) / 10,
      refused: { ...refused },
      limit: Object.fromEntries(PRIORITIES.map((priority) => [priority, limits[priority].stats().limit])) as Record<
        Priority,
        number
      >,
    }),
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
