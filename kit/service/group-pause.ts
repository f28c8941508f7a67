import { machineIsBusy } from './spare-time.ts'

const BUSY_TIMES = 4
/** Two of them and a batch are within the second in which an order's events are promised to be handled. */
const LONGEST_BUSY_MS = 250

/**
 * How long a group whose effects nobody waits for collects events. On a machine that is short of time it is longer: a batch of one order costs
 * nearly what a batch of ten does, and that is time the orders do not have.
 */
export function groupPause(pauseMs: number | undefined, isBusy: () => boolean = machineIsBusy): (() => number) | undefined {
  if (pauseMs === undefined) return undefined
  const whenBusy = Math.max(pauseMs, Math.min(pauseMs * BUSY_TIMES, LONGEST_BUSY_MS))
  return () => (isBusy() ? whenBusy : pauseMs)
}
