import { setTimeout as delay } from 'node:timers/promises'

const LONGEST_REST_MS = 20

/**
 * Rest between two steps of a loop that could not fill a batch. Steps start at least `pauseMs` apart, and the loop works at most
 * half of the time: on a machine that is short of time its steps get larger and fewer, and leave the rest to the shop.
 */
export async function rest(tookMs: number, pauseMs: number): Promise<void> {
  const ms = Math.min(Math.max(pauseMs - tookMs, tookMs), LONGEST_REST_MS)
  if (ms > 0.5) await delay(ms)
}
